/** The orchestrators that cannot be asked for a job, by why. */
export interface Absentees {
  /** All that are known. */
  known: number;
  /** For each that was found to cheat, how much longer it gets no job, in milliseconds. */
  suspendedForMs: readonly number[];
  /** How many do not answer. */
  silent: number;
  /** How many ask for more than is paid. */
  tooDear: number;
}

/** Why no orchestrator can be asked for a job. */
export interface Absence {
  /** A sentence or several. */
  message: string;
  /** After how many seconds that may be otherwise. Absent: it cannot be told. */
  retryAfterS?: number;
}

/** @param nowMs of the wall clock */
export function absenceOf({ known, suspendedForMs, silent, tooDear }: Absentees, nowMs: number): Absence {
  if (known === 0) return { message: 'No orchestrator is known.' };
  const suspended = suspendedForMs.length;
  const soonestMs = Math.min(...suspendedForMs);
  const share = (count: number, one: string, several: string) =>
    `${count} of ${known} orchestrators ${count === 1 ? one : several}`;
  const sentences = [
    ...(suspended > 0
      ? [
          `${share(suspended, 'is', 'are')} suspended, until ${clock(nowMs + soonestMs)} at the earliest: a verification failed.`,
        ]
      : []),
    ...(silent > 0 ? [`${share(silent, 'does', 'do')} not answer.`] : []),
    ...(tooDear > 0 ? [`${share(tooDear, 'asks', 'ask')} for more than is paid.`] : []),
  ];
  if (sentences.length === 0) return { message: 'No orchestrator can take the job.' };
  // One that does not answer may be there again at any time.
  const isKnown = suspended > 0 && silent === 0;
  return { message: sentences.join(' '), ...(isKnown && { retryAfterS: Math.ceil(soonestMs / 1000) }) };
}

/** `14:03:22Z` */
function clock(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(11, 19)}Z`;
}
