import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    sourcesFolder: string;
  }
}

/** Makes the folder of one run's generated sources, and removes it when all tests are over. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-sources-'));
  project.provide('sourcesFolder', folder);
  return () => {
    rmSync(folder, { recursive: true, force: true });
  };
}
