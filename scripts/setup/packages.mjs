// The Debian packages that building and testing need. Installed when missing and permitted; named otherwise.
import { spawnSync } from 'node:child_process';

const BUILD = [
  ...['build-essential', 'cmake', 'ninja-build', 'meson', 'nasm', 'pkg-config', 'clang'],
  ...['autoconf', 'automake', 'libtool', 'dpkg-dev', 'patch', 'xz-utils', 'bzip2', 'ca-certificates'],
];
/** What BUILD amounts to on other systems. */
const COMMANDS = [
  ...['cc', 'c++', 'make', 'cmake', 'ninja', 'meson', 'nasm', 'pkg-config', 'clang'],
  ...['autoconf', 'automake', 'libtoolize', 'patch', 'xz', 'bzip2'],
];
const SYSTEM_LIBRARIES = [
  ...['libavcodec-dev', 'libavfilter-dev', 'libavformat-dev', 'libavutil-dev', 'libswresample-dev', 'libswscale-dev'],
  ...['libcurl4-openssl-dev', 'libsrt-openssl-dev', 'libx264-dev', 'libzimg-dev'],
];
const BENCH = ['ffmpeg'];
const TESTS = [
  ...['ffmpeg', 'nginx', 'libnginx-mod-rtmp', 'srt-tools', 'openssl'],
  ...['ccache', 'clang-format', 'clang-tidy', 'libclang-rt-dev', 'libgmock-dev', 'libgtest-dev'],
  ...SYSTEM_LIBRARIES,
];
const PURPOSES = { demo: [], bench: BENCH, tests: TESTS };

/** Packages are missing and cannot be installed from here; the message says what to run. */
export class PackagesMissingError extends Error {
  name = 'PackagesMissingError';
}

/**
 * @param {{ purpose: 'demo' | 'bench' | 'tests', ffmpeg: 'bundled' | 'system', report: (line: string) => void }} options
 */
export function installMissingPackages({ purpose, ffmpeg, report }) {
  if (spawnSync('dpkg-query', ['--version']).error) {
    requireCommands();
    return;
  }
  const wanted = [...BUILD, ...(ffmpeg === 'system' ? SYSTEM_LIBRARIES : []), ...(PURPOSES[purpose] ?? [])];
  const missing = missingOf([...new Set(wanted)]);
  if (missing.length === 0) return;

  const asRoot = process.getuid() === 0 ? [] : ['sudo'];
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', ...missing];
  if (asRoot.length > 0 && spawnSync('sudo', ['-n', 'true']).status !== 0)
    throw new PackagesMissingError(
      `Some Debian packages are missing, and installing them needs root. Run this, then try again:\n` +
        `  sudo apt-get update && sudo ${install.join(' ')}`,
    );
  report(`installing ${missing.length} Debian packages: ${missing.join(' ')}`);
  for (const command of [['apt-get', 'update', '-q'], install]) {
    const [name, ...args] = [...asRoot, ...command];
    const { status } = spawnSync(name, args, {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (status !== 0) throw new PackagesMissingError(`\`${[name, ...args].join(' ')}\` failed; see its output above.`);
  }
}

/** On a system without Debian's packages: its owner installs, we only say what is not there. */
function requireCommands() {
  const missing = COMMANDS.filter((command) => spawnSync(command, ['--version']).error);
  if (missing.length === 0) return;
  throw new PackagesMissingError(
    `This is no Debian or Ubuntu, so the set-up cannot install what it needs. Install these commands, then try again: ` +
      missing.join(' '),
  );
}

function missingOf(wanted) {
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f=${db:Status-Status} ${Package}\n', ...wanted], {
    encoding: 'utf8',
  });
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.startsWith('installed '))
      .map((line) => line.slice('installed '.length)),
  );
  return wanted.filter((name) => !installed.has(name));
}
