import type { GivenSettings } from './given-settings.js';
import type { ChainConfig } from './node-config.js';
import { httpUrl, secondsAsMs, wallet, wholeNumber } from './values.js';

/** Arbitrum One, where Livepeer is. */
const arbitrum = { chainId: 42_161, controller: '0xd8e8328501e9645d16cf49539efc04f734606ee4' };

/** What means nothing without a chain. */
const belonging = [
  'eth-chain-id',
  'eth-controller',
  'eth-poll',
  'max-ticket-value',
  'max-payment-value',
  'ticket-value',
  'max-face-value',
  'redeem-gas',
] as const;

/** Absent: nothing is owed. */
export function readChain(settings: GivenSettings): ChainConfig | undefined {
  if (!settings.has('eth-url')) {
    for (const name of belonging) if (settings.has(name)) settings.fault(name, 'goes with --eth-url');
    return undefined;
  }
  const chainId = settings.value('eth-chain-id', wholeNumber(1, Number.MAX_SAFE_INTEGER)) ?? arbitrum.chainId;
  if (chainId !== arbitrum.chainId && !settings.has('eth-controller'))
    settings.fault('eth-chain-id', 'needs --eth-controller, except for Arbitrum One (42161)');
  return {
    url: settings.value('eth-url', httpUrl) ?? '',
    chainId,
    controller: settings.value('eth-controller', wallet) ?? arbitrum.controller,
    pollMs: settings.value('eth-poll', secondsAsMs(0.1, 600)) ?? 5000,
  };
}
