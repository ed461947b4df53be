import { nearest } from '../usage-error.js';

import type { Faults } from './faults.js';
import { switchValue, type Given } from './given.js';
import { settingNames, settingOf, variableOf } from './settings.js';

/**
 * Reads the environment. A variable that is empty counts as absent, which is how service managers leave one out. A
 * variable that is not known is a fault when it is a letter or two away from one that is; others of the name belong to
 * the build, or to somebody else.
 */
export function readVariables(env: NodeJS.ProcessEnv, faults: Faults): Given {
  const given: Given = new Map();
  for (const name of settingNames) {
    const origin = variableOf(name);
    const text = env[origin];
    if (text === undefined || text === '') continue;
    const value = settingOf(name).type === 'switch' ? switchValue(text) : text;
    if (value === undefined) faults.add(`${origin} takes true or false.`);
    else given.set(name, { origin, place: 'variable', values: [value] });
  }
  const known = settingNames.map(variableOf);
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith(prefix) || known.includes(variable) || others.includes(variable)) continue;
    const meant = nearest(
      variable.slice(prefix.length),
      known.map((name) => name.slice(prefix.length)),
    );
    if (meant !== undefined) faults.add(`There is no variable ${variable}. Did you mean ${prefix}${meant}?`);
  }
  return given;
}

const prefix = 'MILLRACE_';
/** Those of the build and the tests that resemble one of a node. */
const others = ['MILLRACE_CACHE', 'MILLRACE_CCACHE', 'MILLRACE_MEDIA', 'MILLRACE_TESTS', 'MILLRACE_DEPS'];
