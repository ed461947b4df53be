import type { BenchmarkReport } from './benchmark.js';
import { figureText, goalText, ratioText } from './figure-text.js';
import { parts, verdict, type Measurement } from './measurement.js';
import { describeRun } from './text-report.js';

/** The report as one HTML page that needs nothing else: a table with bars, and a chart of the latency of every frame. */
export function htmlReport(report: BenchmarkReport): string {
  const sections = parts
    .map((part) => ({ part, lines: report.measurements.filter((measurement) => measurement.part === part) }))
    .filter(({ lines }) => lines.length > 0)
    .map(({ part, lines }) => section(part, lines));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Millrace benchmark, ${escape(report.measuredAt.slice(0, 10))}</title>
<style>${style}</style>
<h1>Millrace benchmark</h1>
${describeRun(report)
  .map((sentence) => `<p>${escape(sentence)}</p>`)
  .join('\n')}
<p><span class="key millrace"></span> millrace <span class="key ffmpeg"></span> ffmpeg</p>
${latencyChart(report.latenciesMs)}
${sections.join('\n')}
</html>
`;
}

const style = `
:root { color-scheme: light dark; --millrace: #0a7d6c; --ffmpeg: #c2662d; --line: #8884; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1, h2 { font-weight: 600; } p { margin: .2rem 0; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; white-space: normal; }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-left: 1em; }
.key.millrace { background: var(--millrace); } .key.ffmpeg { background: var(--ffmpeg); }
svg text { font: 12px system-ui, sans-serif; fill: currentColor; } svg .millrace { fill: var(--millrace); }
svg .ffmpeg { fill: var(--ffmpeg); } svg .axis { stroke: var(--line); }
.no { color: #c22; } .yes { color: var(--millrace); }`;

function section(part: string, lines: readonly Measurement[]): string {
  return `<h2>${escape(part)}</h2>
<table>
<tr><th></th><th></th><th>millrace</th><th>ffmpeg</th><th>ratio</th><th>goal</th><th></th></tr>
${lines.map(row).join('\n')}
</table>`;
}

function row(measurement: Measurement): string {
  const { what, unit, goal } = measurement;
  const { millrace, ffmpeg, ratio, reached } = verdict(measurement);
  const mark = reached === undefined ? '' : reached ? '<span class="yes">yes</span>' : '<span class="no">no</span>';
  const theirs = measurement.ffmpeg === undefined ? '' : figureText(ffmpeg, unit);
  const cells = [figureText(millrace, unit), theirs, ratioText(ratio), goalText(goal, unit)].map(escape);
  return `<tr><td>${escape(what)}</td><td>${bars(millrace, ffmpeg)}</td>${[...cells, mark].map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

/** The two figures on a common scale, the greater filling it. */
function bars(millrace: number | undefined, ffmpeg: number | undefined): string {
  if (ffmpeg === undefined || millrace === undefined) return '';
  const width = 120;
  const scale = Math.max(millrace, ffmpeg);
  if (!Number.isFinite(scale) || scale <= 0) return '';
  const bar = (name: string, value: number, y: number) =>
    `<rect class="${name}" y="${y}" width="${((width * value) / scale).toFixed(1)}" height="6" rx="1"/>`;
  return `<svg width="${width}" height="16" aria-hidden="true">${bar('millrace', millrace, 1)}${bar('ffmpeg', ffmpeg, 9)}</svg>`;
}

/** A dot per frame: when it came in the stream, and how long it took. */
function latencyChart({ millrace, ffmpeg }: BenchmarkReport['latenciesMs']): string {
  if (millrace.length === 0) return '';
  const [width, height, left, bottom] = [900, 260, 50, 24];
  const ceiling = niceCeiling(Math.max(...millrace, ...ffmpeg));
  const count = Math.max(millrace.length, ffmpeg.length);
  const x = (index: number) => left + ((width - left) * index) / count;
  const y = (ms: number) => (height - bottom) * (1 - ms / ceiling) + 6;
  const dots = (name: string, values: readonly number[]) =>
    values
      .map((ms, index) => `<circle class="${name}" cx="${x(index).toFixed(1)}" cy="${y(ms).toFixed(1)}" r="1.6"/>`)
      .join('');
  const lines = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = y(ceiling * share).toFixed(1);
    return `<line class="axis" x1="${left}" x2="${width}" y1="${at}" y2="${at}"/><text x="0" y="${at}">${ceiling * share} ms</text>`;
  });
  return `<h2>latency of every frame, 720p, last round</h2>
<svg viewBox="0 0 ${width} ${height + 8}" role="img" aria-label="latency of every frame">
${lines.join('')}${dots('ffmpeg', ffmpeg)}${dots('millrace', millrace)}
</svg>`;
}

/** The next of 1, 2, 4 and 8 times a power of ten, so that quarters of it are round. */
function niceCeiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 4, 8, 10].map((step) => step * power).find((ceiling) => ceiling >= value) ?? value;
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
