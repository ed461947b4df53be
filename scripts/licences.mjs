#!/usr/bin/env node
// Puts the licence texts and the origin of every library that is linked in beside the release binary.
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { prefixPath } from './deps.mjs';

const prebuilds = join(resolve(dirname(fileURLToPath(import.meta.url)), '..'), 'prebuilds');
for (const entry of readdirSync(prebuilds, { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  const target = join(prebuilds, entry.name, 'licences');
  rmSync(target, { recursive: true, force: true });
  cpSync(join(prefixPath(), 'share', 'millrace'), target, { recursive: true });
}
