import { parseArgs, type ParseArgsConfig } from 'node:util';

import { UsageError, nearest } from './usage-error.js';

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; allowPositionals: true; strict: true }>
>;

/** `parseArgs` of `node:util`, with its complaints turned into {@link UsageError}s that name the nearest option. */
export function parseCommandLine<const O extends Options>(args: string[], options: O): Parsed<O> {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError) || !('code' in error)) throw error;
    throw new UsageError(complaint(error.message, Object.keys(options)), { cause: error });
  }
}

/** The value of an option that takes one of a few words. */
export function choice<const T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value);
  if (found !== undefined) return found;
  throw new UsageError(`${option} takes ${listed(allowed)}, not “${value}”.`);
}

/** The value of an option that takes a number of at least `min` and at most `max`. */
export function number(option: string, value: string, { min, max }: { min: number; max: number }): number {
  const parsed = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
  if (parsed >= min && parsed <= max) return parsed;
  throw new UsageError(`${option} takes a number from ${min} to ${max}, not “${value}”.`);
}

/** As {@link number}, without a fraction. */
export function wholeNumber(option: string, value: string, range: { min: number; max: number }): number {
  const parsed = number(option, value, range);
  if (Number.isInteger(parsed)) return parsed;
  throw new UsageError(`${option} takes a whole number, not “${value}”.`);
}

function complaint(message: string, known: readonly string[]): string {
  const unknown = /Unknown option '(-[^']*)'/.exec(message)?.[1];
  if (unknown === undefined) return mistakenValue(message);
  const meant = nearest(unknown.replace(/^-+/, ''), known);
  return `There is no option ${unknown}.` + (meant === undefined ? '' : ` Did you mean --${meant}?`);
}

/** Node's sentences about a value that is missing or too many, in ours. */
function mistakenValue(message: string): string {
  const [sentence = ''] = message.split('\n');
  const [, option, mistake] = /^Option '(?:-\w, )?(--[\w-]+|-\w)[^']*' (.*)/.exec(sentence) ?? [];
  if (option === undefined || mistake === undefined) return sentence;
  if (mistake.startsWith('does not take')) return `${option} takes no value.`;
  if (mistake.includes('ambiguous')) {
    return `${option} needs a value; one that begins with a dash is written ${option}=VALUE.`;
  }
  return `${option} needs a value.`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
