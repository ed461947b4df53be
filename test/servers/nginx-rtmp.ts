import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freeTcpPort } from './free-port.js';
import { MediaServer } from './media-server.js';
import { status } from './sending.js';
import { ServerProcess, isInstalled } from './server-process.js';

const MODULE = '/usr/lib/nginx/modules/ngx_rtmp_module.so';

/** Why these tests cannot run here; empty: they can. */
export const nginxRtmpMissing =
  isInstalled('nginx') && existsSync(MODULE) ? '' : 'nginx with its RTMP module is absent';

/**
 * A real nginx with its RTMP module, as a media server: `live` takes a publisher per stream and passes it to everyone
 * who plays it, `live/out` likewise, `denied` lets nobody publish or play.
 */
export class NginxRtmp implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #process: ServerProcess;
  /** Hears from nginx who plays and who publishes. */
  readonly #callbacks: MediaServer;

  private constructor(port: number, folder: string, process: ServerProcess, callbacks: MediaServer) {
    this.port = port;
    this.#folder = folder;
    this.#process = process;
    this.#callbacks = callbacks;
  }

  static async start(): Promise<NginxRtmp> {
    const port = await freeTcpPort();
    const folder = mkdtempSync(join(tmpdir(), 'millrace-nginx-'));
    const callbacks = await MediaServer.start();
    writeFileSync(join(folder, 'nginx.conf'), configuration(port, folder, callbacks));
    const process = new ServerProcess('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']);
    const server = new NginxRtmp(port, folder, process, callbacks);
    try {
      await process.listening(port);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  url(stream: string, application = 'live'): string {
    return `rtmp://127.0.0.1:${this.port}/${application}/${stream}`;
  }

  /** Resolves when so many play streams of `live` or `live/out`, or wait for them to be published. */
  async played(players = 1): Promise<void> {
    await this.#callbacks.asked('/played', players);
  }

  /** Ends it as a crash would: connections break, and nobody says goodbye. */
  async kill(): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }

  /** Connections stay up, and nothing moves on them any more. */
  freeze(): void {
    this.#process.freeze();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#callbacks[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

// One process, as whoever runs the tests. `publish_notify` tells a player when the publisher has left.
function configuration(port: number, folder: string, callbacks: MediaServer): string {
  return `
    load_module ${MODULE};
    daemon off;
    master_process off;
    pid ${folder}/nginx.pid;
    error_log stderr warn;
    events { worker_connections 64; }
    rtmp {
      server {
        listen 127.0.0.1:${port};
        chunk_size 4096;
        application live {
          live on;
          publish_notify on;
          on_play ${callbacks.url('/played')};
        }
        application live/out {
          live on;
          publish_notify on;
          on_play ${callbacks.url('/played')};
        }
        application denied {
          live on;
          on_publish ${callbacks.on('/denied', status(403))};
          on_play ${callbacks.url('/denied')};
        }
      }
    }
  `;
}
