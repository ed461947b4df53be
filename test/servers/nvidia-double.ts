import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const BUILD = resolve(import.meta.dirname, '..', '..', 'scripts', 'test', 'nvidia-double.mjs');

/** Why these tests cannot run here; empty: they can. */
export const nvidiaDoubleMissing =
  process.env['MILLRACE_FFMPEG'] === 'system' ? 'the double of NVIDIA’s libraries is made of the bundled ones' : '';

/** What the double is to do: `native/test/nvidia_double/double_control.h` has the keys; `lost.1` is `lost` of card 1. */
export type DoubleSettings = Record<string, string | number>;

/**
 * A double of NVIDIA's libraries: cards that decode and encode on the CPU, and fail when told to. Only processes that
 * are started with its `env` see it; those share its cards' memory and sessions, as they would share real cards.
 */
export class NvidiaDouble implements Disposable {
  /** For `spawn`, beside what else the process needs. */
  readonly env: { readonly LD_LIBRARY_PATH: string; readonly MILLRACE_NVIDIA_DOUBLE: string };
  readonly #folder: string;

  constructor(settings: DoubleSettings = {}) {
    const libraries = execFileSync(process.execPath, [BUILD], { encoding: 'utf8' }).trim();
    this.#folder = mkdtempSync(join(tmpdir(), 'nvidia-double-'));
    this.env = { LD_LIBRARY_PATH: libraries, MILLRACE_NVIDIA_DOUBLE: this.#folder };
    this.control(settings);
  }

  /** Takes effect at the next call of any process, in place of what was said before. */
  control(settings: DoubleSettings): void {
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
    const fresh = join(this.#folder, 'control.new');
    writeFileSync(fresh, lines.join(''));
    renameSync(fresh, join(this.#folder, 'control'));
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
