// The engine's tests, linked with the very objects that the addon is made of.
import { join } from 'node:path';

import { addonBuildName, buildDir, root, run } from './commands.mjs';
import { runGoogleTests } from './google-test.mjs';

export async function native() {
  const { status } = await run(process.execPath, [join(root, 'scripts', 'native.mjs'), '--', '--CDMILLRACE_TESTS=ON']);
  if (status !== 0) return { passed: 0, failed: 1 };
  return runGoogleTests(join(buildDir, addonBuildName()));
}
