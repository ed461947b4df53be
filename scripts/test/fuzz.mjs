// Every fuzz target for a bounded time, from its seed corpus and from what earlier runs found worth keeping.
//   MILLRACE_FUZZ_SECONDS   per target, default 10
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';

import { cacheDir } from '../deps.mjs';
import { buildDir, jobs, root, run } from './commands.mjs';
import { nativeSources } from './lint.mjs';
import { build } from './native-build.mjs';

const SECONDS = Number(process.env.MILLRACE_FUZZ_SECONDS || 10);

export async function fuzz() {
  const targets = nativeSources(/_fuzz\.cc$/).map((file) => basename(file, '.cc'));
  const { status, folder } = await build('address');
  if (status !== 0) return { passed: 0, failed: targets.length || 1 };
  const artifacts = join(buildDir, 'fuzz-artifacts');
  mkdirSync(artifacts, { recursive: true });
  const outcome = { passed: 0, failed: 0 };
  const worker = async () => {
    for (let target = targets.shift(); target; target = targets.shift())
      outcome[(await fuzzTarget(folder, artifacts, target)) ? 'passed' : 'failed'] += 1;
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return outcome;
}

async function fuzzTarget(folder, artifacts, target) {
  const corpus = join(cacheDir(), 'fuzz-corpus', target);
  mkdirSync(corpus, { recursive: true });
  const seeds = join(root, 'native', 'test', 'fuzz', 'corpus', target);
  const { status, output } = await run(
    join(folder, 'native', target),
    [
      ...[`-max_total_time=${SECONDS}`, '-timeout=10', '-rss_limit_mb=2048', '-print_final_stats=1'],
      ...[`-artifact_prefix=${artifacts}/${target}-`, corpus, ...(existsSync(seeds) ? [seeds] : [])],
    ],
    { quiet: true },
  );
  const executed = /number_of_executed_units: (\d+)/.exec(output)?.[1] ?? 'no';
  console.log(`fuzz: ${target} ${status === 0 ? 'passed' : `failed (${status})`}, ${executed} inputs`);
  if (status !== 0) console.log(output.split('\n').slice(-60).join('\n'));
  return status === 0;
}
