// The engine's tests, linked with the very objects that the addon is made of.
import { join } from 'node:path';

import { addonBuildName, buildDir, root, run } from './commands.mjs';
import { runGoogleTest } from './google-test.mjs';

export async function native() {
  const { status } = await run(process.execPath, [join(root, 'scripts', 'native.mjs'), '--', '--CDMILLRACE_TESTS=ON']);
  if (status !== 0) return { passed: 0, failed: 1 };
  const folder = join(buildDir, addonBuildName());
  const engine = await runGoogleTest(folder);
  // On a double of NVIDIA's libraries, which is made of the bundled ones.
  if (process.env.MILLRACE_FFMPEG === 'system') return engine;
  const onDouble = await runGoogleTest(folder, {}, 'millrace_nvidia_test');
  return Object.fromEntries(Object.keys(engine).map((key) => [key, engine[key] + (onDouble[key] ?? 0)]));
}
