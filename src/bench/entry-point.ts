import { fileURLToPath } from 'node:url';

/** Path of one of the benchmark's programs, e.g. `meter-process`: as built, also where a test runs the sources. */
export function entryPoint(name: string): string {
  return fileURLToPath(new URL(`../../dist/bench/${name}.js`, import.meta.url));
}
