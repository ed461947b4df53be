import { constants } from 'node:os';

/** How a person or a service manager ends a running command: once to end it properly, twice to break it off. */
export interface InterruptionHandlers {
  /** The first signal. */
  end: (signal: NodeJS.Signals) => void;
  /** The second: the work is to stop at once. */
  breakOff: (signal: NodeJS.Signals) => void;
}

/** Listens for SIGINT (Ctrl-C) and SIGTERM from construction to `release()`. */
export class Interruption {
  #first: NodeJS.Signals | undefined;
  readonly #handlers: InterruptionHandlers;

  constructor(handlers: InterruptionHandlers) {
    this.#handlers = handlers;
    process.on('SIGINT', this.#receive);
    process.on('SIGTERM', this.#receive);
  }

  /** 128 plus the number of the signal that came first, so 130 for Ctrl-C; absent: none came. */
  get exitCode(): number | undefined {
    return this.#first === undefined ? undefined : 128 + constants.signals[this.#first];
  }

  /** From here on a signal ends the process, as it does by default. */
  release(): void {
    process.off('SIGINT', this.#receive);
    process.off('SIGTERM', this.#receive);
  }

  readonly #receive = (signal: NodeJS.Signals): void => {
    if (this.#first === undefined) {
      this.#first = signal;
      this.#handlers.end(signal);
    } else {
      this.#handlers.breakOff(signal);
    }
  };
}
