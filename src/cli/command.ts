import type { TranscodeResult } from '../transcoder/result.js';

/** One command of the command line; each lives in a file of its own, loaded only when it is called for. */
export interface Command {
  /** What `--help` prints. */
  help: string;
  /** Runs to the end and gives the exit code. A `UsageError` it throws becomes exit code 2. */
  run(args: string[]): Promise<number>;
}

/** Exit codes of every command; a signal gives 128 and its number, so Ctrl-C is 130. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;

/** A job that delivered some renditions and not others has failed, as far as a script is concerned. */
export function exitCodeOf({ renditions }: TranscodeResult): number {
  return renditions.every(({ state }) => state === 'finished') ? exitCodes.ok : exitCodes.failed;
}
