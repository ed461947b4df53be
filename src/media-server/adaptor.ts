/** One try of a job by one transcoder. */
export interface AttemptKey {
  jobId: string;
  /** Counted from 1 (or any other start) within the job: two attempts of one job never share a number. */
  attempt: number;
}

/** A request that a media server makes to ask or tell something. */
export interface HookRequest {
  method: string;
  /** Without the query. */
  path: string;
  /** As it came; whoever reads it from the network bounds it, 16 KiB is plenty. */
  body: string;
}

/** What the media server is told: 2xx lets the publisher in or on, anything else turns it away. */
export interface HookAnswer {
  status: 204 | 400 | 403 | 405;
}

/** Hears, in plain English and without secrets, of what went wrong at the media server and stopped nothing. */
export type WarningListener = (warning: string) => void;

/** How one kind of media server is told who may publish. Disposing it ends what it still waits for. */
export interface MediaServerAdaptor extends AsyncDisposable {
  /**
   * Lets one attempt publish, from now on and until it is revoked or released.
   *
   * @param outputs the URLs at which the renditions will be played, one per rendition.
   * @returns the URLs at which to publish them, in the same order. They are secret: whoever has one may publish there.
   */
  admit(attempt: AttemptKey, outputs: readonly string[]): readonly string[];

  /**
   * Nobody publishes with the attempt's URLs any more, from the moment of the call on, and whoever does is dropped.
   * Another attempt may be admitted to the same outputs right away.
   *
   * @returns when the media server has confirmed, or after a time of its own choosing. It never rejects: what went
   * wrong is told to the adaptor's listener for warnings.
   */
  revoke(attempt: AttemptKey): Promise<void>;

  /** The attempt ended well: nobody new gets in with its URLs, and it is forgotten once its publishers have left. */
  release(attempt: AttemptKey): void;

  /** Answers a request of the media server; `undefined` when the path is none of this adaptor's. */
  hook?(request: HookRequest): HookAnswer | undefined;
}
