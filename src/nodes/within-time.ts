/** Resolves when the promise does, or when `timeoutMs` milliseconds are over. */
export async function withinTime(timeoutMs: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)));
  await Promise.race([promise, over]);
  clearTimeout(timer);
}
