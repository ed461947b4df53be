import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readNodeConfig } from '../../src/cli/node-config/read-node-config.js';
import { UsageError } from '../../src/cli/usage-error.js';

let folder: string;
let pem: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-node-config-'));
  pem = file('some.pem', 'PEM');
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

describe('a value that is wrong', () => {
  it.each([
    [['--log-level', 'loud'], '--log-level takes trace, debug, info, warn, error, fatal or silent, not “loud”.'],
    [
      ['--status-addr', '127.0.0.1'],
      '--status-addr takes HOST:PORT, such as 127.0.0.1:8935 or [::1]:8935, not “127.0.0.1”.',
    ],
    [['--name', 'x'.repeat(65)], '--name takes 1 to 64 characters'],
    [['--http-addr', '::1:8935'], '--http-addr takes HOST:PORT'],
    [['--http-addr', '[127.0.0.1]:8935'], '--http-addr takes HOST:PORT'],
    [['--http-addr', '300.0.0.1:8935'], '--http-addr takes HOST:PORT'],
    [['--http-addr', 'h:65536'], '--http-addr takes HOST:PORT'],
    [['--http-addr', 'https://u:p4ss@h:1'], '--http-addr takes HOST:PORT'],
    [['--orch-addr', 'h:0'], '--orch-addr takes HOST:PORT'],
    [['--max-price', '1/0'], '--max-price takes WEI/PIXELS'],
    [['--max-price', '1.5'], '--max-price takes WEI/PIXELS'],
    [['--max-price', '9007199254740993/1'], '--max-price takes WEI/PIXELS'],
    [['--max-attempts', '0'], '--max-attempts takes a whole number from 1 to 100, not “0”.'],
    [['--verify-rate', '2'], '--verify-rate takes a number from 0 to 1, not “2”.'],
    [['--exploration', '1.1'], '--exploration takes a number from 0 to 1, not “1.1”.'],
    [['--exploration', '1e-1'], '--exploration takes a number from 0 to 1, not “1e-1”.'],
    [['--media-server', 'mist'], '--media-server takes direct, nginx-rtmp or embedded, not “mist”.'],
    [['--auth-webhook-url', 'ftp://u:p4ss@h/x'], '--auth-webhook-url takes an http or https URL.'],
    [['--orch-file', '/nonexistent/list'], '--orch-file names /nonexistent/list, which cannot be read (ENOENT).'],
    [['--orch-file', tmpdir()], `--orch-file names ${tmpdir()}, which is not a file.`],
    [['--orch-ca', '/nonexistent/ca.pem'], '--orch-ca names /nonexistent/ca.pem, which cannot be read (ENOENT).'],
  ])('of a broadcaster’s is a fault: %j', (args, sentence) => {
    const lines = faults([...B, ...args]);
    expect(lines).toEqual([expect.stringContaining(sentence)]);
    expect(lines[0]).not.toContain('p4ss');
  });

  it.each([
    [['--price', '-1'], '--price needs a value; one that begins with a dash is written --price=VALUE.'],
    [['--price=-1'], '--price takes WEI/PIXELS'],
    [['--max-sessions', '0'], '--max-sessions takes a whole number from 1 to 100000, or auto, not “0”.'],
    [['--stall-timeout', '0.4'], '--stall-timeout takes a number of seconds from 0.5 to 60, not “0.4”.'],
    [['--stall-timeout', '61'], '--stall-timeout takes a number of seconds from 0.5 to 60, not “61”.'],
  ])('of an orchestrator’s is a fault: %j', (args, sentence) => {
    expect(faults([...O, ...args])).toEqual([expect.stringContaining(sentence)]);
  });

  it.each([
    [['--nvidia', 'all,0'], '--nvidia takes all, or numbers of GPUs such as 0,1, not “all,0”.'],
    [['--pixels-per-second', '0'], '--pixels-per-second takes a whole number from 1'],
    [['--workers-warm', '65'], '--workers-warm takes a whole number from 0 to 64, not “65”.'],
    [['--allow-networks', '10.0.0.0/8,10.0.0.0/33'], '--allow-networks takes CIDR blocks'],
    [['--allow-networks', 'example.com'], '--allow-networks takes CIDR blocks'],
    [['--drain-timeout', 'long'], '--drain-timeout takes a number of seconds from 0 to 86400, not “long”.'],
  ])('of a transcoder’s is a fault: %j', (args, sentence) => {
    expect(faults([...T, ...args])).toEqual([expect.stringContaining(sentence)]);
  });
});

describe('a list that is empty', () => {
  it('is a fault', () => {
    expect(faults(['--broadcaster', '--orch-addr', ','])).toEqual(['--orch-addr is empty.']);
  });
});

describe('settings that do not go together', () => {
  const forTranscoders =
    'is for a transcoder whose orchestrator is elsewhere, and this node has its own: leave it out.';

  it.each([
    [
      'a broadcaster that knows no orchestrator',
      () => ['--broadcaster'],
      'A broadcaster needs orchestrators: give --orch-addr, --orch-file or --orch-webhook-url.',
    ],
    [
      'nginx-rtmp without its control URL',
      () => [...B, '--media-server', 'nginx-rtmp'],
      '--media-server nginx-rtmp needs --nginx-control-url.',
    ],
    [
      'a control URL without nginx-rtmp',
      () => [...B, '--nginx-control-url', 'http://h/control'],
      '--nginx-control-url goes with --media-server nginx-rtmp.',
    ],
    [
      'an address of the embedded media server without it',
      () => [...B, '--rtmp-addr', '127.0.0.1:1935'],
      '--rtmp-addr goes with --media-server embedded.',
    ],
    ['a certificate without a key', () => [...B, '--http-tls-cert', pem], '--http-tls-cert needs --http-tls-key.'],
    ['a key without a certificate', () => [...O, '--tls-key', pem], '--tls-key needs --tls-cert.'],
    ['a client certificate without a key', () => [...T, '--client-cert', pem], '--client-cert needs --client-key.'],
    [
      'any certificate, and an authority',
      () => [...B, '--insecure', '--orch-ca', pem],
      '--insecure accepts any certificate, which makes --orch-ca pointless: leave one of them out.',
    ],
    [
      'an orchestrator that knows no transcoder',
      () => ['--orchestrator'],
      'An orchestrator has to know its transcoders: give --orch-secret or --client-ca, or --transcoder for one in the same process.',
    ],
    [
      'a service beyond loopback without TLS',
      () => [...O, '--service-addr', '0.0.0.0:8935'],
      '--service-addr is open to other machines (0.0.0.0): give --tls-cert and --tls-key too.',
    ],
    [
      'an authority for clients without TLS',
      () => ['--orchestrator', '--client-ca', pem],
      '--client-ca needs --tls-cert and --tls-key.',
    ],
    [
      'a transcoder without an orchestrator',
      () => ['--transcoder', '--orch-secret', 's3cret'],
      'A transcoder needs its orchestrator: give --orch-addr, or --orchestrator for one in the same process.',
    ],
    [
      'a transcoder with two orchestrators',
      () => [...T, '--orch-addr', '10.0.0.2:8935'],
      '--orch-addr names 2 orchestrators, and a transcoder has exactly one.',
    ],
    [
      'a transcoder that cannot prove itself',
      () => ['--transcoder', '--orch-addr', 'o.example:8935'],
      'A transcoder has to prove itself: give --orch-secret, or --client-cert and --client-key.',
    ],
    [
      'an orchestrator’s address for a transcoder that has its own',
      () => ['--orchestrator', '--transcoder', '--orch-addr', 'o.example:8935'],
      `--orch-addr ${forTranscoders}`,
    ],
    [
      'two servers on one address',
      () => [...B, '--http-addr', '127.0.0.1:9000', '--status-addr', '127.0.0.1:9000'],
      '--status-addr is the same address as --http-addr.',
    ],
  ])('are a fault: %s', (_, args, line) => {
    expect(faults(args())).toEqual([line]);
  });

  it('do go together when the broadcaster beside an orchestrator knows others', () => {
    const config = read('--broadcaster', '--orchestrator', '--transcoder', '--orch-addr', 'a:1,b:2');
    expect(config.broadcaster?.orchestrators.addresses).toHaveLength(2);
    expect(config.transcoder?.orchestratorAddr).toBeUndefined();
  });

  it('do go together when any free port is asked for twice', () => {
    expect(faults([...B, '--http-addr', '127.0.0.1:0', '--status-addr', '127.0.0.1:0'])).toEqual([]);
  });

  it.each(['127.0.0.1:8935', '[::1]:8935', 'localhost:8935'])('do go together without TLS on %s', (address) => {
    expect(faults([...O, '--service-addr', address])).toEqual([]);
  });
});

describe('a flag for a role that the node has not', () => {
  it('is a fault that says whose it is', () => {
    expect(faults([...B, '--price', '1/1', '--orch-secret', 's3cret'])).toEqual([
      '--price is for an orchestrator, which this node is not: add --orchestrator, or leave it out.',
      '--orch-secret is for an orchestrator or a transcoder, which this node is not: ' +
        'add --orchestrator or --transcoder, or leave it out.',
    ]);
  });

  it('is not looked into', () => {
    expect(faults([...B, '--price', 'nonsense'])).toHaveLength(1);
  });
});

describe('faults', () => {
  it('are all told at once, one to a line', () => {
    expect(faults(['--orchestrator', '--price', 'x', '--stall-timeout', 'y', '--max-atempts', '3', 'stray'])).toEqual([
      'There is no flag --max-atempts. Did you mean --max-attempts?',
      'millrace node takes flags only, but argument number 8 is none.',
      expect.stringMatching(/^An orchestrator has to know/),
      expect.stringMatching(/^--price takes/),
      expect.stringMatching(/^--stall-timeout takes/),
    ]);
  });

  it.each([
    [['--nonsense'], 'There is no flag --nonsense.'],
    [['-b'], 'There is no flag -b.'],
    [['--tls=yes'], '--tls takes no value.'],
    [['--orch-file'], '--orch-file needs a value.'],
    [['--orch-file', '--tls'], '--orch-file needs a value; one that begins with a dash is written --orch-file=VALUE.'],
    [['--name', 'a', '--name', 'b'], '--name was given more than once.'],
  ])('of the command line are in its words: %j', (args, line) => {
    expect(faults([...B, ...args])).toEqual([line]);
  });

  it.each([
    ['half of it stands alone', ['--orch-secret', 'one', 'p4ss']],
    ['it is glued to its flag', ['--orch-secretp4ss']],
    ['its flag is misspelled', ['--orch-secert=p4ss']],
    ['it is given twice', ['--orch-secret', 'p4ss', '--orch-secret', 'p4ss']],
    ['it has blanks', ['--orch-secret', 'p4ss word']],
    ['it looks like a path', ['--orch-secret', './p4ss']],
    ['it looks like a flag', ['--orch-secret', '-p4ss']],
    ['it is meant for another role', ['--orch-secret', 'p4ss', '--orch-webhook-url', 'https://h/?p4ss']],
    ['it is in an address', ['--orch-secret', 'ok', '--service-addr', 'user:p4ss@host:1']],
  ])('never show a secret: %s', (_, args) => {
    const lines = faults(['--orchestrator', ...args]);
    expect(lines).not.toEqual([]);
    expect(lines.join('\n')).not.toContain('p4ss');
  });
});

describe('the secret', () => {
  it('is what stands in the file of that name, without white space around it', () => {
    const path = file('secret', '  from-the-file\n');
    expect(read('--orchestrator', '--orch-secret', path).orchestrator?.secret).toBe('from-the-file');
    expect(read('--transcoder', '--orch-addr', 'o:1', '--orch-secret', path).transcoder?.secret).toBe('from-the-file');
  });

  it.each([
    [
      'is in a folder that is not there',
      () => '/nowhere/at/all',
      '--orch-secret looks like the path of a file, and there is no such file.',
    ],
    [
      'is not there',
      () => join(folder, 'missing'),
      '--orch-secret looks like the path of a file, and there is no such file.',
    ],
    ['is empty', () => file('empty', ' \n'), '--orch-secret names a file that is empty.'],
    [
      'holds two lines',
      () => file('lines', 'a\nb'),
      '--orch-secret takes 1 to 512 printable ASCII characters without blanks, or a file of them.',
    ],
  ])('is not taken from a file that %s', (_, path, line) => {
    expect(faults(['--orchestrator', '--orch-secret', path()])).toEqual([line]);
  });
});
