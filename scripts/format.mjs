#!/usr/bin/env node
// Brings every source file into the project's format.
import { run, runBin } from './test/commands.mjs';
import { nativeSources } from './test/lint.mjs';

await runBin('prettier/bin/prettier.cjs', ['--write', '--log-level=warn', '.']);
await run('clang-format', ['-i', ...nativeSources(/\.(cc|h)$/)]);
