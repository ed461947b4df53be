import { createHash, timingSafeEqual } from 'node:crypto';

import { Metadata } from '@grpc/grpc-js';

/** The metadata of a caller that has a secret, or of one that has none. */
export function authorization(secret: string | undefined): Metadata {
  const metadata = new Metadata();
  if (secret !== undefined) metadata.set('authorization', `Bearer ${secret}`);
  return metadata;
}

/** Whether the caller showed this secret. Takes equally long for every wrong one. */
export function isAuthorized(metadata: Metadata, secret: string): boolean {
  const [shown = ''] = metadata.get('authorization');
  return timingSafeEqual(digest(String(shown)), digest(`Bearer ${secret}`));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
