import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a {@link WebhookServer} was asked. */
export interface WebhookRequest {
  method: string;
  authorization: string | undefined;
  body: string;
}

/** A webhook on 127.0.0.1 that does what the test tells it. */
export class WebhookServer implements AsyncDisposable {
  readonly requests: WebhookRequest[] = [];
  /** Answers; the default admits everything. */
  respond: (response: ServerResponse) => void = (response) => {
    response.end();
  };
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<WebhookServer> {
    const webhook = new WebhookServer();
    webhook.#server.listen(0, '127.0.0.1');
    await once(webhook.#server, 'listening');
    return webhook;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  /** Answers with this from now on. */
  answer(status: number, body = '', headers: Record<string, string> = {}): void {
    this.respond = (response) => response.writeHead(status, headers).end(body);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
    this.requests.push({ method: request.method ?? '', authorization: request.headers.authorization, body });
    this.respond(response);
  }
}
