// The tests of the library, the command line and the package, on the addon as it is shipped.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { buildDir, runBin } from './commands.mjs';
import { buildNvidiaDouble } from './nvidia-double.mjs';

export async function vitest() {
  const report = join(buildDir, 'vitest.json');
  rmSync(report, { force: true });
  // Now, and not within the time limit of the first test that asks for it.
  try {
    if (process.env.MILLRACE_FFMPEG !== 'system') await buildNvidiaDouble();
  } catch (error) {
    console.log(error.message);
    return { passed: 0, failed: 1 };
  }
  const { status } = await runBin('vitest/vitest.mjs', [
    ...['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  ]);
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'));
  // A file that does not load, or an error outside of any test, fails the run without failing a test.
  const failedOutside = status !== 0 && numFailedTests === 0 ? 1 : 0;
  return { passed: numPassedTests, failed: numFailedTests + failedOutside, skipped: numPendingTests + numTodoTests };
}
