import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

const log = fileURLToPath(new URL('../../dist/observe/log.js', import.meta.url));

/** What a program prints that opens a log and does this with it. */
async function printed(statements: string): Promise<string[]> {
  const program = `const { createLog } = await import(${JSON.stringify(log)});
    const log = createLog({ level: 'info' });
    ${statements}`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  return stdout.split('\n').filter((line) => line !== '');
}

describe('the log on the standard output', () => {
  it('has every line, in order', async () => {
    const lines = await printed("for (let line = 0; line < 1000; line++) log.info({ line }, 'said');");
    expect(lines.map((line) => (JSON.parse(line) as { line: number }).line)).toEqual([...Array(1000).keys()]);
  });

  it('has what was said last before the process ended by itself', async () => {
    expect(await printed("log.info('last'); process.exit();")).toHaveLength(1);
  });

  it('ends no process when there is no room for it', async () => {
    const program = `const { createLog } = await import(${JSON.stringify(log)});
      const log = createLog({ level: 'info' });
      const said = setInterval(() => log.info('said'));
      setTimeout(() => { clearInterval(said); console.error('still there'); }, 100);`;
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    expect(child.stderr && (await text(child.stderr))).toBe('still there\n');
  });

  it('has what was said before an error that nobody caught', async () => {
    const lines = await printed(
      "process.on('uncaughtException', () => process.exit()); log.info('last'); throw new Error();",
    );
    expect(lines).toHaveLength(1);
  });
});
