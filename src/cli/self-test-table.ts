import type { PlaceReport, SelfTestReport } from '../transcoder/self-test/self-test.js';
import { printable } from './ink.js';

const columns: readonly [title: string, cell: (place: PlaceReport) => string][] = [
  ['', ({ place }) => (place === 'cpu' ? 'CPU' : place)],
  ['decode', ({ stages }) => stages?.decode ?? none],
  ['scale', ({ stages }) => stages?.scale ?? none],
  ['encode', ({ stages }) => stages?.encoder ?? none],
  ['decode fps', ({ decodeFps }) => rounded(decodeFps)],
  ['ladder fps', ({ ladderFps }) => rounded(ladderFps)],
  ['Mpx/s', ({ pixelsPerSecond }) => rounded(pixelsPerSecond === undefined ? undefined : pixelsPerSecond / 1e6)],
  ['sessions', ({ sessions }) => (sessions === undefined ? none : `${sessions.opened}${sessions.refused ? '' : '+'}`)],
  ['SSIM', ({ pictures }) => pictures?.averageSsim.toFixed(4) ?? none],
  ['lowest', ({ pictures }) => pictures?.lowestSsim.toFixed(4) ?? none],
  ['', ({ problem }) => (problem === undefined ? 'right' : 'WRONG')],
];
const none = '-';

/** A self-test for people: what was tested on what, a line for every place, and what is wrong. */
export function selfTestTable({ source, gpuProblem, places }: SelfTestReport): string {
  const rows = [columns.map(([title]) => title), ...places.map((place) => columns.map(([, cell]) => cell(place)))];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const notes = [
    `Source: ${source}; ladder: 480p, 360p, 240p.`,
    ...places.map(({ place, name }) => `${place === 'cpu' ? 'CPU' : place}: ${printable(name)}`),
    ...(gpuProblem === undefined ? [] : [`No GPU was tested: ${printable(gpuProblem)}`]),
    '',
    ...lines,
    '',
    "SSIM is the CPU's pictures to the source's, and a GPU's to the CPU's. Sessions: encoders open at once; with a +, more were not tried.",
    ...places.flatMap(({ place, problem }) => (problem === undefined ? [] : [`${place}: ${printable(problem)}`])),
  ];
  return `${notes.join('\n')}\n`;
}

function rounded(value: number | undefined): string {
  return value === undefined ? none : String(Math.round(value));
}
