// Runs the engine's GoogleTest binaries and counts what they report.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { run } from './commands.mjs';

// The second runs on a double of NVIDIA's libraries, which is made of the bundled ones.
const BINARIES = ['millrace_media_test', 'millrace_nvidia_test'];

/** @param {string} folder the CMake work folder that holds the binaries */
export async function runGoogleTests(folder, env = {}) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const names = process.env.MILLRACE_FFMPEG === 'system' ? BINARIES.slice(0, 1) : BINARIES;
  // Side by side: much of what they do is waiting.
  for (const outcome of await Promise.all(names.map((name) => runBinary(folder, name, env))))
    for (const key of Object.keys(sum)) sum[key] += outcome[key];
  return sum;
}

async function runBinary(folder, name, env) {
  const report = join(folder, `${name}.json`);
  rmSync(report, { force: true });
  const { status } = await run(join(folder, 'native', name), ['--gtest_brief=1', `--gtest_output=json:${report}`], {
    env,
  });
  if (!existsSync(report)) {
    console.log(`${name} ended without a report (${status})`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const tests = JSON.parse(readFileSync(report, 'utf8')).testsuites.flatMap(({ testsuite }) => testsuite);
  const ran = tests.filter((test) => test.status === 'RUN');
  const failed = ran.filter((test) => test.failures?.length > 0).length;
  const skipped = tests.filter((test) => test.result === 'SKIPPED' || test.status === 'NOTRUN').length;
  // A sanitizer's report at exit, a leak for example, fails the run without failing a test.
  const failedAtExit = status !== 0 && failed === 0 ? 1 : 0;
  if (failedAtExit) console.log(`Every test passed, and then ${name} ended with ${status}`);
  return { passed: tests.length - failed - skipped, failed: failed + failedAtExit, skipped };
}
