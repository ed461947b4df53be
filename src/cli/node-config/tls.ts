import { readableFile } from './files.js';
import type { GivenSettings } from './given-settings.js';
import type { CertificateFiles, OrchestratorTls } from './node-config.js';
import { optional } from './optional.js';
import type { SettingName } from './settings.js';

/** A certificate and its key, which need each other. */
export function certificate(
  settings: GivenSettings,
  certificateName: SettingName,
  keyName: SettingName,
): CertificateFiles | undefined {
  settings.requirePair(certificateName, keyName);
  const certFile = settings.value(certificateName, readableFile);
  const keyFile = settings.value(keyName, readableFile);
  return certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile };
}

/** How broadcasters and transcoders reach orchestrators. */
export function orchestratorTls(settings: GivenSettings): OrchestratorTls {
  const insecure = settings.isOn('insecure');
  if (insecure && settings.has('orch-ca'))
    settings.fault('insecure', 'accepts any certificate, which makes --orch-ca pointless: leave one of them out');
  return {
    always: settings.isOn('tls') || settings.has('client-cert'),
    ...optional('caFile', settings.value('orch-ca', readableFile)),
    ...optional('identity', certificate(settings, 'client-cert', 'client-key')),
    insecure,
  };
}
