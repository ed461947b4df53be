// Source packages of one Debian suite, through this machine's own apt: its mirror, its keyring, its proxies.
// The package lists live in a folder of ours, so nothing under /etc or /var/lib/apt changes.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** A suite that this machine's apt cannot offer: no apt, no Debian mirror configured, or the mirror refused. */
export class AptSuiteError extends Error {
  name = 'AptSuiteError';
}

export class AptSuite {
  #options;
  #updateFailure;

  /**
   * @param {string} suite for example "trixie"
   * @param {string} stateDir folder for this suite's package lists
   */
  constructor(suite, stateDir) {
    this.suite = suite;
    const sources = join(stateDir, `${suite}.sources`);
    const lists = join(stateDir, suite, 'lists');
    const cache = join(stateDir, suite, 'cache');
    mkdirSync(join(lists, 'partial'), { recursive: true });
    mkdirSync(join(cache, 'archives', 'partial'), { recursive: true });
    writeFileSync(sources, sourcesEntries(suite));
    this.#options = [
      `Dir::Etc::sourcelist=${sources}`,
      'Dir::Etc::sourceparts=/dev/null',
      `Dir::State::Lists=${lists}`,
      `Dir::Cache=${cache}`,
      // As root apt would fetch as another user, who may not write into our cache.
      'APT::Sandbox::User=root',
    ].flatMap((option) => ['-o', option]);
    try {
      this.#run('apt-get', ['-q', 'update'], stateDir);
    } catch (error) {
      // One list of several may be missing, that of the security archive for example; versions() tells what is left.
      this.#updateFailure = error;
    }
  }

  /**
   * Versions of a source package that the suite offers, newest first.
   * @param {string} sourcePackage
   * @returns {{ version: string, upstream: string }[]} `upstream` lacks epoch and Debian revision
   */
  versions(sourcePackage) {
    const { stdout, status } = spawnSync('apt-cache', [...this.#options, 'showsrc', '--only-source', sourcePackage], {
      encoding: 'utf8',
    });
    if (status !== 0 && this.#updateFailure) throw this.#updateFailure;
    const versions = [...new Set([...stdout.matchAll(/^Version: (\S+)$/gm)].map((match) => match[1]))];
    return versions
      .sort((a, b) => (isVersion(a, 'gt', b) ? -1 : 1))
      .map((version) => ({ version, upstream: version.replace(/^\d+:/, '').replace(/-[^-]*$/, '') }));
  }

  /**
   * Downloads one version into an empty folder; apt checks it against the signed package lists.
   * Falls back to the upstream tarball alone where a mirror lacks Debian's part of the package.
   * @returns {string[]} the files' names
   */
  download(sourcePackage, version, folder) {
    const fetch = ['-q', 'source', '--download-only', '--only-source'];
    try {
      this.#run('apt-get', [...fetch, `${sourcePackage}=${version}`], folder);
    } catch (error) {
      if (!(error instanceof AptSuiteError)) throw error;
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
      this.#run('apt-get', [...fetch, '--tar-only', `${sourcePackage}=${version}`], folder);
    }
    return readdirSync(folder).filter((name) => name !== 'partial');
  }

  #run(command, args, cwd) {
    const { status, stderr, error } = spawnSync(command, [...this.#options, ...args], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    });
    if (status === 0) return;
    const reason = error?.message ?? stderr.trim().split('\n').at(-1);
    throw new AptSuiteError(`${command} ${args.join(' ')} for Debian's "${this.suite}" failed: ${reason}`);
  }
}

/** Compares Debian versions the way dpkg does. */
export function isVersion(a, operator, b) {
  return spawnSync('dpkg', ['--compare-versions', a, operator, b]).status === 0;
}

function sourcesEntries(suite) {
  const { stdout, error } = spawnSync(
    'apt-get',
    ['indextargets', '--format', '$(ORIGIN) $(CODENAME) $(REPO_URI)', 'Created-By: Packages'],
    { encoding: 'utf8' },
  );
  if (error) throw new AptSuiteError(`apt-get is not available here: ${error.message}`);
  const targets = stdout
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([origin]) => origin === 'Debian')
    .map(([, codename, uri]) => ({ codename, uri }));
  const main = targets.find(({ codename }) => /^[a-z]+$/.test(codename));
  if (!main)
    throw new AptSuiteError('No Debian mirror is configured in this machine’s apt (or `apt-get update` never ran)');
  const security = targets.find(({ codename }) => codename.endsWith('-security'));
  const entry = (uri, suiteName) =>
    [
      'Types: deb-src',
      `URIs: ${uri}`,
      `Suites: ${suiteName}`,
      'Components: main',
      ...(existsSync(DEBIAN_KEYRING) ? [`Signed-By: ${DEBIAN_KEYRING}`] : []),
      '',
    ].join('\n');
  const entries = [entry(main.uri, suite)];
  if (security) entries.push(entry(security.uri, `${suite}-security`));
  return entries.join('\n');
}
