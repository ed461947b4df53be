import type { GivenSettings } from './given-settings.js';
import type { HostPort, NodeConfig } from './node-config.js';
import type { SettingName } from './settings.js';

/** Two servers of one node cannot listen on the same address. */
export function refuseSameAddress(config: NodeConfig, settings: GivenSettings): void {
  const taken = new Map<string, SettingName>();
  for (const [name, { host, port }] of listeners(config)) {
    if (port === 0) continue;
    const address = `${host}:${port}`;
    const before = taken.get(address);
    if (before !== undefined) settings.fault(name, `is the same address as --${before}`);
    else taken.set(address, name);
  }
}

function listeners({ broadcaster, orchestrator, statusAddr }: NodeConfig): [SettingName, HostPort][] {
  const media = broadcaster?.mediaServer;
  const all: [SettingName, HostPort | undefined][] = [
    ['http-addr', broadcaster?.httpAddr],
    ['service-addr', orchestrator?.serviceAddr],
    ['rtmp-addr', media?.kind === 'embedded' ? media.rtmpAddr : undefined],
    ['media-http-addr', media?.kind === 'embedded' ? media.httpAddr : undefined],
    ['status-addr', statusAddr.fallback ? undefined : statusAddr],
  ];
  return all.filter((listener): listener is [SettingName, HostPort] => listener[1] !== undefined);
}
