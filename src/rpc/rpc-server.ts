import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';

import { Server, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';

import { countingServerInterceptor, type OnCallEnded } from './call-counting.js';
import { authorityOf, type Endpoint } from './endpoint.js';
import { serverCredentials, type ServerTls } from './tls.js';

/** One service and what answers its calls. */
export interface Service {
  definition: ServiceDefinition;
  implementation: UntypedServiceImplementation;
}

export interface RpcServerOptions {
  /** Port 0 takes any free one. */
  endpoint: Endpoint;
  /** Absent: no TLS. */
  tls?: ServerTls | undefined;
  services: readonly Service[];
  /** Default: nobody hears. */
  onCallEnded?: OnCallEnded | undefined;
}

// A peer that has vanished is noticed in under two seconds; one on a busy machine has most of them to answer.
const pingEveryMs = 700;
const pingTimeoutMs = 1200;
// An order with 32 long URLs is under 300 kB; nothing else comes near.
const largestMessageBytes = 512 * 1024;

/** A gRPC server with the health and reflection services beside one's own. */
export class RpcServer implements AsyncDisposable {
  readonly endpoint: Endpoint;
  /** As it was bound. */
  readonly #address: string;
  readonly #server: Server;
  readonly #health: HealthImplementation;

  private constructor(endpoint: Endpoint, address: string, server: Server, health: HealthImplementation) {
    this.endpoint = endpoint;
    this.#address = address;
    this.#server = server;
    this.#health = health;
  }

  /** @throws Error when it cannot listen there, or a certificate cannot be read. */
  static async start({ endpoint, tls, services, onCallEnded }: RpcServerOptions): Promise<RpcServer> {
    const server = new Server({
      'grpc.max_receive_message_length': largestMessageBytes,
      'grpc.keepalive_time_ms': pingEveryMs,
      'grpc.keepalive_timeout_ms': pingTimeoutMs,
      // A broadcaster has all its jobs on one connection.
      'grpc.max_concurrent_streams': 10_000,
      interceptors: [countingServerInterceptor(onCallEnded)],
      // Nobody asks for gRPC's own statistics, which cost something for every call and every connection.
      'grpc.enable_channelz': 0,
    });
    for (const { definition, implementation } of services) server.addService(definition, implementation);
    const health = new HealthImplementation({ '': 'SERVING' });
    health.addToServer(server);
    const descriptors = readFileSync(new URL('./generated/descriptors.binpb', import.meta.url));
    new ReflectionService(loadFileDescriptorSetFromBuffer(descriptors)).addToServer(server);
    const authority = authorityOf(endpoint);
    const address = isIP(endpoint.host) === 0 ? `dns:${authority}` : authority;
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(address, serverCredentials(tls), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    return new RpcServer({ host: endpoint.host, port }, address.replace(/:\d+$/, `:${port}`), server, health);
  }

  /** Tells who asks the health service whether new work is taken. */
  setServing(serving: boolean): void {
    this.#health.setStatus('', serving ? 'SERVING' : 'NOT_SERVING');
  }

  /** Breaks every call off and stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    // Without statistics, forceShutdown() does not know of the connections; draining does, and ends them in a moment.
    this.#server.drain(this.#address, 0);
    this.#server.forceShutdown();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
