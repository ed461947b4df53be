import { readFile, stat } from 'node:fs/promises';

import { misuse } from '../../transcoder/error.js';

import { AddressList } from './address-list.js';
import {
  orchestratorList,
  parseOrchestratorJson,
  type OrchestratorList,
  type OrchestratorListener,
  type OrchestratorSource,
  type WarningListener,
} from './discovery.js';
import { Polling } from '../polling.js';

/** Which file is followed, and how. */
export interface OrchestratorFileOptions {
  /** Its path. */
  path: string;
  /** Hears of a file that cannot be used, once for each change of it, and of entries that are left out. */
  onWarning: WarningListener;
  /** How often it is looked at, in milliseconds. Default 1000. */
  intervalMs?: number;
}

/**
 * The orchestrators in a file: one address a line, with empty lines and `#` comments, or a JSON list as a webhook has
 * it. It is read again when it has changed. A file that cannot be used, an empty one among them, changes nothing.
 */
export class OrchestratorFile implements OrchestratorSource {
  readonly #list = new AddressList();
  readonly #path: string;
  readonly #warn: WarningListener;
  readonly #intervalMs: number;
  readonly #polling: Polling;
  /** What the file was like when it was last read. */
  #version = '';

  constructor({ path, onWarning, intervalMs = 1000 }: OrchestratorFileOptions) {
    this.#path = path;
    this.#warn = onWarning;
    this.#intervalMs = intervalMs;
    this.#polling = new Polling(() => this.#poll());
  }

  addresses(): readonly string[] {
    return this.#list.addresses;
  }

  onChange(listener: OrchestratorListener): () => void {
    return this.#list.onChange(listener);
  }

  /** @throws TranscodeError `OPTIONS_INVALID` when the file cannot be used as it is now */
  async start(): Promise<void> {
    this.#version = await this.#currentVersion();
    const loaded = await this.#load();
    if (typeof loaded === 'string') throw misuse(`The file of orchestrators ${this.#path} ${loaded}.`);
    this.#take(loaded);
    this.#polling.start(this.#intervalMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#list.clear();
    await this.#polling.end();
  }

  async #poll(): Promise<number> {
    const version = await this.#currentVersion();
    if (version === this.#version) return this.#intervalMs;
    this.#version = version;
    const loaded = await this.#load();
    if (typeof loaded === 'string') {
      this.#warn(`The file of orchestrators ${this.#path} ${loaded}; the list stays as it was.`);
    } else {
      this.#take(loaded);
    }
    return this.#intervalMs;
  }

  /** Its time alone would miss what is written twice within a tick of the file system's clock. */
  async #currentVersion(): Promise<string> {
    try {
      const { mtimeNs, ctimeNs, size, ino } = await stat(this.#path, { bigint: true });
      return [mtimeNs, ctimeNs, size, ino].join();
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** The list, or why there is none as the predicate of a sentence. */
  async #load(): Promise<OrchestratorList | string> {
    try {
      const list = parseFile(await readFile(this.#path, 'utf8'));
      return list.addresses.length === 0 ? 'has no orchestrator in it' : list;
    } catch (error) {
      return reasonOf(error);
    }
  }

  #take({ addresses, faults }: OrchestratorList): void {
    for (const fault of faults) this.#warn(`In the file of orchestrators ${this.#path}: ${fault}`);
    this.#list.replace(addresses);
  }
}

function parseFile(text: string): OrchestratorList {
  if (/^\s*\[(?![0-9a-f:.]+\]:)/i.test(text)) return parseOrchestratorJson(text);
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  return orchestratorList(lines.filter((line) => line !== ''));
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return `cannot be read (${code})`;
}
