import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readNodeConfig } from '../../src/cli/node-config/read-node-config.js';
import { UsageError } from '../../src/cli/usage-error.js';

const B = ['--broadcaster', '--orch-addr', '10.0.0.1:8935'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-password-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function passwordOf(args: string[], env: NodeJS.ProcessEnv = {}): string | undefined {
  return readNodeConfig([...B, ...args], env).keystore.password;
}

/** What is wrong with what was given. */
function faultOf(args: string[], env: NodeJS.ProcessEnv = {}): string {
  try {
    passwordOf(args, env);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'nothing';
}

describe('The password of the keys', () => {
  it('is the first line of the file that the flag names, to the letter', () => {
    expect(passwordOf(['--keystore-password', file('one', ' grüße \r\nanother line\n')])).toBe(' grüße ');
  });

  it('is that of the file that the configuration names', () => {
    const config = file('node.yaml', `keystorePassword: ${file('two', 'sesame')}`);
    expect(passwordOf(['--config', config])).toBe('sesame');
  });

  it('is what the variable holds, unless the flag names a file', () => {
    const env = { MILLRACE_KEYSTORE_PASSWORD: 'from the variable' };
    expect(passwordOf([], env)).toBe('from the variable');
    expect(passwordOf(['--keystore-password', file('three', 'from the file')], env)).toBe('from the file');
  });

  it('is made where none is given', () => {
    expect(passwordOf([])).toBeUndefined();
  });

  it('is never taken from the command line, nor shown', () => {
    expect(faultOf(['--keystore-password', 'hunter2'])).toBe(
      '--keystore-password takes the file whose first line is the password, never the password itself, ' +
        'and there is none that can be read (ENOENT).',
    );
  });

  it.each([
    ['a folder', () => folder, /^--keystore-password takes .* \(EISDIR\)\.$/],
    ['a file that is empty', () => file('empty', ''), /^--keystore-password names a file whose first line is empty/],
    ['a file that begins with an empty line', () => file('late', '\nsesame'), /whose first line is empty/],
  ])('is not in %s', (_, path, words) => {
    expect(faultOf(['--keystore-password', path()])).toMatch(words);
  });

  it('is not the path of a file, should the variable have one', () => {
    expect(faultOf([], { MILLRACE_KEYSTORE_PASSWORD: file('four', 'sesame') })).toBe(
      'MILLRACE_KEYSTORE_PASSWORD holds the password itself, and names a file: that is what --keystore-password is for.',
    );
  });
});
