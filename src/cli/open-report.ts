import type { JobReport } from './job-report.js';
import { JsonReport } from './json-report.js';
import { LineReport } from './line-report.js';
import { TableReport } from './table-report.js';

/** How much is said, and in which form. */
export interface ReportOptions {
  /** One JSON object per line on the standard output. */
  json: boolean;
  /** Failures, warnings and remarks only. */
  quiet: boolean;
  /** The libraries' own log lines as well. */
  verbose: boolean;
}

/** The report that fits: JSON when asked for, a live table on a terminal, plain lines elsewhere. */
export function openReport({ json, quiet, verbose }: ReportOptions): JobReport {
  if (json) return new JsonReport(process.stdout, process.stderr, { verbose });
  if (process.stderr.isTTY && !quiet) return new TableReport(process.stderr, { verbose });
  return new LineReport(process.stderr, { quiet, verbose });
}
