import type { SettingName } from './settings.js';

/** What one setting was given, wherever that was. */
export interface GivenValue {
  /** How that place is called: `--price`, `MILLRACE_PRICE`, `price in node.yaml`. */
  readonly origin: string;
  readonly place: 'flag' | 'variable' | 'file';
  /** One, or for a list any number. A switch has `true` or `false`. */
  readonly values: readonly string[];
}

/** What was given for each setting. */
export type Given = Map<SettingName, GivenValue>;

/** A list's items are separated by commas and blanks besides. */
export function listItems(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(/[,\s]+/)).filter((item) => item !== '');
}

/** The value of a switch in words, or nothing when it is none. */
export function switchValue(text: string): 'true' | 'false' | undefined {
  const word = text.toLowerCase();
  if (['true', 'yes', 'on', '1'].includes(word)) return 'true';
  return ['false', 'no', 'off', '0'].includes(word) ? 'false' : undefined;
}
