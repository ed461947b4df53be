// The parts of node-media-server 4.4 that the embedded server uses; the package brings no types.

declare module 'node-media-server/src/core/context.js' {
  import type { EventEmitter } from 'node:events';

  export interface Session {
    readonly streamPath: string;
    readonly isPublisher: boolean;
    close(): void;
  }

  export interface Broadcast {
    readonly publisher: Session | null;
    publishGraceMs: number;
    getPublishStatus(): 'publishing' | 'reconnecting' | 'idle';
  }

  export interface Config {
    bind?: string;
    rtmp?: { port: number };
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

declare module 'node-media-server/src/server/rtmp_server.js' {
  import type { Server } from 'node:net';

  export default class NodeRtmpServer {
    readonly tcpServer: Server;
  }
}

declare module 'node-media-server/src/server/http_server.js' {
  import type { Server } from 'node:http';

  export default class NodeHttpServer {
    readonly httpServer: Server;
    readonly wsServer: { close(): void };
  }
}
