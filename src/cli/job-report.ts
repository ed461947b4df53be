import type { TranscodeEvent } from '../transcoder/events.js';

/** How a running job is told about: as a table, as lines or as JSON. */
export interface JobReport {
  /** One event of the job, in order; `ended` is the last of a job that succeeded. */
  event(event: TranscodeEvent): void;
  /** The job failed as a whole. */
  failed(error: unknown): void;
  /** The job was broken off by the user before it ended. */
  brokenOff(): void;
  /** A remark of the command line itself, a full sentence. */
  remark(text: string): void;
  /** Nothing more comes; gives back what the report holds (the cursor, listeners). */
  close(): void;
}
