import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readNodeConfig } from '../../src/cli/node-config/read-node-config.js';
import { fileKeyOf, settingNames, variableOf } from '../../src/cli/node-config/settings.js';
import { UsageError } from '../../src/cli/usage-error.js';

let folder: string;
let path: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-node-sources-'));
  path = join(folder, 'node.yaml');
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function fromFile(content: string, args: string[] = [], env: NodeJS.ProcessEnv = {}) {
  writeFileSync(path, content);
  return readNodeConfig(['--config', path, ...args], env);
}

function faultsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof UsageError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const fileFaults = (content: string) => faultsOf(() => fromFile(content));
const variableFaults = (env: NodeJS.ProcessEnv, args = ['--orchestrator', '--transcoder']) =>
  faultsOf(() => readNodeConfig(args, env));

describe('the environment', () => {
  it('has a variable for every flag', () => {
    expect(settingNames.map(variableOf)).toContain('MILLRACE_ORCH_SECRET');
    const { orchestrator, transcoder } = readNodeConfig([], {
      MILLRACE_ORCHESTRATOR: 'true',
      MILLRACE_TRANSCODER: '1',
      MILLRACE_PRICE: '2/3',
      MILLRACE_ALLOW_NETWORKS: '10.0.0.0/8, ::1',
    });
    expect(orchestrator?.price).toEqual({ wei: 2, pixels: 3 });
    expect(transcoder?.allowNetworks).toEqual(['10.0.0.0/8', '::1/128']);
  });

  it('counts as silent where a variable is empty', () => {
    expect(variableFaults({ MILLRACE_PRICE: '', MILLRACE_TLS: '' })).toEqual([]);
  });

  it('is named in a fault', () => {
    expect(variableFaults({ MILLRACE_PRICE: 'x', MILLRACE_TLS: 'maybe' })).toEqual([
      'MILLRACE_TLS takes true or false.',
      expect.stringMatching(/^MILLRACE_PRICE takes WEI\/PIXELS/),
    ]);
  });

  it('may hold what other nodes on the machine need', () => {
    const env = { MILLRACE_ORCH_SECRET: 's3cret', MILLRACE_PRICE: '1/1' };
    expect(variableFaults(env, ['--broadcaster', '--orch-addr', 'o:1'])).toEqual([]);
  });

  it('is warned of a variable that is nearly one', () => {
    expect(variableFaults({ MILLRACE_ORCH_SECERT: 'p4ss' })).toEqual([
      'There is no variable MILLRACE_ORCH_SECERT. Did you mean MILLRACE_ORCH_SECRET?',
    ]);
  });

  it.each([
    ...['MILLRACE_FFMPEG', 'MILLRACE_CACHE', 'MILLRACE_CCACHE', 'MILLRACE_DEPS', 'MILLRACE_FUZZ', 'MILLRACE_MEDIA'],
    ...['MILLRACE_FUZZ_SECONDS', 'MILLRACE_PREBUILD', 'MILLRACE_SANITIZE', 'MILLRACE_TESTS', 'MILLRACE_WERROR'],
    ...['MILLRACE_VERSION', 'MILLRACE_ACCEL', 'MILLRACE_SOMETHING_ELSE', 'MILLRACE_SYSTEM_FFMPEG'],
  ])('may have %s, which is no business of a node', (variable) => {
    expect(variableFaults({ [variable]: 'x' })).toEqual([]);
  });
});

describe('the config file', () => {
  it('is YAML, with keys as flags or in camel case', () => {
    const { name, orchestrator, transcoder } = fromFile(`
      orchestrator: true
      transcoder: true
      name: north-1
      maxSessions: 4
      stall-timeout: 2.5
      price: 2/3
      tls: no
      nvidia: 0
      allowNetworks: [10.0.0.0/8, 192.168.0.0/16]
    `);
    expect(name).toBe('north-1');
    expect(orchestrator).toMatchObject({ maxSessions: 4, stallTimeoutMs: 2500, price: { wei: 2, pixels: 3 } });
    expect(transcoder).toMatchObject({ nvidia: [0], allowNetworks: ['10.0.0.0/8', '192.168.0.0/16'] });
  });

  it('may be JSON', () => {
    const { broadcaster } = fromFile('{"broadcaster": true, "orchAddr": ["a:1", "b:2"], "maxPrice": 9007199254740991}');
    expect(broadcaster?.orchestrators.addresses).toEqual([
      { host: 'a', port: 1 },
      { host: 'b', port: 2 },
    ]);
    expect(broadcaster?.maxPrice).toEqual({ wei: 9007199254740991, pixels: 1 });
  });

  it('has a key for every flag', () => {
    expect(settingNames.map(fileKeyOf)).toContain('orchSecret');
    expect(fileFaults(settingNames.map((name) => `${fileKeyOf(name)}:`).join('\n'))).toEqual([
      expect.stringMatching(/^config in .*: a file cannot name another one\.$/),
      expect.stringMatching(/^A node needs a role/),
    ]);
  });

  it('may be named by the environment', () => {
    writeFileSync(path, 'orchestrator: true\ntranscoder: true\nname: by-variable');
    expect(readNodeConfig([], { MILLRACE_CONFIG: path }).name).toBe('by-variable');
  });

  it.each([
    ['an unknown key', 'stalTimeout: 1', 'stalTimeout in FILE is not known. Did you mean stallTimeout?'],
    ['an unknown key with dashes', 'stal-timeout: 1', 'stal-timeout in FILE is not known. Did you mean stall-timeout?'],
    ['a key that resembles none', 'colour: red', 'colour in FILE is not known.'],
    [
      'a key spelled in both ways',
      'stallTimeout: 1\nstall-timeout: 2',
      'stall-timeout in FILE was given before, spelled differently.',
    ],
    ['another file', 'config: other.yaml', 'config in FILE: a file cannot name another one.'],
    ['a list where there is one value', 'price: [1/1]', 'price in FILE takes one value, not a list.'],
    ['a map', 'price: {wei: 1}', 'price in FILE takes a text or a number.'],
    ['a list of lists', 'allowNetworks: [[10.0.0.0/8]]', 'allowNetworks in FILE takes a list of texts.'],
    ['an empty text', 'name: ""', 'name in FILE is empty.'],
    ['a switch that is none', 'insecure: maybe', 'insecure in FILE takes true or false.'],
    ['a secret that YAML takes for a number', 'orchSecret: 0123', 'orchSecret in FILE takes a text; put it in quotes.'],
    ['a wrong value', 'stallTimeout: 99', 'stallTimeout in FILE takes a number of seconds from 0.5 to 60, not “99”.'],
    [
      'a role’s key without the role',
      'httpAddr: 127.0.0.1:1',
      'httpAddr in FILE is for a broadcaster, which this node is not: add --broadcaster, or leave it out.',
    ],
  ])('cannot have %s', (_, content, line) => {
    expect(fileFaults(`orchestrator: true\ntranscoder: true\n${content}`)).toEqual([line.replace('FILE', path)]);
  });

  it.each([
    ['broken YAML', 'orchSecret: "p4ss', /node\.yaml is not valid YAML or JSON: \w+ in line 1\.$/],
    ['the same key twice', 'orchSecret: p4ss\norchSecret: p4ss', /DUPLICATE_KEY in line 2\.$/],
    ['an alias of nothing', 'orchSecret: *p4ss', /node\.yaml (is not valid YAML|is not a list)/],
    ['a list', '- p4ss', /is not a list of settings/],
    ['a text', 'p4ss', /is not a list of settings/],
  ])('is refused as a whole, and not shown, when it is %s', (_, content, sentence) => {
    const lines = fileFaults(content);
    expect(lines[0]).toMatch(sentence);
    expect(lines.join('\n')).not.toContain('p4ss');
  });

  it('is a fault when it cannot be read', () => {
    expect(
      faultsOf(() => readNodeConfig(['--config', '/nonexistent.yaml', '--orchestrator', '--transcoder'], {})),
    ).toEqual(['The config file /nonexistent.yaml cannot be read (ENOENT).']);
  });
});

describe('what is given in several places', () => {
  const roles = 'orchestrator: true\ntranscoder: true\n';

  it('counts as the flag has it, then the variable, then the file', () => {
    const file = `${roles}name: file\nprice: 1/1\nstallTimeout: 1`;
    const env = { MILLRACE_NAME: 'variable', MILLRACE_PRICE: '2/1' };
    const { name, orchestrator } = fromFile(file, ['--name', 'flag'], env);
    expect([name, orchestrator?.price.wei, orchestrator?.stallTimeoutMs]).toEqual(['flag', 2, 1000]);
  });

  it('is not put together when it is a list', () => {
    const { transcoder } = fromFile(`${roles}allowNetworks: 10.0.0.0/8`, ['--allow-networks', '::1']);
    expect(transcoder?.allowNetworks).toEqual(['::1/128']);
  });

  it('can be switched off by a variable where the file switches it on', () => {
    const { broadcaster } = fromFile('broadcaster: true\norchAddr: o:1\ntls: true', [], { MILLRACE_TLS: 'false' });
    expect(broadcaster?.orchestratorTls.always).toBe(false);
  });

  it('is checked only where it counts', () => {
    expect(faultsOf(() => fromFile(`${roles}price: nonsense`, ['--price', '1/1']))).toEqual([]);
  });
});
