/** An error as a log line has it. */
export interface ErrorDescription {
  /** Its stable word, such as `CONNECTION_REFUSED` or `ECONNRESET`; a number where the library uses numbers. */
  code?: string | number;
  /** Where in a job, if it says so. */
  stage?: string;
  message: string;
  /** Only of what nothing but a defect of the program throws, and which is not found without it. */
  stack?: string;
  cause?: ErrorDescription;
}

/** What was thrown, as a log line has it; chains of causes up to ten long. Does not redact. */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return isDescription(error) ? error : { message: textOf(error) };
  const { code, stage } = error as { code?: unknown; stage?: unknown };
  const { cause, message, name, stack } = error;
  return {
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(typeof stage === 'string' ? { stage } : {}),
    message: message === '' ? name : message,
    ...(isDefect(error) && stack !== undefined ? { stack } : {}),
    ...(cause === undefined || depth === 9 ? {} : { cause: describeError(cause, depth + 1) }),
  };
}

/** Node's own errors of these types have a code and say what was wrong with which argument. */
function isDefect(error: Error): boolean {
  return (
    !('code' in error) && (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError)
  );
}

/** It has been here before: pino lets both a formatter and a serialiser see an error. */
function isDescription(value: unknown): value is ErrorDescription {
  return typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    // Whatever its type says, it gives nothing for functions and symbols.
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return text;
  } catch {
    // A cycle, or a bigint.
  }
  return Object.prototype.toString.call(value);
}
