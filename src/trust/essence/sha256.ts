import { createHash } from 'node:crypto';

/** SHA-256 over a byte that says what is hashed, and the parts one after the other. */
export function taggedHash(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  return sha256(Buffer.concat([Buffer.of(tag), ...parts]));
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Four bytes, big-endian. */
export function uint32Bytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The bytes of a hash in hex. */
export function bytesOf(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
