import { TranscodeError } from '../transcoder/error.js';

/** The failures of renditions that were told already: a job that fails by one of them need not tell it again. */
export class ToldFailures {
  readonly #told: TranscodeError[] = [];

  add(failure: TranscodeError): void {
    this.#told.push(failure);
  }

  get count(): number {
    return this.#told.length;
  }

  has(error: unknown): boolean {
    return (
      error instanceof TranscodeError &&
      this.#told.some(
        ({ code, stage, url, message }) =>
          code === error.code && stage === error.stage && url === error.url && message === error.message,
      )
    );
  }
}
