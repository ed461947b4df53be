#!/usr/bin/env node
// Runs every kind of check and closes with one line, "N passed, N failed", that sums them all.
//   node scripts/test.mjs [lint] [native] [sanitize] [fuzz] [package] [vitest]     all of them when none is named
// Expects what `node scripts/setup.mjs --for tests` makes.
import { fuzz } from './test/fuzz.mjs';
import { lint } from './test/lint.mjs';
import { native } from './test/native.mjs';
import { packagePrebuild } from './test/package.mjs';
import { sanitize } from './test/sanitize.mjs';
import { vitest } from './test/vitest.mjs';

// Quick verdicts first; vitest last, since it needs what `package` makes.
const STAGES = { lint, native, sanitize, fuzz, package: packagePrebuild, vitest };

const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in STAGES));
if (unknown.length > 0) {
  console.error(`There is no test stage ${unknown.join(', ')}; the stages are ${Object.keys(STAGES).join(', ')}.`);
  process.exit(2);
}

const sum = { passed: 0, failed: 0, skipped: 0 };
const lines = [];
for (const [name, stage] of Object.entries(STAGES)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const startedAtMs = Date.now();
  const outcome = await stage();
  for (const key of Object.keys(sum)) sum[key] += outcome[key] ?? 0;
  const seconds = Math.round((Date.now() - startedAtMs) / 1000);
  lines.push(`  ${name.padEnd(9)} ${verdict(outcome)} in ${seconds} s`);
  console.log(lines.at(-1));
}
console.log(`\n${lines.join('\n')}\n\n${verdict(sum)}`);
process.exitCode = sum.failed === 0 && sum.passed > 0 ? 0 : 1;

function verdict({ passed, failed, skipped = 0 }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
