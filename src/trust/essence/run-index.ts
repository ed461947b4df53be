import { nodeHash } from './merkle.js';

/** What is looked for in one track: so many units with this root. */
export interface WantedRun {
  units: number;
  merkleRoot: string;
}

const hashBytes = 32;
/** Roots that are held at one time: 32 MiB of them. */
const mostAtOnce = 2 ** 20;
/**
 * So many roots are made for each unit of the track. Honest windows have a few lengths of sound, and of pictures no more than
 * there are between two keyframes.
 */
const mostRootsPerUnit = 4;
/** In a short track there may be more. */
const leastRoots = 2 ** 16;

/** Where a run begins, in ascending order. Absent: its length is not indexed, so nobody knows. */
export type RunStarts = (run: WantedRun) => readonly number[] | undefined;

/**
 * Where each of these runs begins, out of the places where one may.
 *
 * Full subtrees of 1, 2, 4, … units are made over the whole track, each level of the one before, and a run's root is that of
 * the few which it consists of. So it takes the track's length times the logarithm of the longest run, and for each distinct
 * length the number of places times a few. Where there are too many distinct lengths for that, those are indexed which most
 * runs have.
 */
export function indexRuns(
  leaves: readonly Buffer[],
  begins: readonly number[],
  wanted: readonly WantedRun[],
): RunStarts {
  const most = Math.max(leastRoots, mostRootsPerUnit * leaves.length);
  const lengths = usualLengths(wanted, leaves.length).slice(0, Math.max(1, Math.floor(most / begins.length)));
  const starts = new Map<string, number[]>();
  const indexed = new Set(lengths);
  for (const run of wanted) if (indexed.has(run.units)) starts.set(keyOf(run), []);
  const batch = Math.max(1, Math.floor(mostAtOnce / Math.max(1, begins.length)));
  for (let from = 0; from < lengths.length; from += batch) {
    const runs = lengths.slice(from, from + batch).map((units) => new Runs(units, leaves.length, begins));
    climb(leaves, runs);
    for (const run of runs)
      for (const { start, merkleRoot } of run.roots()) starts.get(keyOf({ units: run.units, merkleRoot }))?.push(start);
  }
  return (run) => (run.units > leaves.length ? [] : starts.get(keyOf(run)));
}

/** The distinct lengths that a track has room for, those that most runs have first. */
function usualLengths(wanted: readonly WantedRun[], longest: number): number[] {
  const counts = new Map<number, number>();
  for (const { units } of wanted) if (units > 0 && units <= longest) counts.set(units, (counts.get(units) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one).map(([units]) => units);
}

function keyOf({ units, merkleRoot }: WantedRun): string {
  return `${units}/${merkleRoot}`;
}

/** Makes the levels one out of the other, in place, and lets the runs take what they need of each. */
function climb(leaves: readonly Buffer[], runs: readonly Runs[]): void {
  const longest = runs.reduce((most, { units }) => Math.max(most, units), 0);
  const subtrees = Buffer.concat(leaves);
  for (let size = 1; size <= longest; size *= 2) {
    for (const run of runs) run.take(subtrees, size);
    if (size * 2 > longest) return;
    for (let position = 0; position + 2 * size <= leaves.length; position++)
      nodeHash(hashIn(subtrees, position), hashIn(subtrees, position + size)).copy(subtrees, position * hashBytes);
  }
}

/** The roots of all runs of one length. */
class Runs {
  readonly units: number;
  readonly #begins: readonly number[];
  readonly #roots: Buffer;
  #isEmpty = true;

  constructor(units: number, length: number, begins: readonly number[]) {
    this.units = units;
    this.#begins = begins.filter((begin) => begin + units <= length);
    this.#roots = Buffer.alloc(this.#begins.length * hashBytes);
  }

  /** Takes the subtrees of one size; the smallest, which are the last of a run, come first. */
  take(subtrees: Buffer, size: number): void {
    if (Math.floor(this.units / size) % 2 === 0) return;
    const offset = Math.floor(this.units / (2 * size)) * 2 * size;
    for (const [index, begin] of this.#begins.entries()) {
      const subtree = hashIn(subtrees, begin + offset);
      const root = this.#isEmpty ? subtree : nodeHash(subtree, hashIn(this.#roots, index));
      root.copy(this.#roots, index * hashBytes);
    }
    this.#isEmpty = false;
  }

  *roots(): Iterable<{ start: number; merkleRoot: string }> {
    for (const [index, start] of this.#begins.entries())
      yield { start, merkleRoot: hashIn(this.#roots, index).toString('hex') };
  }
}

function hashIn(hashes: Buffer, position: number): Buffer {
  return hashes.subarray(position * hashBytes, (position + 1) * hashBytes);
}
