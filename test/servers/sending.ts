import { createReadStream, readFileSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';

import type { Handler } from './media-server.js';

/** The file at `path`, whole, with its length and in ranges. */
export function wholeFile(path: string): Handler {
  return async (request, response) => {
    const { size } = statSync(path);
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = Number(range?.[1] ?? 0);
    const end = Math.min(range?.[2] ? Number(range[2]) : size - 1, size - 1);
    response.writeHead(range ? 206 : 200, {
      'Content-Length': end - start + 1,
      ...(range ? { 'Content-Range': `bytes ${start}-${end}/${size}` } : {}),
    });
    await pipeline(createReadStream(path, { start, end }), response);
  };
}

/** Text, such as a playlist; asked anew for every request. */
export function text(body: () => string, type = 'application/vnd.apple.mpegurl'): Handler {
  return (_request, response) => {
    response.writeHead(200, { 'Content-Type': type }).end(body());
  };
}

/** A source that is still being made: what comes out of the stream goes on at once. */
export function growing(stream: Readable): Handler {
  return async (_request, response) => {
    response.flushHeaders();
    await pipeline(stream, response);
  };
}

/**
 * The file at `path` as a newcomer gets a live stream: the first `burst` of its `seconds` at once, and what follows at
 * the pace of real time.
 */
export async function* joined(path: string, seconds: number, burst: number): AsyncGenerator<Buffer> {
  const file = readFileSync(path);
  const startedAt = performance.now();
  for (let sent = 0; sent < file.length;) {
    const due = burst + (performance.now() - startedAt) / 1000;
    const end = Math.floor((file.length * due) / seconds);
    yield file.subarray(sent, end);
    sent = end;
    await setTimeout(20);
  }
}

/** The first `bytes` of the file, and then nothing more; the connection stays. */
export function silentAfter(path: string, bytes: number): Handler {
  return (_request, response) => {
    response.flushHeaders();
    response.write(readFileSync(path).subarray(0, bytes));
  };
}

/** The first `bytes` of the file as if that were all. */
export function endingAfter(path: string, bytes: number): Handler {
  return (_request, response) => {
    response.end(readFileSync(path).subarray(0, bytes));
  };
}

/** The first `bytes` of the file, promised whole; then the connection breaks. */
export function breakingAfter(path: string, bytes: number): Handler {
  return async (_request, response) => {
    response.writeHead(200, { 'Content-Length': statSync(path).size });
    await new Promise((resolve) => response.write(readFileSync(path).subarray(0, bytes), resolve));
    response.socket?.resetAndDestroy();
  };
}

/** Only the answer's status. */
export function status(code: number, headers: Record<string, string> = {}): Handler {
  return (request, response) => {
    request.resume();
    response.writeHead(code, headers).end();
  };
}

/** Takes the request and never answers it. */
export function unanswered(): Handler {
  return (request) => {
    request.resume();
  };
}
