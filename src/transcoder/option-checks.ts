import { misuse } from './error.js';

/**
 * The checks that every option goes through. Each takes the value, and where it stands (`renditions[0].profile.gop`),
 * with which its sentence starts. A value of `undefined` counts as left out.
 */

export type Fields<Key extends string> = Partial<Record<Key, unknown>>;

/** Throws the one sentence that all mistakes share. */
export function reject(where: string, expected: string, actual: unknown): never {
  throw misuse(
    `${where} should be ${expected}, but ${actual === undefined ? 'is missing' : `is ${describe(actual)}`}.`,
  );
}

/** An object with no other keys than these: a misspelled option is a mistake, not a default. */
export function fieldsOf<Key extends string>(value: unknown, where: string, keys: readonly Key[]): Fields<Key> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return reject(where, 'an object', value);
  for (const key of Object.keys(value)) {
    if (!(keys as readonly string[]).includes(key)) {
      throw misuse(`${where} has no option ${describe(key)}; it takes ${enumerate(keys)}.`);
    }
  }
  return value;
}

export function choice<Value extends string, Fallback>(
  value: unknown,
  where: string,
  values: readonly Value[],
  fallback: Fallback,
): Value | Fallback {
  if (value === undefined) return fallback;
  const found = values.find((candidate) => candidate === value);
  return found ?? reject(where, `one of ${enumerate(values.map(describe))}`, value);
}

export interface Range {
  min: number;
  max: number;
  unit: string;
  integer?: boolean;
}

export function numberIn<Fallback>(value: unknown, where: string, range: Range, fallback: Fallback): number | Fallback {
  if (value === undefined) return fallback;
  const { min, max, unit, integer = false } = range;
  const fits = typeof value === 'number' && value >= min && value <= max && (!integer || Number.isInteger(value));
  if (fits) return value;
  return reject(where, `${integer ? 'a whole number' : 'a number'} of ${unit} from ${min} to ${max}`, value);
}

export function flag(value: unknown, where: string, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  return typeof value === 'boolean' ? value : reject(where, 'true or false', value);
}

/** Text that is fit for a log line: something in it, and no control characters. */
export function text(value: unknown, where: string, maxLength: number): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  const fits = typeof value === 'string' && value !== '' && value.length <= maxLength && !/[\x00-\x1f\x7f]/.test(value);
  return fits ? value : reject(where, `a text of 1 to ${maxLength} characters without control characters`, value);
}

export function listOf(value: unknown, where: string): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : reject(where, 'an array', value);
}

/** `a, b or c` */
export function enumerate(items: readonly string[]): string {
  return items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} or ${items.at(-1) ?? ''}`;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  return String(value);
}
