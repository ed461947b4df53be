/** Lower-case, without a prefix. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** As {@link toHex} has it, or with `0x` before it. */
export function fromHex(text: string): Uint8Array {
  return Buffer.from(text.startsWith('0x') ? text.slice(2) : text, 'hex');
}
