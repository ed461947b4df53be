/** What went wrong, as a stable word. Each has one HTTP status and one title. */
export type ProblemCode = keyof typeof kinds;

const kinds = {
  'path-invalid': { status: 400, title: 'The path names no segment' },
  'configuration-invalid': { status: 400, title: 'The transcoding configuration is not valid' },
  unauthorized: { status: 401, title: 'The stream needs credentials' },
  forbidden: { status: 403, title: 'The stream is not allowed' },
  'job-unknown': { status: 404, title: 'No such job is running' },
  'receipts-unknown': { status: 404, title: 'There are no receipts of such a job' },
  'verifications-unknown': { status: 404, title: 'There are no verifications of such a job' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  cancelled: { status: 409, title: 'The job was cancelled' },
  'job-running': { status: 409, title: 'The same job is running' },
  'codec-unsupported': { status: 422, title: 'The source cannot be transcoded' },
  'source-failed': { status: 422, title: 'The source cannot be transcoded' },
  internal: { status: 500, title: 'The broadcaster failed' },
  'orchestrators-failed': { status: 502, title: 'Every orchestrator that was tried failed' },
  'no-orchestrator': { status: 503, title: 'No orchestrator is available' },
  'auth-webhook-failed': { status: 503, title: 'The authentication webhook failed' },
  draining: { status: 503, title: 'The broadcaster is about to stop' },
  'timed-out': { status: 504, title: 'The job took too long to start' },
  'auth-webhook-timed-out': { status: 504, title: 'The authentication webhook did not answer in time' },
} as const;

/** What a {@link Problem} may have besides its code and its sentence. */
export interface ProblemDetails {
  /** The part of the request at fault, such as `profiles[1].bitrate`. Default: none is. */
  field?: string | undefined;
  /** The methods that are allowed, where one is not. Default: those of a segment. */
  allow?: string | undefined;
  /** After how many seconds the same may be served, where it is not served now. Default: 1. */
  retryAfterS?: number | undefined;
  /** The error that led to this one; for logs, never for the caller. */
  cause?: unknown;
}

/** A problem as RFC 9457 has it in JSON. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
  field?: string;
}

/** Why a request is not served: what B's HTTP server answers with, as RFC 9457 has it. Holds no secret. */
export class Problem extends Error {
  /** The content type of {@link Problem.toBody}. */
  static readonly contentType = 'application/problem+json';

  override readonly name = 'Problem';
  readonly code: ProblemCode;
  /** The HTTP status, 400 to 599. */
  readonly status: number;
  /** The same for every problem of this code. */
  readonly title: string;
  /** The part of the request at fault, such as `profiles[1].bitrate`. */
  readonly field: string | undefined;
  /** The methods that are allowed, where one is not. */
  readonly allow: string;
  /** After how many seconds the same may be served, where it is not served now. */
  readonly retryAfterS: number;

  /** @param detail a full sentence about this occurrence, without any secret */
  constructor(code: ProblemCode, detail: string, details: ProblemDetails = {}) {
    super(detail, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = kinds[code].status;
    this.title = kinds[code].title;
    this.field = details.field;
    this.allow = details.allow ?? 'POST, PUT, DELETE';
    this.retryAfterS = details.retryAfterS ?? 1;
  }

  /** The sentence about this occurrence. */
  get detail(): string {
    return this.message;
  }

  /** What `JSON.stringify` shows. */
  toJSON(): ProblemBody {
    return {
      type: `urn:millrace:problem:${this.code}`,
      title: this.title,
      status: this.status,
      detail: this.detail,
      code: this.code,
      ...(this.field === undefined ? {} : { field: this.field }),
    };
  }

  /** The body of the response, one line of JSON. */
  toBody(): string {
    return `${JSON.stringify(this)}\n`;
  }
}
