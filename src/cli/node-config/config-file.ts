import { readFileSync } from 'node:fs';

import { LineCounter, parseDocument } from 'yaml';

import { nearest } from '../usage-error.js';

import { systemCode } from './files.js';
import type { Faults } from './faults.js';
import { switchValue, type Given } from './given.js';
import { fileKeyOf, settingNames, settingOf, type SettingName } from './settings.js';

/** Reads a file of settings in YAML or JSON. Keys are `orchAddr` or `orch-addr`; relative paths in it are as in flags. */
export function readConfigFile(file: string, faults: Faults): Given {
  const given: Given = new Map();
  for (const [key, value] of Object.entries(entriesOf(file, faults) ?? {})) {
    const name = settingNames.find((candidate) => candidate === key || fileKeyOf(candidate) === key);
    const origin = `${key} in ${file}`;
    if (name === undefined) {
      faults.add(`${origin} is not known.${suggestion(key)}`);
    } else if (name === 'config') {
      faults.add(`${origin}: a file cannot name another one.`);
    } else if (given.has(name)) {
      faults.add(`${origin} was given before, spelled differently.`);
    } else if (value !== null) {
      const values = textsOf(name, value);
      if (typeof values === 'string') faults.add(`${origin} ${values}.`);
      else given.set(name, { origin, place: 'file', values });
    }
  }
  return given;
}

function entriesOf(file: string, faults: Faults): object | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    faults.add(`The config file ${file} cannot be read (${systemCode(error)}).`);
    return undefined;
  }
  const lines = new LineCounter();
  // Whole numbers stay exact. Its own messages quote the text, and the text has secrets.
  const document = parseDocument(text, { intAsBigInt: true, prettyErrors: false, lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) {
    faults.add(`${file} is not valid YAML or JSON: ${error.code} in line ${lines.linePos(error.pos[0]).line}.`);
    return undefined;
  }
  const value = contentOf(document);
  if (value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  faults.add(`${file} is not a list of settings, each “key: value”.`);
  return undefined;
}

/** Nothing when an alias leads nowhere; `null` for an empty file. */
function contentOf(document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS();
  } catch {
    return undefined;
  }
}

/** The texts that a value of the file stands for, or what is wrong with it. */
function textsOf(name: SettingName, value: unknown): string[] | string {
  const { type, secret } = settingOf(name);
  if (type === 'switch') {
    const word = switchValue(String(value));
    return word === undefined ? 'takes true or false' : [word];
  }
  if (Array.isArray(value)) {
    if (type !== 'list') return 'takes one value, not a list';
    const items = value.map(scalarText);
    return items.every((item) => item !== undefined) ? items : 'takes a list of texts';
  }
  // What YAML takes for a number has lost its zeros.
  if (secret === true && typeof value !== 'string') return 'takes a text; put it in quotes';
  const text = scalarText(value);
  if (text === undefined) return type === 'list' ? 'takes a text or a list of texts' : 'takes a text or a number';
  return text === '' ? 'is empty' : [text];
}

function scalarText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : undefined;
}

function suggestion(key: string): string {
  const meant = nearest(key, key.includes('-') ? settingNames : settingNames.map(fileKeyOf));
  return meant === undefined ? '' : ` Did you mean ${meant}?`;
}
