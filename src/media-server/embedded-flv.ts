import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { flvTargetOf } from './embedded-path.js';
import type { PublisherCheck } from './embedded-rtmp.js';

/**
 * Puts a check before node-media-server's HTTP server: it gets to see only requests for streams, by the names it takes,
 * and from publishers (`POST`, or a WebSocket that says it is one) only those who may publish.
 */
export function guardFlv(server: Server, mayPublish: PublisherCheck): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const target = flvTargetOf(request.url ?? '');
    if (target === undefined) {
      response.writeHead(404).end();
      return;
    }
    const publishes = request.method === 'POST';
    if (publishes && !mayPublish(request.socket, target.streamKey, target.query.getAll('token'))) {
      // What it goes on to send would be read for a request.
      response.writeHead(403, { Connection: 'close' }).end(() => request.socket.destroy());
      return;
    }
    request.url = target.url;
    for (const listener of listeners) listener(request, response);
  });
  server.prependListener('upgrade', (request: IncomingMessage, socket: Socket) => {
    const target = flvTargetOf(request.url ?? '');
    const publishes = /\b(post|publisher)\b/i.test(request.headers['sec-websocket-protocol'] ?? '');
    if (target === undefined) socket.destroy();
    else if (publishes && !mayPublish(socket, target.streamKey, target.query.getAll('token'))) socket.destroy();
    else request.url = target.url;
  });
}
