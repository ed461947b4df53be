import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';

import { describe, expect, it } from 'vitest';

import { prebuiltBinary } from './prebuilt-binary.js';

const run = promisify(execFile);
const binary = prebuiltBinary();

/** glibc of Debian 12's oldest contemporary that still counts, Ubuntu 22.04; README and prebuilds/README.md say so. */
const OLDEST_GLIBC = [2, 35] as const;

describe('the release binary', () => {
  it('shows nothing but the two entry points of Node-API', async () => {
    const { stdout } = await run('nm', ['-D', '--defined-only', '--format=just-symbols', binary]);
    expect(stdout.trim().split('\n').sort()).toEqual(['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
  });

  it('needs no library but the parts of glibc', async () => {
    const { stdout } = await run('objdump', ['-p', binary]);
    const needed = [...stdout.matchAll(/NEEDED\s+(\S+)/g)].map((match) => match[1]);
    const glibc = ['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0', 'librt.so.1', 'ld-linux-x86-64.so.2'];
    expect(needed.filter((name) => name !== undefined && !glibc.includes(name))).toEqual([]);
    expect(needed).toContain('libc.so.6');
  });

  it('takes nothing from Node but Node-API', async () => {
    const { stdout } = await run('nm', ['-D', '--undefined-only', '--format=just-symbols', binary]);
    const foreign = stdout
      .trim()
      .split('\n')
      .map((line) => line.trim())
      .filter((name) => !name.includes('@') && !/^(napi_|node_api_)/.test(name) && !WEAK_AND_UNUSED.includes(name));
    expect(foreign).toEqual([]);
  });

  it(`runs with glibc ${OLDEST_GLIBC.join('.')}`, async () => {
    const { stdout } = await run('objdump', ['-T', binary], { maxBuffer: 64 << 20 });
    const newer = [...stdout.matchAll(/GLIBC_(\d+)\.(\d+)\S*\s+(\S+)/g)]
      .filter(([, major, minor]) => Number(major) > OLDEST_GLIBC[0] || Number(minor) > OLDEST_GLIBC[1])
      .map(([, major, minor, symbol]) => `${String(symbol)} of ${String(major)}.${String(minor)}`);
    expect(newer).toEqual([]);
  });

  it('names no folder of the machine that built it', async () => {
    const { stdout } = await run('strings', [binary], { maxBuffer: 256 << 20 });
    const folders = stdout
      .split('\n')
      .filter((line) => /\/(root|home|build|tmp)\/\S*\.(cc?|cpp|h|hpp|asm)$/.test(line));
    expect(folders).toEqual([]);
  });

  it('stays below 42 MB', async () => {
    expect((await stat(binary)).size).toBeLessThan(42_000_000);
  });
});

/** Weak references that every ELF file linked by gcc carries. */
const WEAK_AND_UNUSED = [
  '__gmon_start__',
  '_ITM_deregisterTMCloneTable',
  '_ITM_registerTMCloneTable',
  '_ITM_memcpyRnWt',
  '_ITM_memcpyRtWn',
  '_ITM_addUserCommitAction',
  '_ITM_RU1',
  '_ITM_RU8',
];
