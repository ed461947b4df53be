import type { BenchmarkReport } from './benchmark.js';
import { figureText, goalText, ratioText } from './figure-text.js';
import type { Machine } from './machine.js';
import { verdict, type Measurement } from './measurement.js';

/** The report as a table for a terminal. Ends with a line break. */
export function textReport(report: BenchmarkReport): string {
  return `${[...describeRun(report), '', ...table(report.measurements)].join('\n')}\n`;
}

/** A line for each measurement, in columns; those of the peer only where there is one. */
export function table(measurements: readonly Measurement[]): string[] {
  const heading = ['', 'millrace', 'ffmpeg', 'ratio', 'goal', ''];
  const rows = measurements.map((measurement) => {
    const { millrace, ffmpeg, ratio, reached } = verdict(measurement);
    const { unit } = measurement;
    return [
      measurement.what,
      figureText(millrace, unit),
      measurement.ffmpeg === undefined ? '' : figureText(ffmpeg, unit),
      ratioText(ratio),
      goalText(measurement.goal, unit),
      reached === undefined ? '' : reached ? 'yes' : 'no',
    ];
  });
  const compared = measurements.some(({ ffmpeg }) => ffmpeg !== undefined);
  const all = [heading, ...rows].map((row) =>
    compared ? row : row.filter((_, column) => column !== 2 && column !== 3),
  );
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** What was measured where, in sentences. */
export function describeRun({ machine, millrace, ffmpeg, source, rounds, measuredAt }: BenchmarkReport): string[] {
  return [
    `millrace ${millrace} beside ffmpeg ${ffmpeg}, medians of ${rounds} rounds in turns, ${measuredAt.slice(0, 10)}`,
    `source: ${source.file}, ${source.frames} frames; ladder: 1280x720 3 Mb/s, 854x480 1.5 Mb/s, 640x360 0.8 Mb/s, x264 veryfast`,
    describe(machine),
    'ratio: millrace as a share of ffmpeg; SSIM: against the source scaled by Lanczos',
  ];
}

/** The machine in a line. */
export function describe({ processor, cores, memoryGiB, kernel, node, loadAtStart }: Machine): string {
  return `machine: ${processor}, ${cores} cores, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}, load ${loadAtStart.toFixed(2)} at the start`;
}
