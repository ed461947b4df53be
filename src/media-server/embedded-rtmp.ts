import type { Socket } from 'node:net';

import context from 'node-media-server/src/core/context.js';
import RtmpSession from 'node-media-server/src/session/rtmp_session.js';

import { streamKeyOf } from './embedded-path.js';

/** Whether somebody may publish a stream over this connection. */
export type PublisherCheck = (socket: Socket, streamKey: string, tokens: readonly string[]) => boolean;

/**
 * Serves one RTMP connection with node-media-server's session, and keeps it from what that would let happen: a second
 * stream on the connection, pictures from somebody who only plays or was turned away, and the end of the process by a
 * message that it cannot read.
 */
export function serveRtmp(socket: Socket, mayPublish: PublisherCheck): void {
  const session = new RtmpSession(socket);
  const { onConnect, onPush, onPacket, onData } = session;
  session.onConnect = (request) => {
    const streamKey = streamKeyOf(`/${request.app.replace(/\/+$/, '')}/${request.name}`);
    if (streamKey === undefined || session.streamPath !== '') throw new Error('There is no such stream.');
    const [, app = '', name = ''] = streamKey.split('/');
    onConnect({ ...request, app, name });
  };
  session.onPush = () => {
    const tokens = [session.streamQuery['token'] ?? []].flat();
    if (mayPublish(socket, session.streamPath, tokens)) onPush();
    if (session.broadcast.publisher !== session) socket.destroy();
  };
  session.onPacket = (packet) => {
    if (session.broadcast.publisher === session) onPacket(packet);
  };
  session.onData = (data) => {
    try {
      onData(data);
    } catch {
      socket.destroy();
    }
  };
  session.run();
  context.sessions.set(session.id, session);
}
