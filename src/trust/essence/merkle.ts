import { sha256, taggedHash } from './sha256.js';

const nodeTag = 0x01;

/** A Merkle tree in the shape of RFC 6962 that grows leaf by leaf and tells its root at any time. */
export class MerkleTree {
  /** The roots of the full subtrees, the largest first; each has half the leaves of the one before, or less. */
  readonly #peaks: { leaves: number; root: Buffer }[] = [];

  add(leaf: Buffer): void {
    let peak = { leaves: 1, root: leaf };
    for (let last = this.#peaks.at(-1); last?.leaves === peak.leaves; last = this.#peaks.at(-1)) {
      this.#peaks.pop();
      peak = { leaves: last.leaves * 2, root: nodeHash(last.root, peak.root) };
    }
    this.#peaks.push(peak);
  }

  /** Of the leaves so far; over none, the hash of nothing. */
  get root(): Buffer {
    const last = this.#peaks.at(-1);
    if (last === undefined) return sha256(Buffer.alloc(0));
    let root = last.root;
    for (let index = this.#peaks.length - 2; index >= 0; index--) {
      const left = this.#peaks[index];
      if (left !== undefined) root = nodeHash(left.root, root);
    }
    return root;
  }
}

/** The root over all leaves. */
export function merkleRoot(leaves: Iterable<Buffer>): Buffer {
  const tree = new MerkleTree();
  for (const leaf of leaves) tree.add(leaf);
  return tree.root;
}

/**
 * What leads from one leaf to the root: the hashes beside the way, the lowest first.
 *
 * @throws RangeError when there is no such leaf
 */
export function merklePath(leaves: readonly Buffer[], index: number): Buffer[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) throw new RangeError('There is no such leaf.');
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...merklePath(left, index), merkleRoot(right)]
    : [...merklePath(right, index - split), merkleRoot(left)];
}

/** The root that a leaf and its path lead to, in a tree of that many leaves. Absent: the path does not fit the tree. */
export function rootOfPath(leaf: Buffer, index: number, leaves: number, path: readonly Buffer[]): Buffer | undefined {
  if (!Number.isInteger(index) || index < 0 || index >= leaves) return undefined;
  if (leaves === 1) return path.length === 0 ? leaf : undefined;
  const beside = path.at(-1);
  if (beside === undefined) return undefined;
  const split = splitOf(leaves);
  const rest = path.slice(0, -1);
  if (index < split) {
    const left = rootOfPath(leaf, index, split, rest);
    return left === undefined ? undefined : nodeHash(left, beside);
  }
  const right = rootOfPath(leaf, index - split, leaves - split, rest);
  return right === undefined ? undefined : nodeHash(beside, right);
}

/** The largest power of two below the number of leaves. */
function splitOf(leaves: number): number {
  let split = 1;
  while (split * 2 < leaves) split *= 2;
  return split;
}

/** The hash of the node above two others. */
export function nodeHash(left: Buffer, right: Buffer): Buffer {
  return taggedHash(nodeTag, left, right);
}
