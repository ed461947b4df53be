// The engine's tests once more, under the address and undefined behaviour sanitizers, and under the thread sanitizer.
import { join } from 'node:path';

import { root } from './commands.mjs';
import { runGoogleTests } from './google-test.mjs';
import { build } from './native-build.mjs';

const suppressions = (name) => join(root, 'native', 'sanitizers', `${name}.supp`);
const OPTIONS = {
  address: {
    ASAN_OPTIONS: 'detect_stack_use_after_return=1:strict_string_checks=1:detect_leaks=1',
    LSAN_OPTIONS: `suppressions=${suppressions('leak')}:print_suppressions=0`,
    UBSAN_OPTIONS: 'print_stacktrace=1',
  },
  thread: { TSAN_OPTIONS: `suppressions=${suppressions('thread')}:second_deadlock_stack=1` },
};

export async function sanitize() {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [flavour, env] of Object.entries(OPTIONS)) {
    const { status, folder } = await build(flavour);
    const outcome = status === 0 ? await runGoogleTests(folder, env) : { passed: 0, failed: 1 };
    for (const key of Object.keys(sum)) sum[key] += outcome[key] ?? 0;
  }
  return sum;
}
