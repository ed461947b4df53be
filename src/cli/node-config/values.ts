import { isIPv4, isIPv6 } from 'node:net';
import { resolve } from 'node:path';

import { validateNetwork } from '../../transcoder/validate-network.js';

import { listItems } from './given.js';
import type { HostPort, PixelPrice } from './node-config.js';
import { accept, expected, refuse, type Reading } from './reading.js';

/** Reads the text of one setting. */
export type Reader<T> = (text: string) => Reading<T>;

/** `HOST:PORT` to listen on; port 0 is any free one. */
export const listenAddress: Reader<HostPort> = (text) => hostPort(text, 0);

/** `HOST:PORT` to connect to. */
export const peerAddress: Reader<HostPort> = (text) => hostPort(text, 1);

function hostPort(text: string, lowestPort: number): Reading<HostPort> {
  const [, bracketed, bare = '', digits = ''] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? bare;
  const isHost = bracketed === undefined ? isIPv4(host) || isHostName(host) : isIPv6(host);
  const port = Number(digits);
  if (isHost && digits !== '' && port >= lowestPort && port <= 65_535) return accept({ host, port });
  return expected('HOST:PORT, such as 127.0.0.1:8935 or [::1]:8935', text);
}

/** A name whose last part is a number would be an address, and a wrong one. */
function isHostName(host: string): boolean {
  return host.length <= 253 && /^([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)*[a-z_]([a-z0-9_-]*[a-z0-9_])?\.?$/i.test(host);
}

/** An http or https URL. It may hold credentials, so it is not shown. */
export const httpUrl: Reader<string> = (text) => {
  const url = /^https?:\/\/[^\s]+$/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  return url === undefined ? refuse('takes an http or https URL') : accept(text);
};

/** The path of a ledger, which need not be there. */
export const ledgerFile: Reader<string> = (path) => accept(resolve(path));

/** `WEI/PIXELS`, or `WEI` for one pixel. */
export const price: Reader<PixelPrice> = (text) => {
  const [, wei, pixels = '1'] = /^(\d+)(?:\/(\d+))?$/.exec(text) ?? [];
  const value = { wei: Number(wei), pixels: Number(pixels) };
  const isPrice = Number.isSafeInteger(value.wei) && Number.isSafeInteger(value.pixels) && value.pixels > 0;
  return isPrice ? accept(value) : expected('WEI/PIXELS, such as 1200/1, in whole numbers up to 2^53 - 1', text);
};

/** An amount in wei, or of gas. */
export const amount: Reader<bigint> = (text) =>
  /^[1-9]\d{0,29}$/.test(text) ? accept(BigInt(text)) : expected('a whole number of up to 30 digits, not 0', text);

/** A number with or without a fraction, from `min` to `max`. */
export function number(min: number, max: number, unit = ''): Reader<number> {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? accept(value) : expected(`a number${unit} from ${min} to ${max}`, text);
  };
}

/** Seconds, given as milliseconds. */
export function secondsAsMs(minSeconds: number, maxSeconds: number): Reader<number> {
  return (text) => {
    const seconds = number(minSeconds, maxSeconds, ' of seconds')(text);
    return seconds.accepted ? accept(Math.round(seconds.value * 1000)) : seconds;
  };
}

export const dayMs = 86_400_000;

/** Days that something is kept, given as milliseconds, or for good. */
export const keepingDays: Reader<number | 'forever'> = (text) => {
  if (text === 'forever') return accept(text);
  const days = wholeNumber(1, 36_500)(text);
  return days.accepted
    ? accept(days.value * dayMs)
    : expected('a whole number of days from 1 to 36500, or forever', text);
};

/** A number without a fraction, from `min` to `max`. */
export function wholeNumber(min: number, max: number): Reader<number> {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? accept(value) : expected(`a whole number from ${min} to ${max}`, text);
  };
}

/** How many attempts at a time. */
export const sessions: Reader<number | 'auto'> = (text) => {
  if (text === 'auto') return accept(text);
  const count = wholeNumber(1, 100_000)(text);
  return count.accepted ? count : expected('a whole number from 1 to 100000, or auto', text);
};

/** One of a few words. */
export function oneOf<const T extends string>(words: readonly T[]): Reader<T> {
  return (text) => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return accept(found);
    return expected(`${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`, text);
  };
}

/** What people call something: 1 to 64 characters, none of which steers a terminal. */
export const displayName: Reader<string> = (text) =>
  /^[^\p{Cc}]{1,64}$/u.test(text) ? accept(text) : expected('1 to 64 characters without control characters', text);

/** The address of a key, as people write it; in lower case afterwards. */
export const wallet: Reader<string> = (text) =>
  /^0x[0-9a-f]{40}$/i.test(text) && !/^0x0{40}$/.test(text)
    ? accept(text.toLowerCase())
    : expected('an address such as 0x and 40 hex digits', text);

/** `all`, or the numbers of GPUs. */
export const gpus: Reader<'all' | readonly number[]> = (text) => {
  if (text === 'all') return accept(text);
  const items = listItems([text]);
  const isList = items.length > 0 && items.every((item) => /^\d{1,3}$/.test(item));
  return isList ? accept([...new Set(items.map(Number))]) : expected('all, or numbers of GPUs such as 0,1', text);
};

/** A block of addresses; an address stands for itself alone. */
export const networkBlock: Reader<string> = (text) => {
  try {
    const [block] = validateNetwork({ allow: [text] }, 'network').allow;
    if (block !== undefined) return accept(block);
  } catch {
    // Its sentence names an option of the library.
  }
  return expected('CIDR blocks such as 10.0.0.0/8 or fd00::/8', text);
};

/** Any text that is not empty. */
export const anyText: Reader<string> = accept;
