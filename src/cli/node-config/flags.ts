import { parseArgs } from 'node:util';

import { nearest } from '../usage-error.js';

import type { Faults } from './faults.js';
import type { Given, GivenValue } from './given.js';
import { isSettingName, settingNames, settingOf, type SettingName } from './settings.js';

/** Reads the flags; none of their values is looked into. */
export function readFlags(args: string[], faults: Faults): Given {
  const given: Given = new Map();
  const options = Object.fromEntries(
    settingNames.map((name) => {
      const type = settingOf(name).type === 'switch' ? 'boolean' : 'string';
      return [name, { type } as const];
    }),
  );
  // Not strict: it would stop at the first mistake.
  const { tokens } = parseArgs({ args, options, strict: false, allowPositionals: true, tokens: true });
  let valueOfUnknown = -1;
  for (const token of tokens) {
    if (token.kind === 'option') {
      const { name, rawName, value, inlineValue } = token;
      if (isSettingName(name) && rawName.startsWith('--')) {
        take(given, { name, value, inlineValue }, faults);
      } else {
        faults.add(unknownFlag(rawName));
        valueOfUnknown = token.index + 1;
      }
    } else if (token.kind === 'positional' && token.index !== valueOfUnknown) {
      // Not shown: it may be the half of a secret that had a blank in it.
      faults.add(`millrace node takes flags only, but argument number ${token.index + 1} is none.`);
    }
  }
  return given;
}

function take(
  given: Given,
  { name, value, inlineValue }: { name: SettingName; value: string | undefined; inlineValue: boolean | undefined },
  faults: Faults,
): void {
  const { type } = settingOf(name);
  const origin = `--${name}`;
  const fault = valueFault(origin, type === 'switch', value, inlineValue);
  if (fault !== undefined) {
    faults.add(fault);
    return;
  }
  const before = given.get(name);
  if (before !== undefined && type === 'text') faults.add(`${origin} was given more than once.`);
  const values = [...(type === 'list' ? (before?.values ?? []) : []), value ?? 'true'];
  given.set(name, { origin, place: 'flag', values } satisfies GivenValue);
}

function valueFault(
  flag: string,
  isSwitch: boolean,
  value: string | undefined,
  inlineValue: boolean | undefined,
): string | undefined {
  if (isSwitch) return value === undefined ? undefined : `${flag} takes no value.`;
  if (value === undefined || value === '') return `${flag} needs a value.`;
  if (inlineValue !== true && value.startsWith('-'))
    return `${flag} needs a value; one that begins with a dash is written ${flag}=VALUE.`;
  return undefined;
}

function unknownFlag(flag: string): string {
  const word = flag.replace(/^-+/, '');
  // `--orch-secretVALUE` is a secret as well.
  const swallowed = settingNames.find((name) => settingOf(name).secret === true && word.startsWith(name));
  if (swallowed !== undefined) return `There is no flag --${swallowed}…; write --${swallowed} VALUE.`;
  const meant = nearest(word, settingNames);
  return `There is no flag ${flag}.` + (meant === undefined ? '' : ` Did you mean --${meant}?`);
}
