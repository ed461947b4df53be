/**
 * How long a source may be for which a duration was announced, in milliseconds. A media server tells of a segment when it
 * begins, and its duration is a guess by then: the segment goes on to its last picture. Only a source that does not end
 * where it should, a live stream for instance, is cut.
 */
export function longestSourceMs(durationMs: number): number {
  return durationMs * 1.5 + 2000;
}
