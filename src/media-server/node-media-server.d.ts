// The parts of node-media-server 4.4 that the embedded server uses; the package brings no types.

declare module 'node-media-server/src/core/context.js' {
  import type { EventEmitter } from 'node:events';
  import type { IncomingMessage } from 'node:http';
  import type { Socket } from 'node:net';

  export interface Session {
    readonly id: string;
    readonly streamPath: string;
    readonly isPublisher: boolean;
    /** Of an RTMP session. */
    readonly socket?: Socket;
    /** Of an HTTP or WebSocket session. */
    readonly req?: IncomingMessage;
    close(): void;
  }

  export interface Broadcast {
    readonly publisher: Session | null;
    publishGraceMs: number;
    getPublishStatus(): 'publishing' | 'reconnecting' | 'idle';
    donePublish(session: Session): void;
    _finishPublish(): void;
  }

  export interface Config {
    bind?: string;
    http?: { port: number };
    webadmin?: { enable: boolean };
  }

  interface Context {
    config: Config;
    readonly sessions: Map<string, Session>;
    readonly broadcasts: Map<string, Broadcast>;
    readonly eventEmitter: EventEmitter<Record<'prePublish' | 'postPublish' | 'donePublish', [session: Session]>>;
  }

  const context: Context;
  export default context;
}

declare module 'node-media-server/src/core/logger.js' {
  const logger: { log: (message: string, level?: string) => void };
  export default logger;
}

declare module 'node-media-server/src/session/rtmp_session.js' {
  import type { Socket } from 'node:net';
  import type { Broadcast, Session } from 'node-media-server/src/core/context.js';

  export interface StreamRequest {
    app: string;
    name: string;
    host: string;
    query: NodeJS.Dict<string | string[]>;
  }

  export default class RtmpSession implements Session {
    constructor(socket: Socket);
    readonly id: string;
    readonly streamPath: string;
    readonly streamQuery: NodeJS.Dict<string | string[]>;
    readonly isPublisher: boolean;
    readonly broadcast: Broadcast;
    onConnect: (request: StreamRequest) => void;
    onPush: () => void;
    onPacket: (packet: unknown) => void;
    onData: (data: Buffer) => void;
    run: () => void;
    close(): void;
  }
}

declare module 'node-media-server/src/server/http_server.js' {
  import type { Server } from 'node:http';

  export default class NodeHttpServer {
    readonly httpServer: Server;
    readonly wsServer: { close(): void };
  }
}
