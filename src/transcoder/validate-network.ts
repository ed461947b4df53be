import { isIP } from 'node:net';

import { fieldsOf, listOf, reject } from './option-checks.js';
import type { NetworkPolicy } from './options.js';

export interface ValidNetwork {
  allow: string[];
  deny: string[];
}

export function validateNetwork(value: unknown, where: string): ValidNetwork {
  if (value === undefined) return { allow: [], deny: [] };
  const fields = fieldsOf<keyof NetworkPolicy>(value, where, ['allow', 'deny']);
  const allow = blocksOf(fields.allow, `${where}.allow`);
  // To the engine no list means no restriction; a caller who lists nothing means nothing.
  if (fields.allow !== undefined && allow.length === 0)
    return reject(`${where}.allow`, 'left out, or not empty', fields.allow);
  return { allow, deny: blocksOf(fields.deny, `${where}.deny`) };
}

function blocksOf(value: unknown, where: string): string[] {
  if (value === undefined) return [];
  return listOf(value, where).map((block, index) => validateBlock(block, `${where}[${index}]`));
}

/** An address stands for itself alone: `10.1.2.3` becomes `10.1.2.3/32`. */
function validateBlock(value: unknown, where: string): string {
  const expected = 'an IP address or a CIDR block, e.g. 10.0.0.0/8 or ::1';
  if (typeof value !== 'string') return reject(where, expected, value);
  const [address = '', prefix, ...more] = value.split('/');
  const version = isIP(address);
  const maxPrefix = version === 4 ? 32 : 128;
  // A zone (`fe80::1%eth0`) is a property of one machine's interface, not of a network.
  if (version === 0 || address.includes('%') || more.length > 0) return reject(where, expected, value);
  if (prefix === undefined) return `${address}/${maxPrefix}`;
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > maxPrefix) return reject(where, expected, value);
  return `${address}/${Number(prefix)}`;
}
