import { ServerProcess } from './server-process.js';

/** ffmpeg as a player: keeps what an RTMP server sends, with its timestamps, in a Matroska file. */
export class RtmpPlayer implements AsyncDisposable {
  readonly #process: ServerProcess;

  /** Connects; the stream need not be published yet. */
  constructor(url: string, path: string) {
    const args = ['-nostdin', '-v', 'error', '-y', '-copyts', '-i', url, '-c', 'copy', '-f', 'matroska', path];
    this.#process = new ServerProcess('ffmpeg', args);
  }

  /** Resolves when the server has said that the stream is over, and all of it is in the file. */
  async finished(): Promise<void> {
    const code = await this.#process.ended();
    if (code !== 0) throw new Error(`ffmpeg ended with ${code} while it played:\n${this.#process.said}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
