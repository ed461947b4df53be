import { isIP } from 'node:net';

import { choice, fieldsOf, listOf, reject } from './option-checks.js';
import type { NetworkPolicy, UrlScheme } from './options.js';

export interface ValidNetwork {
  allow: string[];
  deny: string[];
  schemes: UrlScheme[];
}

export const urlSchemes = ['http', 'https', 'rtmp', 'rtmps', 'srt', 'rtsp', 'rtsps', 'file'] as const;

export function validateNetwork(value: unknown, where: string): ValidNetwork {
  if (value === undefined) return { allow: [], deny: [], schemes: [] };
  const fields = fieldsOf<keyof NetworkPolicy>(value, where, ['schemes', 'allow', 'deny']);
  return {
    allow: restriction(fields.allow, `${where}.allow`, validateBlock),
    deny: itemsOf(fields.deny, `${where}.deny`, validateBlock),
    schemes: restriction(fields.schemes, `${where}.schemes`, validateScheme),
  };
}

type Check<Item> = (value: unknown, where: string) => Item;

function itemsOf<Item>(value: unknown, where: string, check: Check<Item>): Item[] {
  if (value === undefined) return [];
  return listOf(value, where).map((item, index) => check(item, `${where}[${index}]`));
}

/** To the engine no list means no restriction; a caller who lists nothing means nothing. */
function restriction<Item>(value: unknown, where: string, check: Check<Item>): Item[] {
  const items = itemsOf(value, where, check);
  return value !== undefined && items.length === 0 ? reject(where, 'left out, or not empty', value) : items;
}

function validateScheme(value: unknown, where: string): UrlScheme {
  return choice(value, where, urlSchemes, undefined) ?? reject(where, 'a scheme such as https', value);
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
