import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';

import {
  loadPackageDefinition,
  makeClientConstructor,
  status,
  type ChannelCredentials,
  type Client,
  type ClientDuplexStream,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { service as healthService } from 'grpc-health-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { authorityOf, type Endpoint } from '../../src/rpc/endpoint.js';
import {
  OrchestratorServiceClient,
  OrchestratorServiceService,
  type GetOfferResponse,
} from '../../src/rpc/generated/millrace/v1/orchestrator.js';
import { RpcServer } from '../../src/rpc/rpc-server.js';
import { clientCredentials, type ClientTls, type ServerTls } from '../../src/rpc/tls.js';
import { CertificateAuthority } from '../servers/certificate-authority.js';
import { IdentityFiles } from '../servers/identity-files.js';

const loopback: Endpoint = { host: '127.0.0.1', port: 0 };
const someOffer: GetOfferResponse = {
  price: { wei: 1, pixels: 1 },
  freePixelsPerSecond: 1,
  pixelsPerSecond: 1,
  freeSessions: 1,
  runningSessions: 0,
  decoders: [],
  encoders: [],
  address: Buffer.alloc(20, 1),
};

function serve(tls?: ServerTls, endpoint = loopback): Promise<RpcServer> {
  const implementation = {
    getOffer: (_call: unknown, answer: (error: null, offer: GetOfferResponse) => void) => {
      answer(null, someOffer);
    },
    runJob: (call: { on(event: 'data', listener: () => void): void; end(): void }) => {
      call.on('data', () => {
        call.end();
      });
    },
  };
  const services = [{ definition: OrchestratorServiceService, implementation }];
  return RpcServer.start({ endpoint, ...(tls && { tls }), services });
}

/** What a client gets that asks for an offer: it, or gRPC's code for why not. */
async function ask(endpoint: Endpoint, tls: ClientTls = {}): Promise<GetOfferResponse | string> {
  using client = new DisposableClient(endpoint, clientCredentials(endpoint, tls));
  return await new Promise((resolve) => {
    client.getOffer({}, (error, offer) => {
      resolve(error === null ? offer : status[error.code]);
    });
  });
}

class DisposableClient extends OrchestratorServiceClient implements Disposable {
  constructor(endpoint: Endpoint, credentials: ChannelCredentials) {
    super(authorityOf(endpoint), credentials);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

test('A server takes any free port, and says which.', async () => {
  await using one = await serve();
  await using other = await serve();
  expect(one.endpoint.port).toBeGreaterThan(0);
  expect(other.endpoint.port).not.toBe(one.endpoint.port);
  expect(await ask(one.endpoint)).toEqual(someOffer);
});

test('It listens on a name as well.', async () => {
  await using server = await serve(undefined, { host: 'localhost', port: 0 });
  expect(await ask(server.endpoint)).toEqual(someOffer);
});

test('A server that cannot listen says so.', async () => {
  await using server = await serve();
  await expect(serve(undefined, server.endpoint)).rejects.toThrow(/EADDRINUSE/);
});

test('Its health is serving, until it takes no new work.', async () => {
  await using server = await serve();
  expect(await health(server.endpoint)).toBe('SERVING');
  server.setServing(false);
  expect(await health(server.endpoint)).toBe('NOT_SERVING');
});

test('Its reflection lists the services of the network.', async () => {
  await using server = await serve();
  expect(await services(server.endpoint)).toEqual(
    expect.arrayContaining(['millrace.v1.OrchestratorService', 'millrace.v1.TranscoderService']),
  );
});

test('A message that no order needs is refused, and the next caller is served.', async () => {
  await using server = await serve();
  using client = new DisposableClient(server.endpoint, clientCredentials(server.endpoint, {}));
  const call = client.runJob();
  const ended = failure(call);
  const url = `http://source.example/${'x'.repeat(600 * 1024)}`;
  const source = { url, videoCodec: '' };
  const order = {
    jobId: 'job',
    attempt: 1,
    stream: 's',
    sequence: 0,
    source,
    renditions: [],
    durationMs: 0,
    windowMs: 0,
  };
  call.write({ request: { $case: 'order', value: order } });
  expect((await ended).code).toBe(status.RESOURCE_EXHAUSTED);
  expect(await ask(server.endpoint)).toEqual(someOffer);
});

test('A server that ends breaks off the calls that run.', async () => {
  const server = await serve();
  using client = new DisposableClient(server.endpoint, clientCredentials(server.endpoint, {}));
  const call = client.runJob();
  const ended = failure(call);
  await ask(server.endpoint);
  await server[Symbol.asyncDispose]();
  expect([status.UNAVAILABLE, status.CANCELLED]).toContain((await ended).code);
});

describe('With TLS', () => {
  let authority: CertificateAuthority;
  let stranger: CertificateAuthority;
  let identity: IdentityFiles;
  let strangersIdentity: IdentityFiles;

  beforeAll(() => {
    authority = new CertificateAuthority();
    stranger = new CertificateAuthority();
    identity = new IdentityFiles(authority.issue());
    strangersIdentity = new IdentityFiles(stranger.issue());
  });

  afterAll(() => {
    for (const each of [authority, stranger, identity, strangersIdentity]) each[Symbol.dispose]();
  });

  test('a server is verified by the authority that is trusted.', async () => {
    await using server = await serve(identity);
    expect(await ask(server.endpoint, { caFile: authority.file })).toEqual(someOffer);
  });

  test('a server of another authority is refused.', async () => {
    await using server = await serve(identity);
    expect(await ask(server.endpoint, { caFile: stranger.file })).toBe('UNAVAILABLE');
    expect(await ask(server.endpoint, { always: true })).toBe('UNAVAILABLE');
  });

  test('a server under another name is refused.', async () => {
    using elsewhere = new IdentityFiles(authority.issue('DNS:elsewhere.example'));
    await using server = await serve(elsewhere);
    expect(await ask(server.endpoint, { caFile: authority.file })).toBe('UNAVAILABLE');
  });

  test('any server is taken by who asks for no proof.', async () => {
    await using server = await serve(identity);
    expect(await ask(server.endpoint, { always: true, insecure: true })).toEqual(someOffer);
  });

  test('nobody gets in without.', async () => {
    await using server = await serve(identity);
    expect(await ask(server.endpoint)).toBe('UNAVAILABLE');
  });

  test('a server that knows its clients by certificate lets in those that its authority signed.', async () => {
    await using server = await serve({ ...pick(identity), clientCaFile: authority.file });
    using client = new IdentityFiles(authority.issue('DNS:transcoder.example'));
    expect(await ask(server.endpoint, { caFile: authority.file, identity: pick(client) })).toEqual(someOffer);
  });

  test('and nobody else.', async () => {
    await using server = await serve({ ...pick(identity), clientCaFile: authority.file });
    expect(await ask(server.endpoint, { caFile: authority.file })).toBe('UNAVAILABLE');
    const tls = { caFile: authority.file, identity: pick(strangersIdentity) };
    expect(await ask(server.endpoint, tls)).toBe('UNAVAILABLE');
  });

  test('a certificate that is not there is said by its name.', async () => {
    const missing = { certificateFile: '/nowhere/certificate.pem', keyFile: '/nowhere/key.pem' };
    await expect(serve(missing)).rejects.toThrow('/nowhere/');
  });
});

describe('TLS is asked of a peer', () => {
  test.each([
    ['on this machine, not', '127.0.0.1', {}, false],
    ['on this machine, when it is asked for', '127.0.0.1', { always: true }, true],
    ['elsewhere, always', '192.0.2.1', {}, true],
    ['elsewhere, also when its certificate does not matter', 'orchestrator.example', { insecure: true }, true],
  ])('%s.', (_when, host, tls, isSecure) => {
    expect(clientCredentials({ host, port: 1 }, tls)._isSecure()).toBe(isSecure);
  });
});

function pick({ certificateFile, keyFile }: IdentityFiles) {
  return { certificateFile, keyFile };
}

function failure(call: Pick<Readable, 'on' | 'once'>): Promise<ServiceError> {
  call.on('data', () => undefined);
  return new Promise((resolve) =>
    call.once('error', (error) => {
      resolve(error as ServiceError);
    }),
  );
}

async function health(endpoint: Endpoint): Promise<string> {
  const HealthClient = makeClientConstructor(healthService, 'Health');
  const client = new HealthClient(authorityOf(endpoint), clientCredentials(endpoint, {}));
  try {
    return await new Promise<string>((resolve, reject) => {
      const answered = (error: ServiceError | null, answer: { status: string }) => {
        if (error === null) resolve(answer.status);
        else reject(error);
      };
      client['check']?.({ service: '' }, answered);
    });
  } finally {
    client.close();
  }
}

/** The names of the services, as any tool for gRPC would ask for them. */
async function services(endpoint: Endpoint): Promise<string[]> {
  const proto = createRequire(import.meta.url).resolve(
    '@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto',
  );
  const loaded = loadPackageDefinition(loadSync(proto, { keepCase: false })) as unknown as {
    grpc: {
      reflection: { v1: { ServerReflection: new (address: string, credentials: ChannelCredentials) => Client } };
    };
  };
  const client = new loaded.grpc.reflection.v1.ServerReflection(authorityOf(endpoint), clientCredentials(endpoint, {}));
  try {
    const call = (
      client as unknown as { serverReflectionInfo(): ClientDuplexStream<object, ReflectionAnswer> }
    ).serverReflectionInfo();
    const answer = new Promise<ReflectionAnswer>((resolve, reject) => call.once('data', resolve).once('error', reject));
    call.write({ listServices: '' });
    const names = (await answer).listServicesResponse.service.map(({ name }) => name);
    call.end();
    return names;
  } finally {
    client.close();
  }
}

interface ReflectionAnswer {
  listServicesResponse: { service: { name: string }[] };
}
