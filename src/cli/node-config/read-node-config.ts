import { homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';

import { logLevels } from '../../observe/log.js';

import { readBroadcaster } from './broadcaster.js';
import { readChain } from './chain.js';
import { readConfigFile } from './config-file.js';
import { Faults } from './faults.js';
import { readFlags } from './flags.js';
import { GivenSettings } from './given-settings.js';
import { readKeystorePassword } from './keystore-password.js';
import { refuseSameAddress } from './listeners.js';
import type { NodeConfig, StatusAddress } from './node-config.js';
import { optional } from './optional.js';
import { readOrchestrator } from './orchestrator.js';
import { accept } from './reading.js';
import { roles, type Role } from './settings.js';
import { readTranscoder } from './transcoder.js';
import { displayName, listenAddress, oneOf } from './values.js';
import { readVariables } from './variables.js';

const statusPorts = { broadcaster: 5935, orchestrator: 7935, transcoder: 6935 } as const;

/**
 * Reads what `millrace node` was given: flags over environment variables over the file of `--config`. A list given in
 * one of them replaces one given in the next.
 *
 * @throws UsageError with a line for everything that is wrong; none shows a secret.
 */
export function readNodeConfig(args: string[], env: NodeJS.ProcessEnv): NodeConfig {
  const faults = new Faults();
  const flags = readFlags(args, faults);
  const variables = readVariables(env, faults);
  const [file] = (flags.get('config') ?? variables.get('config'))?.values ?? [];
  const entries = file === undefined ? [] : [readConfigFile(file, faults)];
  const settings = new GivenSettings([flags, variables, ...entries], faults);

  const present = roles.filter((role) => settings.isOn(role));
  const [first] = present;
  if (first === undefined) {
    settings.missing('A node needs a role: give --broadcaster, --orchestrator or --transcoder, or several of them.');
    faults.throwIfFound();
  } else {
    settings.keepOnly(present);
  }
  const config: NodeConfig = {
    name: settings.value('name', displayName) ?? (hostname().slice(0, 64) || 'node'),
    logLevel: settings.value('log-level', oneOf(logLevels)) ?? 'info',
    statusAddr: readStatusAddress(settings, first ?? 'broadcaster'),
    keystore: {
      dir: settings.value('keystore-dir', (text) => accept(resolve(text))) ?? stateDir(env),
      ...optional('password', readKeystorePassword(settings)),
    },
    ...optional('chain', readChain(settings)),
    ...optional(
      'broadcaster',
      present.includes('broadcaster') ? readBroadcaster(settings, present.includes('orchestrator')) : undefined,
    ),
    ...optional('orchestrator', present.includes('orchestrator') ? readOrchestrator(settings, present) : undefined),
    ...optional('transcoder', present.includes('transcoder') ? readTranscoder(settings, present) : undefined),
  };
  refuseSameAddress(config, settings);
  faults.throwIfFound();
  return config;
}

/** Where programs of a user keep what has to last, by the XDG base directory specification. */
function stateDir(env: NodeJS.ProcessEnv): string {
  const { XDG_STATE_HOME: state = '' } = env;
  return join(state === '' ? join(homedir(), '.local', 'state') : state, 'millrace');
}

function readStatusAddress(settings: GivenSettings, role: Role): StatusAddress {
  const given = settings.value('status-addr', listenAddress);
  if (given !== undefined) return { ...given, fallback: false };
  return { host: '127.0.0.1', port: statusPorts[role], fallback: true };
}
