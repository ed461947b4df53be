import type { AttemptKey, MediaServerAdaptor } from './adaptor.js';

/**
 * For media servers that cannot be told who may publish: every attempt gets the URLs as they are. A transcoder that was
 * replaced is not kept from publishing, and one that froze holds the name of its stream until the media server gives it
 * up by itself.
 */
export class DirectAdaptor implements MediaServerAdaptor {
  admit(_attempt: AttemptKey, outputs: readonly string[]): readonly string[] {
    return [...outputs];
  }

  async revoke(): Promise<void> {
    return Promise.resolve();
  }

  release(): void {
    // Nothing was granted.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
