import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const packages = new URL('../../scripts/setup/packages.mjs', import.meta.url).href;

describe('missing packages', () => {
  let folder;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-packages-'));
    symlinkSync(process.execPath, join(folder, 'node'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Puts a command of the given shell text on a PATH that holds nothing else. */
  const command = (name, text) => {
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  const install = (uid) => {
    const script = `
      process.getuid = () => ${uid};
      const { installMissingPackages } = await import('${packages}');
      try {
        installMissingPackages({ purpose: 'demo', ffmpeg: 'bundled', report: console.log });
      } catch (error) {
        console.log(error.name + ': ' + error.message);
      }`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      env: { PATH: folder },
    });
    return stdout;
  };
  const nothingInstalled = 'exit 0';

  it('are named in the exact command to run, when the user may not install them', () => {
    command('dpkg-query', nothingInstalled);
    command('sudo', 'exit 1');
    expect(install(1000)).toMatch(
      /^PackagesMissingError: .*\n {2}sudo apt-get update && sudo apt-get install -y --no-install-recommends build-essential .*nasm/,
    );
  });

  it('are installed through sudo, when it asks for no password', () => {
    command('dpkg-query', nothingInstalled);
    command('sudo', `[ "$2" = true ] || echo "$@" >> ${join(folder, 'calls')}`);
    expect(install(1000)).toMatch(/^installing \d+ Debian packages: build-essential/);
    expect(spawnSync('cat', [join(folder, 'calls')], { encoding: 'utf8' }).stdout).toMatch(
      /^apt-get update -q\napt-get install -y --no-install-recommends build-essential .*\n$/,
    );
  });

  it('are left alone when none is missing', () => {
    command('dpkg-query', 'for name; do case $name in -*) ;; *) echo "installed $name" ;; esac; done');
    command('apt-get', 'exit 1');
    expect(install(0)).toBe('');
  });

  it('are commands to install, on a system without Debian’s packages', () => {
    command('cc', 'exit 0');
    expect(install(0)).toMatch(/^PackagesMissingError: This is no Debian .*: c\+\+ make cmake ninja/);
  });
});
