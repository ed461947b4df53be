import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const library = new URL('../../dist/index.js', import.meta.url).href;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-'));
  await mkdir(join(folder, 'broken', 'build', 'Release'), { recursive: true });
  await writeFile(join(folder, 'broken', 'build', 'Release', 'millrace.node'), 'This is not a library of any kind.');
});
afterAll(() => rm(folder, { recursive: true }));

/** What `devices()` rejects with when the addon is looked for in this folder alone. */
async function loadFailure(addonFolder: string, flags: string[] = []): Promise<string> {
  const program = `import { devices } from '${library}'; devices().catch((error) => console.log(error.message))`;
  const { stdout } = await run(process.execPath, [...flags, '--input-type=module', '-e', program], {
    env: { ...process.env, MILLRACE_PREBUILD: addonFolder },
  });
  return stdout;
}

test('Without a binary, the error says how to get one', async () => {
  const message = await loadFailure(folder);
  expect(message).toMatch(/^The native part of Millrace cannot be loaded \(linux-x64, Node v\d+/);
  expect(message).toContain('No native build was found');
  expect(message).toMatch(/ 1\. .*\n {2}2\. To build it from a checkout/s);
});

test.each([
  ['a report of the devices', "const attempt = devices().then(() => 'no failure')"],
  [
    'a job',
    "const attempt = new Transcoder({ input: 'a.ts', renditions: [{ profile: 'P720p30fps16x9', output: 'b.ts' }] }).run()",
  ],
])('Without a binary, %s fails as everything does, by a TranscodeError', async (_, attempt) => {
  const program = `import { Transcoder, TranscodeError, devices } from '${library}'; ${attempt};
    attempt.catch((error) => console.log(error instanceof TranscodeError, error.code, error.retryable))`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, MILLRACE_PREBUILD: folder },
  });
  expect(stdout).toBe('true ADDON_UNAVAILABLE false\n');
});

test('With a binary that does not load, the error says why', async () => {
  expect(await loadFailure(join(folder, 'broken'))).toMatch(/invalid ELF header|file too short/);
});

test('With native addons switched off, the error says so', async () => {
  expect(await loadFailure(join(folder, 'broken'), ['--no-addons'])).toContain('run Node without --no-addons');
});

test('Options are checked without the addon', async () => {
  const program = `import { Transcoder } from '${library}'; try { new Transcoder({}) } catch (error) { console.log(error.code) }`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, MILLRACE_PREBUILD: folder },
  });
  expect(stdout).toBe('OPTIONS_INVALID\n');
});
