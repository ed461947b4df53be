import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { harmlessEnvironment } from '../../harmless-environment.js';
import type { VerifierAnswer, VerifierRequest } from './verifier-messages.js';

/** The process crashed, did not answer in time, or could not be started. It says nothing about anybody. */
export class VerifierLost extends Error {
  override readonly name = 'VerifierLost';
}

export interface VerifierOptions {
  /** Its program. Default: the one that verifies. */
  entry?: string;
  /** PEM file with the authorities to trust when media is fetched. Default: the system's. */
  caFile?: string | undefined;
}

/** The process that looks at media: started when it is first asked, and again when it was lost. Asked one thing at a time. */
export class Verifier implements AsyncDisposable {
  readonly #entry: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;

  constructor({ entry, caFile }: VerifierOptions = {}) {
    const built = new URL('../../../../dist/nodes/broadcaster/verification/verifier-process.js', import.meta.url);
    this.#entry = entry ?? fileURLToPath(built);
    this.#args = caFile === undefined ? [] : [caFile];
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * @param limitMs after which the process is ended
   * @throws VerifierLost; and the signal's reason, once it is aborted
   */
  async ask(request: VerifierRequest, limitMs: number, signal: AbortSignal): Promise<VerifierAnswer> {
    signal.throwIfAborted();
    const child = (this.#child ??= this.#start());
    let end: () => void = () => undefined;
    try {
      return await new Promise<VerifierAnswer>((resolve, reject) => {
        const lost = (why: string) => {
          reject(new VerifierLost(`The process that verifies ${why}.`));
        };
        const onExit = () => {
          lost('has ended by itself');
        };
        const onError = () => {
          lost('cannot be started');
        };
        const onAbort = () => {
          reject(signal.reason as Error);
        };
        const limit = setTimeout(() => {
          lost('did not answer in time');
          child.kill('SIGKILL');
          if (this.#child === child) this.#child = undefined;
        }, limitMs);
        child.once('message', resolve).once('exit', onExit).once('error', onError);
        signal.addEventListener('abort', onAbort, { once: true });
        end = () => {
          clearTimeout(limit);
          child.off('message', resolve).off('exit', onExit).off('error', onError);
          signal.removeEventListener('abort', onAbort);
        };
        child.send(request);
      });
    } finally {
      end();
    }
  }

  /** Ends the process, and resolves when it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  #start(): ChildProcess {
    const child = fork(this.#entry, this.#args, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
      env: harmlessEnvironment(),
    });
    const forget = () => {
      if (this.#child === child) this.#child = undefined;
    };
    child.once('exit', forget);
    // What could not be told something has an exit, and what could not be started has no other end.
    child.on('error', forget);
    return child;
  }
}
