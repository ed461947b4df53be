// Tells whether a step's inputs are those of its last success. Contents count, not times: a fresh clone, a switched
// branch and a touched file are all judged right.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export class InputStamp {
  #path;
  #hash;

  /**
   * @param {string} path where the stamp is kept
   * @param {{ files?: string[], folders?: string[], values?: string[] }} inputs `folders` count with all they contain
   */
  constructor(path, { files = [], folders = [], values = [] }) {
    this.#path = path;
    const hash = createHash('sha256').update(JSON.stringify(values));
    for (const file of [...files, ...folders.flatMap(filesBelow)]) hash.update(`\0${file}\0`).update(read(file));
    this.#hash = hash.digest('hex');
  }

  isCurrent() {
    return read(this.#path).toString() === this.#hash;
  }

  write() {
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(this.#path, this.#hash);
  }
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function read(path) {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
