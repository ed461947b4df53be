import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

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
  readonly #statisticsPort: number;
  readonly #folder: string;
  readonly #process: ServerProcess;
  /** Refuses what nginx asks it about. */
  readonly #callbacks: MediaServer;

  private constructor({ port, statisticsPort }: Ports, folder: string, process: ServerProcess, callbacks: MediaServer) {
    this.port = port;
    this.#statisticsPort = statisticsPort;
    this.#folder = folder;
    this.#process = process;
    this.#callbacks = callbacks;
  }

  static async start(): Promise<NginxRtmp> {
    const ports = { port: await freeTcpPort(), statisticsPort: await freeTcpPort() };
    const folder = mkdtempSync(join(tmpdir(), 'millrace-nginx-'));
    const callbacks = await MediaServer.start();
    writeFileSync(join(folder, 'nginx.conf'), configuration(ports, folder, callbacks));
    const process = new ServerProcess('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']);
    const server = new NginxRtmp(ports, folder, process, callbacks);
    try {
      await process.listening(ports.port);
      await process.listening(ports.statisticsPort);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  url(stream: string, application = 'live'): string {
    return `rtmp://127.0.0.1:${this.port}/${application}/${stream}`;
  }

  /**
   * Resolves when so many play streams, or wait for them to be published. nginx itself is asked: its `on_play` comes before
   * a player is let in, who would miss what is published meanwhile.
   */
  async played(players = 1): Promise<void> {
    for (;;) {
      const statistics = await (await fetch(`http://127.0.0.1:${this.#statisticsPort}/`)).text();
      const clients = statistics.split('<client>').slice(1);
      if (clients.filter((client) => !client.includes('<publishing/>')).length >= players) return;
      await delay(20);
    }
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

interface Ports {
  port: number;
  statisticsPort: number;
}

// One process, as whoever runs the tests. `publish_notify` tells a player when the publisher has left.
function configuration({ port, statisticsPort }: Ports, folder: string, callbacks: MediaServer): string {
  return `
    load_module ${MODULE};
    daemon off;
    master_process off;
    pid ${folder}/nginx.pid;
    error_log stderr warn;
    events { worker_connections 64; }
    http {
      access_log off;
      client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
      server { listen 127.0.0.1:${statisticsPort}; location / { rtmp_stat all; } }
    }
    rtmp {
      server {
        listen 127.0.0.1:${port};
        chunk_size 4096;
        application live {
          live on;
          publish_notify on;
        }
        application live/out {
          live on;
          publish_notify on;
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
