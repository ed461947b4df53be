// Tells every now and then how long something is taking, so that minutes of silence are not taken for a hang.
const EVERY_MS = 15_000;

/**
 * @template T
 * @param {Promise<T>} work
 * @param {(seconds: number) => void} tell
 */
export async function tellElapsed(work, tell, everyMs = EVERY_MS) {
  const startedAtMs = Date.now();
  const timer = setInterval(() => tell(Math.round((Date.now() - startedAtMs) / 1000)), everyMs);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
