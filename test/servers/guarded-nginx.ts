import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freeTcpPort } from './free-port.js';
import { ServerProcess } from './server-process.js';

const MODULE = '/usr/lib/nginx/modules/ngx_rtmp_module.so';

/**
 * A real nginx with its RTMP module that asks before it lets anybody publish to its applications `live/out` and `other`,
 * asks again every second, and can be told to drop a publisher.
 */
export class GuardedNginx implements AsyncDisposable {
  readonly #folder: string;
  readonly #process: ServerProcess;
  readonly #port: number;
  readonly #controlPort: number;
  readonly #host: string;

  private constructor(
    folder: string,
    process: ServerProcess,
    { host, port, controlPort }: { host: string; port: number; controlPort: number },
  ) {
    this.#folder = folder;
    this.#process = process;
    this.#host = host;
    this.#port = port;
    this.#controlPort = controlPort;
  }

  /**
   * @param hooks the URL below which the hooks `publish`, `update` and `done` lie.
   * @param host where it is published to and played from; what controls it stays on loopback.
   */
  static async start(hooks: string, host = '127.0.0.1'): Promise<GuardedNginx> {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-nginx-'));
    const [port, controlPort] = [await freeTcpPort(), await freeTcpPort()];
    writeFileSync(join(folder, 'nginx.conf'), configuration({ folder, host, port, controlPort, hooks }));
    const process = new ServerProcess('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']);
    const server = new GuardedNginx(folder, process, { host, port, controlPort });
    try {
      await process.listening(port, host);
      await process.listening(controlPort);
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  get controlUrl(): string {
    return `http://127.0.0.1:${this.#controlPort}/control`;
  }

  /** @param path of application and stream, without a slash before it. */
  url(path: string): string {
    return `rtmp://${this.#host}:${this.#port}/${path}`;
  }

  /** Connections stay up, and nothing moves on them any more. */
  freeze(): void {
    this.#process.freeze();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface Settings {
  folder: string;
  host: string;
  port: number;
  controlPort: number;
  hooks: string;
}

// One process, as whoever runs the tests.
function configuration({ folder, host, port, controlPort, hooks }: Settings): string {
  const guarded = `
          live on;
          on_publish ${hooks}/publish;
          on_update ${hooks}/update;
          on_publish_done ${hooks}/done;
          notify_method post;
          notify_update_timeout 1s;`;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
    load_module ${MODULE};
    daemon off;
    master_process off;
    pid ${folder}/nginx.pid;
    error_log stderr warn;
    events { worker_connections 64; }
    rtmp {
      server {
        listen ${host}:${port};
        chunk_size 4096;
        application live/out {${guarded}
        }
        application other {${guarded}
        }
      }
    }
    http {
      access_log off;
      ${temporary.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n      ')}
      server {
        listen 127.0.0.1:${controlPort};
        location /control { rtmp_control all; }
      }
    }
  `;
}
