import type { IncomingMessage } from 'node:http';

/** A body that somebody sends, as it arrived so far. */
export class Upload {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  /** The sender ended it properly, or broke it off. Absent: it is still coming. */
  complete?: boolean;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  constructor(request: IncomingMessage) {
    this.method = request.method ?? '';
    this.headers = request.headers;
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }
}
