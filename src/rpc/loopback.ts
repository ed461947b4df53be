import { isIPv4, isIPv6 } from 'node:net';

/**
 * Whether only this machine can reach the host: `localhost`, 127.0.0.0/8 and ::1, the latter with brackets or without,
 * and written as IPv6 does it for IPv4. Names are not resolved, and all addresses at once (0.0.0.0, ::) are not.
 */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (address === 'localhost' || address === 'localhost.') return true;
  if (isIPv4(address)) return address.startsWith('127.');
  if (!isIPv6(address)) return false;
  // URL writes every form of an IPv6 address in the shortest.
  const shortest = URL.canParse(`http://[${address}]`) ? new URL(`http://[${address}]`).hostname : '';
  return shortest === '[::1]' || /^\[::ffff:7f[0-9a-f]{2}:/.test(shortest);
}
