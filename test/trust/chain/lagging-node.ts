import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface Request {
  id: unknown;
  method: string;
  params: unknown[];
}

/** A double of a node behind a load balancer: hands every request on to a real one, and can be told to lag behind it,
 * or to refuse. */
export class LaggingNode implements AsyncDisposable {
  /** So many blocks behind. */
  lag = 0;
  /** How many were asked for, by method. */
  readonly asked = new Map<string, number>();
  /** Methods that it refuses to do. */
  readonly refuses = new Set<string>();
  readonly #server: Server;

  static async start(realUrl: string): Promise<LaggingNode> {
    const node = new LaggingNode(realUrl);
    node.#server.listen(0, '127.0.0.1');
    await once(node.#server, 'listening');
    return node;
  }

  private constructor(realUrl: string) {
    this.#server = createServer((incoming, response) => {
      void text(incoming)
        .then((body) => this.#answer(realUrl, JSON.parse(body) as Request))
        .then((answer) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)));
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(url: string, request: Request): Promise<unknown> {
    const { method, params } = request;
    this.asked.set(method, (this.asked.get(method) ?? 0) + 1);
    if (this.refuses.has(method))
      return { jsonrpc: '2.0', id: request.id, error: { code: -32_000, message: 'not now' } };
    const ask = async (body: Request): Promise<{ result: unknown }> => {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', ...body }),
      });
      return (await answer.json()) as { result: unknown };
    };
    if (method !== 'eth_getBlockByNumber') return ask(request);
    const { result } = await ask({ id: 0, method: 'eth_blockNumber', params: [] });
    const height = Number(result) - this.lag;
    return ask({ ...request, params: [`0x${height.toString(16)}`, ...params.slice(1)] });
  }
}
