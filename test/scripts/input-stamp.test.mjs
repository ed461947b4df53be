import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { InputStamp } from '../../scripts/setup/input-stamp.mjs';

describe('the stamp of a set-up step', () => {
  let folder;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-stamp-'));
    mkdirSync(join(folder, 'src', 'deep'), { recursive: true });
    writeFileSync(join(folder, 'src', 'deep', 'a.ts'), 'one');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const stamp = (values = []) => new InputStamp(join(folder, 'stamp'), { folders: [join(folder, 'src')], values });

  it('is not current before the step has succeeded once', () => {
    expect(stamp().isCurrent()).toBe(false);
  });

  it('is current when nothing has changed, even if a file was written again', () => {
    stamp().write();
    writeFileSync(join(folder, 'src', 'deep', 'a.ts'), 'one');
    expect(stamp().isCurrent()).toBe(true);
  });

  it('is not current after a file was changed, added, renamed or removed', () => {
    stamp().write();
    writeFileSync(join(folder, 'src', 'deep', 'a.ts'), 'two');
    expect(stamp().isCurrent()).toBe(false);

    stamp().write();
    writeFileSync(join(folder, 'src', 'b.ts'), '');
    expect(stamp().isCurrent()).toBe(false);

    stamp().write();
    rmSync(join(folder, 'src', 'b.ts'));
    expect(stamp().isCurrent()).toBe(false);
  });

  it('is not current when a value of the environment changed', () => {
    stamp(['bundled']).write();
    expect(stamp(['system']).isCurrent()).toBe(false);
  });
});
