import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { countVideoFrames, makeSource } from './media.js';
import { prebuiltBinary } from './prebuilt-binary.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

describe('the package as npm would publish it', () => {
  let folder: string;
  let packed: string[];

  beforeAll(async () => {
    prebuiltBinary();
    folder = await mkdtemp(join(tmpdir(), 'millrace-package-'));
    const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
      cwd: root,
    });
    const [report] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
    packed = report.files.map((file) => file.path);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'somewhere', private: true }));
    await run(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', `./${report.filename}`],
      { cwd: folder },
    );
    await makeSource(join(folder, 'source.ts'), 1);
  }, 180_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('transcodes a second of video by its command', async () => {
    await run(
      join(folder, 'node_modules', '.bin', 'millrace'),
      ['transcode', 'source.ts', '--rendition', '320x180:300k=command.ts', '--accel', 'none'],
      { cwd: folder },
    );
    expect(await countVideoFrames(join(folder, 'command.ts'))).toBe(30);
  });

  it('transcodes a second of video by its library', async () => {
    const script = `
      import { Transcoder } from 'millrace';
      await new Transcoder({
        input: 'source.ts',
        renditions: [{ profile: { width: 320, height: 180, bitrate: 300_000 }, output: 'library.ts' }],
        accel: 'none',
      }).run();`;
    await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder });
    expect(await countVideoFrames(join(folder, 'library.ts'))).toBe(30);
  });

  it('runs a node of the network', async () => {
    const node = spawn(
      join(folder, 'node_modules', '.bin', 'millrace'),
      [
        ...['node', '--orchestrator', '--transcoder', '--pixels-per-second', '10000000'],
        ...['--service-addr', '127.0.0.1:0', '--status-addr', '127.0.0.1:0'],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = once(node, 'exit');
    try {
      for await (const line of createInterface(node.stdout)) if (line.includes('connected to the orchestrator')) break;
    } finally {
      node.kill('SIGTERM');
    }
    expect(await ended).toEqual([0, null]);
  });

  it('compiles nothing at installation', async () => {
    const installed = await readdir(join(folder, 'node_modules', 'millrace'));
    expect(installed).not.toContain('build');
    expect(installed).not.toContain('build-native');
  });

  it('brings the binary, its licences, the types and no tests', () => {
    expect(packed).toContain('prebuilds/linux-x64/millrace.glibc.node');
    expect(packed).toContain('prebuilds/linux-x64/licences/x264/COPYING');
    expect(packed).toContain('THIRD_PARTY.md');
    expect(packed).toContain('dist/index.d.ts');
    expect(packed.filter((path) => /(^|\/)tests?\//.test(path))).toEqual([]);
  });
});
