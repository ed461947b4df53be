import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,mjs}'],
    globalSetup: 'test/e2e/sources-folder.ts',
    // Processes, not threads: the addon and its libraries keep state for a whole process.
    pool: 'forks',
    // The tests run real encoders and real servers; more workers than cores would only make them wait for each other.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
