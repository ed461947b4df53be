import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { freeUdpPort } from './free-port.js';
import { ServerProcess, isInstalled } from './server-process.js';

/** Why these tests cannot run here; empty: they can. */
export const srtMissing = isInstalled('srt-live-transmit') ? '' : 'srt-live-transmit is absent';

// Long enough that nothing is given up as too late on a machine with other work to do.
const LATENCY_MS = 2000;

/** A real SRT listener, srt-live-transmit, for one caller. */
export class SrtPeer implements AsyncDisposable {
  readonly port: number;
  readonly #process: ServerProcess;
  readonly #done: Promise<void>;

  private constructor(port: number, process: ServerProcess, done: Promise<void>) {
    this.port = port;
    this.#process = process;
    this.#done = done;
    this.#done.catch(() => undefined);
  }

  /** Keeps what a caller sends in the file at `path`. */
  static async receiving(path: string, passphrase?: string): Promise<SrtPeer> {
    const port = await freeUdpPort();
    const process = new ServerProcess('srt-live-transmit', [
      '-quiet',
      ...common,
      listener(port, passphrase),
      'file://con',
    ]);
    return new SrtPeer(port, process, pipeline(process.stdout, createWriteStream(path)));
  }

  /** Sends a caller the file at `path`, and stays until told to leave: SRT forgets what is still on its way. */
  static async sending(path: string, passphrase?: string): Promise<SrtPeer> {
    const port = await freeUdpPort();
    const args = ['-v', ...common, 'file://con', listener(port, passphrase)];
    const process = new ServerProcess('srt-live-transmit', args);
    // What it is given before there is a caller it throws away.
    const sent = process.says(/Accepted SRT target connection/).then(async () => {
      await pipeline(createReadStream(path), process.stdin, { end: false });
      process.stdin.write(stuffing(100));
    });
    return new SrtPeer(port, process, sent);
  }

  url(parameters = ''): string {
    return `srt://127.0.0.1:${this.port}${parameters}`;
  }

  /** Resolves when the caller has gone and everything that came from it is in the file. */
  async finished(): Promise<void> {
    await this.#process.ended();
    await this.#done;
  }

  /** Says goodbye. Without it, a caller has to find out for itself that nobody is there any more. */
  async leave(): Promise<void> {
    this.#process.stdin.end(); // else it goes on waiting for that, deaf to everything
    await this.#process.interrupt();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

// srt-live-transmit keeps the last few kilobytes of what it was given to itself until more comes.
function stuffing(packets: number): Buffer {
  const packet = Buffer.alloc(188, 0xff);
  packet.set([0x47, 0x1f, 0xff, 0x10]);
  return Buffer.concat(Array.from({ length: packets }, () => packet));
}

const common = ['-autoreconnect:no', '-chunk:1316'];

function listener(port: number, passphrase: string | undefined): string {
  const secret = passphrase === undefined ? '' : `&passphrase=${passphrase}`;
  return `srt://127.0.0.1:${port}?mode=listener&latency=${LATENCY_MS}${secret}`;
}
