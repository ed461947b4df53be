// Makes the release binary that the packaging tests pack, install and look into. Counts as one check.
import { run } from './commands.mjs';

export async function packagePrebuild() {
  if (process.env.MILLRACE_FFMPEG === 'system') {
    console.log('package: skipped, since a release binary is not built against this distribution’s libraries');
    return { passed: 0, failed: 0, skipped: 1 };
  }
  const { status } = await run('npm', ['run', '--silent', 'prebuild']);
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}
