import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { nodeHelp } from '../../src/cli/node-config/help.js';
import { isLoopback } from '../../src/rpc/loopback.js';
import { readNodeConfig } from '../../src/cli/node-config/read-node-config.js';
import { settingNames } from '../../src/cli/node-config/settings.js';
import { UsageError } from '../../src/cli/usage-error.js';

let folder: string;
let pem: string;
let password: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-node-config-'));
  pem = file('some.pem', 'PEM');
  password = file('password', 'open-sesame\n');
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const read = (...args: string[]) => readNodeConfig(args, {});

const B = ['--broadcaster', '--orch-addr', '10.0.0.1:8935'];
const O = ['--orchestrator', '--orch-secret', 's3cret'];
const T = ['--transcoder', '--orch-addr', '10.0.0.1:8935', '--orch-secret', 's3cret'];

/** The lines of the error. */
function faults(args: string[], env: NodeJS.ProcessEnv = {}): string[] {
  try {
    readNodeConfig(args, env);
  } catch (error) {
    if (error instanceof UsageError) return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('a node without any flags but its role', () => {
  it('is a broadcaster with these defaults', () => {
    expect(read(...B)).toEqual({
      name: hostname().slice(0, 64),
      logLevel: 'info',
      statusAddr: { host: '127.0.0.1', port: 5935, fallback: true },
      keystore: { dir: join(homedir(), '.local/state/millrace') },
      broadcaster: {
        httpAddr: { host: '127.0.0.1', port: 9935 },
        orchestrators: { addresses: [{ host: '10.0.0.1', port: 8935 }] },
        orchestratorTls: { always: false, insecure: false },
        transcodingOptions: 'P240p30fps16x9,P360p30fps16x9',
        maxAttempts: 3,
        receiptWindowMs: 2000,
        verifyRate: 0.05,
        exploration: 0.1,
        mediaServer: { kind: 'direct' },
        limits: {},
      },
    });
  });

  it('is an orchestrator with these', () => {
    expect(read(...O)).toMatchObject({
      statusAddr: { host: '127.0.0.1', port: 7935, fallback: true },
      orchestrator: {
        serviceAddr: { host: '127.0.0.1', port: 8935 },
        secret: 's3cret',
        price: { wei: 0, pixels: 1 },
        maxSessions: 'auto',
        stallTimeoutMs: 1500,
        keepReceiptsMs: 90 * 86_400_000,
      },
    });
  });

  it('is a transcoder with these', () => {
    const { statusAddr, transcoder } = read(...T);
    expect(statusAddr).toEqual({ host: '127.0.0.1', port: 6935, fallback: true });
    expect(transcoder).toEqual({
      orchestratorAddr: { host: '10.0.0.1', port: 8935 },
      orchestratorTls: { always: false, insecure: false },
      secret: 's3cret',
      maxSessions: 'auto',
      workersWarm: 1,
      allowNetworks: [],
      playerHeadStartMs: 300,
      drainTimeoutMs: 30_000,
    });
  });

  it('is refused without a role', () => {
    expect(faults([])).toEqual([
      'A node needs a role: give --broadcaster, --orchestrator or --transcoder, or several of them.',
    ]);
  });

  it('is all three in one process, and needs no addresses and no secret then', () => {
    const config = read('--broadcaster', '--orchestrator', '--transcoder');
    expect(config.broadcaster?.orchestrators).toEqual({ addresses: [] });
    expect(config.orchestrator?.secret).toBeUndefined();
    expect(config.transcoder?.orchestratorAddr).toBeUndefined();
  });

  it('has its status where its first role has it', () => {
    expect(read('--transcoder', '--orchestrator').statusAddr.port).toBe(7935);
    expect(read('--orchestrator', '--transcoder', '--broadcaster').statusAddr.port).toBe(5935);
  });
});

describe('a node with everything that its role can be told', () => {
  it('is such a broadcaster', () => {
    const config = read(
      ...['--broadcaster', '--name', 'north 1', '--log-level', 'debug', '--status-addr', '0.0.0.0:9000'],
      ...['--http-addr', '[::]:8936', '--http-tls-cert', pem, '--http-tls-key', pem],
      ...['--orch-addr', 'o1.example:8935,[::1]:1', '--orch-addr', '10.0.0.1:2', '--orch-file', pem],
      ...['--orch-webhook-url', 'https://u:p@hook.example/list?k=v', '--auth-webhook-url', 'http://hook.example/auth'],
      ...['--transcoding-options', 'P144p30fps16x9', '--max-price', '1200/7', '--max-attempts', '5'],
      ...['--receipt-window', '1.5', '--verify-rate', '0.5', '--ca-file', pem],
      ...['--exploration', '0.25', '--media-server', 'nginx-rtmp', '--nginx-control-url', 'http://127.0.0.1/control'],
      ...['--tls', '--orch-ca', pem],
      ...['--keystore-dir', '/keys', '--keystore-password', password],
    );
    expect(config).toEqual({
      name: 'north 1',
      logLevel: 'debug',
      statusAddr: { host: '0.0.0.0', port: 9000, fallback: false },
      keystore: { dir: '/keys', password: 'open-sesame' },
      broadcaster: {
        httpAddr: { host: '::', port: 8936 },
        httpTls: { certFile: pem, keyFile: pem },
        orchestrators: {
          addresses: [
            { host: 'o1.example', port: 8935 },
            { host: '::1', port: 1 },
            { host: '10.0.0.1', port: 2 },
          ],
          file: pem,
          webhookUrl: 'https://u:p@hook.example/list?k=v',
        },
        orchestratorTls: { always: true, caFile: pem, insecure: false },
        authWebhookUrl: 'http://hook.example/auth',
        transcodingOptions: 'P144p30fps16x9',
        maxPrice: { wei: 1200, pixels: 7 },
        maxAttempts: 5,
        receiptWindowMs: 1500,
        verifyRate: 0.5,
        caFile: pem,
        exploration: 0.25,
        mediaServer: { kind: 'nginx-rtmp', controlUrl: 'http://127.0.0.1/control' },
        limits: {},
      },
    });
  });

  it('is such an orchestrator', () => {
    const { orchestrator } = read(
      ...['--orchestrator', '--service-addr', '0.0.0.0:8935', '--tls-cert', pem, '--tls-key', pem, '--client-ca', pem],
      ...[
        '--broadcasters',
        `0x${'AB'.repeat(20)}`,
        '--price',
        '3/1000',
        '--max-sessions',
        '8',
        '--stall-timeout',
        '2.5',
      ],
    );
    expect(orchestrator).toEqual({
      serviceAddr: { host: '0.0.0.0', port: 8935 },
      tls: { certFile: pem, keyFile: pem },
      clientCaFile: pem,
      price: { wei: 3, pixels: 1000 },
      broadcasters: [`0x${'ab'.repeat(20)}`],
      maxSessions: 8,
      stallTimeoutMs: 2500,
      tickets: {},
      keepReceiptsMs: 90 * 86_400_000,
    });
  });

  it('is such a transcoder', () => {
    const { transcoder } = read(
      ...['--transcoder', '--orch-addr', 'o.example:8935', '--client-cert', pem, '--client-key', pem, '--insecure'],
      ...['--nvidia', '0,1', '--max-sessions', '4', '--pixels-per-second', '200000000', '--workers-warm', '0'],
      ...['--allow-networks', '10.0.0.0/8,::1', '--allow-networks', '192.168.1.7', '--ca-file', pem],
      ...['--drain-timeout', '0.5', '--player-head-start', '0'],
    );
    expect(transcoder).toEqual({
      orchestratorAddr: { host: 'o.example', port: 8935 },
      orchestratorTls: { always: true, insecure: true, identity: { certFile: pem, keyFile: pem } },
      nvidia: [0, 1],
      maxSessions: 4,
      pixelsPerSecond: 200_000_000,
      workersWarm: 0,
      allowNetworks: ['10.0.0.0/8', '::1/128', '192.168.1.7/32'],
      caFile: pem,
      playerHeadStartMs: 0,
      drainTimeoutMs: 500,
    });
  });

  it('has an embedded media server where it is told', () => {
    const { broadcaster } = read(...B, '--media-server', 'embedded', '--rtmp-addr', '127.0.0.1:0');
    expect(broadcaster?.mediaServer).toEqual({
      kind: 'embedded',
      rtmpAddr: { host: '127.0.0.1', port: 0 },
      httpAddr: { host: '127.0.0.1', port: 8000 },
    });
  });

  it('uses all GPUs, or each that it is told once', () => {
    expect(read(...T, '--nvidia', 'all').transcoder?.nvidia).toBe('all');
    expect(read(...T, '--nvidia', '1', '--nvidia', '0,1').transcoder?.nvidia).toEqual([1, 0]);
  });

  it('takes a price of so many wei for one pixel', () => {
    expect(read(...B, '--max-price', '5').broadcaster?.maxPrice).toEqual({ wei: 5, pixels: 1 });
  });
});

describe('isLoopback', () => {
  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.9.9.9', '::1', '[::1]', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'])(
    'is true for %s',
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each([
    '',
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '::ffff:10.0.0.1',
    '127.evil.example',
    'localhost.evil.example',
    '128.0.0.1',
  ])('is false for “%s”', (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe('the help', () => {
  it.each(settingNames)('explains --%s', (name) => {
    expect(nodeHelp).toMatch(new RegExp(`--${name}[ ,|]`));
  });

  it('names no flag that is not there', () => {
    const named = [...nodeHelp.matchAll(/--([a-z][a-z-]*)/g)].map(([, name]) => name);
    expect(named.filter((name) => !(settingNames as string[]).includes(name ?? ''))).toEqual([]);
  });
});
