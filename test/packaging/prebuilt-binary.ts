import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of what `npm run prebuild` made for this platform. */
export function prebuiltBinary(): string {
  const path = fileURLToPath(
    new URL(`../../prebuilds/${process.platform}-${process.arch}/millrace.glibc.node`, import.meta.url),
  );
  if (!existsSync(path)) throw new Error(`There is no ${path} to test. Run \`npm run prebuild\` first.`);
  return path;
}
