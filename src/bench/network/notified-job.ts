import { once } from 'node:events';
import { request, type Agent, type IncomingMessage } from 'node:http';

import type { Rung } from '../ladder.js';

/** What a notification says. */
export interface JobConfiguration {
  inputUrl: string;
  outputUrl: string;
  /** Absent: until the source ends or the job is cancelled. */
  durationMs?: number;
  ladder: readonly Rung[];
  gopSeconds: number;
}

/** An event of a job, as the broadcaster tells it. */
export type JobLine = Readonly<Record<string, unknown>> & {
  event: string;
  /** When it was heard, by `performance.now()`. */
  heardAtMs: number;
};

/** A job at the broadcaster, from its notification to its end. */
export class NotifiedJob {
  /** When the notification was sent, by `performance.now()`. */
  readonly sentAtMs: number;
  /** Everything that was told so far. */
  readonly lines: JobLine[] = [];
  /** The last event: `finished`, `cancelled` or `failed`. Rejects when the job was not taken on. */
  readonly ended: Promise<JobLine>;
  readonly #url: string;

  /** @param agent keeps connections; without one, the notification has a connection of its own, as curl's has. */
  constructor(url: string, configuration: JobConfiguration, agent?: Agent) {
    this.#url = url;
    const headers = {
      accept: 'application/x-ndjson',
      'content-length': '0',
      'livepeer-transcode-configuration': JSON.stringify(wireConfiguration(configuration)),
    };
    this.sentAtMs = performance.now();
    const notification = request(url, { method: 'POST', agent: agent ?? false, headers });
    this.ended = new Promise((resolve, reject) => {
      notification.once('error', reject);
      notification.once('response', (response) => {
        this.#read(response).then(resolve, reject);
      });
    });
    // Whoever waits for something else is not to be surprised by it.
    this.ended.catch(() => undefined);
    notification.end();
  }

  /** The name of the transcoder that has, or had, the last attempt. */
  get transcoder(): string | undefined {
    const accepted = this.lines.findLast(({ event }) => event === 'accepted');
    return accepted === undefined ? undefined : String(accepted['transcoder']);
  }

  /** Asks for the job's end, and resolves with it. */
  async cancel(): Promise<JobLine> {
    const cancellation = request(this.#url, { method: 'DELETE', agent: false });
    const answered = once(cancellation, 'response') as Promise<[IncomingMessage]>;
    cancellation.end();
    const [response] = await answered;
    response.resume();
    return this.ended;
  }

  async #read(response: IncomingMessage): Promise<JobLine> {
    if (response.statusCode !== 200) {
      const body = (await response.setEncoding('utf8').toArray()).join('');
      throw new Error(`The broadcaster did not take the job on: ${response.statusCode ?? 0} ${body}`);
    }
    let rest = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      const heardAtMs = performance.now();
      for (const line of lines) this.lines.push({ ...(JSON.parse(line) as { event: string }), heardAtMs });
    });
    // A job that was not finished has its response broken off behind the last line.
    response.on('error', () => undefined);
    await new Promise((resolve) => response.once('close', resolve));
    const last = this.lines.at(-1);
    if (last === undefined || !['finished', 'cancelled', 'failed'].includes(last.event))
      throw new Error(`The broadcaster told no end of a job; the last it told was ${JSON.stringify(last)}.`);
    return last;
  }
}

/** As Livepeer's header has it. */
function wireConfiguration({ inputUrl, outputUrl, durationMs, ladder, gopSeconds }: JobConfiguration) {
  return {
    inputUrl,
    outputUrl,
    ...(durationMs !== undefined && { duration: durationMs }),
    profiles: ladder.map(({ name, width, height, bitrateBps }) => ({
      name,
      width,
      height,
      bitrate: bitrateBps,
      gop: gopSeconds,
    })),
  };
}

/** Resolves when the job was delivered to its end. @throws Error with what it ended with instead */
export async function delivered(job: NotifiedJob): Promise<void> {
  const end = await job.ended;
  if (end.event !== 'finished') throw new Error(`A job ended with ${JSON.stringify(end)}.`);
}
