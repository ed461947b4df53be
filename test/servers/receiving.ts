import type { IncomingMessage } from 'node:http';

import type { Handler } from './media-server.js';

/** Answers with `code` once `bytes` of the upload are here, and closes. */
export function refusingAfter(bytes: number, code: number): Handler {
  return async (request, response) => {
    await take(request, bytes);
    response.writeHead(code, { Connection: 'close' }).end();
  };
}

/** Breaks the connection with a reset once `bytes` of the upload are here. */
export function resettingAfter(bytes: number): Handler {
  return async (request) => {
    await take(request, bytes);
    request.socket.resetAndDestroy();
  };
}

/** Closes the connection in order, but without an answer, once `bytes` of the upload are here. */
export function closingAfter(bytes: number): Handler {
  return async (request) => {
    await take(request, bytes);
    request.socket.end();
  };
}

/** Reads the first `bytes` of the upload and nothing of the rest; the connection stays. */
export function deafAfter(bytes: number): Handler {
  return async (request) => {
    await take(request, bytes);
    request.pause();
    request.socket.pause();
  };
}

async function take(request: IncomingMessage, bytes: number): Promise<void> {
  if (bytes === 0) return;
  await new Promise<void>((resolve) => {
    let taken = 0;
    request.on('data', (chunk: Buffer) => {
      taken += chunk.length;
      if (taken >= bytes) resolve();
    });
  });
}
