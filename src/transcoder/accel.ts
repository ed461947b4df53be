import type { NativeAccel } from '../addon.js';
import { misuse } from './error.js';
import { reject } from './option-checks.js';
import type { Accel } from './options.js';

// More cards than any machine has; each is worth two digits.
const mostDevices = 32;

/**
 * What an {@link Accel} says: whether a card is insisted on, and which will do. `undefined` is `auto`.
 *
 * @param where the value stands, with which the sentence about a mistake starts
 * @throws {TranscodeError} `OPTIONS_INVALID` when it says nothing that can be done, or names a card twice.
 */
export function accelChoice(value: unknown, where: string): NativeAccel {
  if (value === undefined) return { kind: 'auto', devices: [] };
  if (value === 'none') return { kind: 'none', devices: [] };
  const said = typeof value === 'string' ? /^(auto|nvidia)(?::(.*))?$/.exec(value) : null;
  const [, kind, named] = said ?? [];
  if (kind === undefined) return reject(where, expected, value);
  if (named === undefined || named === 'all') return { kind: kind as NativeAccel['kind'], devices: [] };
  if (!/^\d{1,2}(?:,\d{1,2})*$/.test(named)) return reject(where, expected, value);
  const devices = named.split(',').map(Number);
  const twice = devices.find((device, index) => devices.indexOf(device) !== index);
  if (twice !== undefined) throw misuse(`${where} names GPU ${twice} twice: ${JSON.stringify(value)}.`);
  if (devices.length > mostDevices)
    throw misuse(`${where} names ${devices.length} GPUs, and takes ${mostDevices} at most.`);
  return { kind: kind as NativeAccel['kind'], devices };
}

const expected =
  "'auto', 'none', 'nvidia', or 'nvidia:' with the numbers of the GPUs to use ('nvidia:0', 'nvidia:0,2', 'nvidia:all')";

/** The way to say it: the opposite of {@link accelChoice}. */
export function accelText({ kind, devices }: NativeAccel): Accel {
  if (kind === 'none' || devices.length === 0) return kind;
  return `${kind}:${devices.join(',')}` as Accel;
}
