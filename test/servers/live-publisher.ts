import { ServerProcess } from './server-process.js';

/** ffmpeg as somebody who publishes a moving picture in real time, until it is ended or thrown out. */
export class LivePublisher implements AsyncDisposable {
  readonly #process: ServerProcess;

  constructor(url: string, size = '160x90') {
    const picture = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=30`];
    const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '15'];
    this.#process = new ServerProcess('ffmpeg', [
      '-nostdin',
      '-v',
      'error',
      '-re',
      ...picture,
      ...encoder,
      '-f',
      'flv',
      url,
    ]);
  }

  /** Resolves with its exit code when it could not start, or go on: then it is not 0. */
  async ended(): Promise<number | null> {
    return this.#process.ended();
  }

  /** Its connection stays up, and nothing comes over it any more. */
  freeze(): void {
    this.#process.freeze();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
