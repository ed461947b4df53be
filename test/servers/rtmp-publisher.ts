import { ServerProcess } from './server-process.js';

/** ffmpeg as a publisher: sends a file to an RTMP server as it is. */
export class RtmpPublisher implements AsyncDisposable {
  readonly #process: ServerProcess;

  /** `pace`: of real time, or as fast as the server takes it. */
  constructor(file: string, url: string, pace: 'realTime' | 'burst') {
    const slowly = pace === 'realTime' ? ['-re'] : [];
    const args = ['-nostdin', '-v', 'error', ...slowly, '-copyts', '-i', file, '-c', 'copy', '-f', 'flv', url];
    this.#process = new ServerProcess('ffmpeg', args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
