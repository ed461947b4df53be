import context from 'node-media-server/src/core/context.js';

/** The viewers of streams that nobody publishes just now, and for how long they wait. Streams are known by their keys. */
export class WaitingViewers {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** Ends the stream's viewers after `ms`, or now when it is 0. When they wait already, that stays as it is. */
  wait(streamKey: string, ms: number): void {
    if (this.#timers.has(streamKey)) return;
    if (ms <= 0) {
      this.end(streamKey);
      return;
    }
    this.#timers.set(
      streamKey,
      setTimeout(() => {
        this.end(streamKey);
      }, ms),
    );
  }

  /** There is a publisher again. */
  stop(streamKey: string): void {
    clearTimeout(this.#timers.get(streamKey));
    this.#timers.delete(streamKey);
  }

  /** Ends the stream's viewers now; otherwise they would wait for its next publisher for ever. */
  end(streamKey: string): void {
    this.stop(streamKey);
    for (const session of context.sessions.values()) {
      if (session.streamPath === streamKey && !session.isPublisher) session.close();
    }
  }

  /** Ends nobody any more. */
  clear(): void {
    for (const streamKey of this.#timers.keys()) this.stop(streamKey);
  }
}
