import { expect, test } from 'vitest';

const said: string[] = [];
const secrets = new Set<string>();

/** Keeps what a node of this file's tests printed or answered. */
export function record(text: string): void {
  said.push(text);
}

/** From here on, nobody may show this. */
export function keepSecret(secret: string): string {
  secrets.add(secret);
  return secret;
}

/** To be called at the end of a file: a test that goes through everything which its other tests made nodes say. */
export function testSecrets(): void {
  test('nothing that the nodes of these tests printed or answered shows a secret', () => {
    const everything = said.join('\n');
    expect(everything).toContain('"msg":"ready"');
    expect(secrets.size).toBeGreaterThan(0);
    expect([...secrets].filter((secret) => everything.includes(secret))).toStrictEqual([]);
  });
}
