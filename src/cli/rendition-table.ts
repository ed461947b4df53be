import type { RenditionPlan, SourceInfo } from '../transcoder/events.js';
import type { Progress, RenditionProgress } from '../transcoder/result.js';

import { bitrate, bytes, duration, frameRate, latency } from './figures.js';
import type { Ink } from './ink.js';
import { printable } from './ink.js';
import { standingOf, type Ending, type Standing } from './standing.js';

interface Column {
  title: string;
  /** Columns with the highest number give way first when the terminal is narrow; 0 always stays. */
  dispensable: number;
  left?: true;
  cell: (rendition: RenditionProgress, plan: RenditionPlan | undefined, standing: Standing) => string;
}

const columns: readonly Column[] = [
  { title: 'rendition', dispensable: 0, left: true, cell: ({ name }) => printable(name) },
  {
    title: 'size',
    dispensable: 4,
    cell: (_, plan) => (plan?.width === undefined ? '–' : `${plan.width}x${plan.height}`),
  },
  { title: 'encoder', dispensable: 6, cell: (_, plan) => plan?.encoder ?? '–' },
  { title: 'fps', dispensable: 0, cell: ({ fps }) => fps.toFixed(1) },
  { title: 'bitrate', dispensable: 2, cell: ({ bitrateBps }) => bitrate(bitrateBps) },
  { title: 'p50', dispensable: 0, cell: (rendition) => latency(rendition.latency?.p50Ms) },
  { title: 'p99', dispensable: 1, cell: (rendition) => latency(rendition.latency?.p99Ms) },
  { title: 'frames', dispensable: 5, cell: ({ framesOut }) => String(framesOut) },
  { title: 'sent', dispensable: 7, cell: (rendition) => bytes(rendition.bytes) },
  { title: 'dropped', dispensable: 0, cell: dropped },
  { title: 'state', dispensable: 3, left: true, cell: (_rendition, _plan, standing) => standing },
];

/** The live table: one line per rendition under a heading, in at most `width` columns where that is possible. */
export function renditionTable(
  progress: Pick<Progress, 'renditions'>,
  plans: readonly RenditionPlan[],
  { width, ink, ending }: { width: number; ink: Ink; ending?: Ending | undefined },
): string[] {
  const rows = progress.renditions.map((rendition) => {
    const plan = plans.find(({ name }) => name === rendition.name);
    const standing = standingOf(rendition.state, ending);
    return { standing, cells: columns.map((column) => column.cell(rendition, plan, standing)) };
  });
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map(({ cells }) => cells[index]?.length ?? 0)),
  );
  const shown = fitting(widths, width);
  const line = (cells: readonly string[]) =>
    shown
      .map((index) => {
        const cell = cells[index] ?? '';
        const size = widths[index] ?? 0;
        return columns[index]?.left ? cell.padEnd(size) : cell.padStart(size);
      })
      .join('  ')
      .trimEnd();
  const heading = ink.dim(line(columns.map(({ title }) => title)));
  return [heading, ...rows.map(({ standing, cells }) => standingInk(ink, standing, ending)(line(cells)))];
}

/** `00:12  h264 1920x1080 30 fps, aac 48 kHz, live  1.00x`. */
export function sourceLine(source: SourceInfo | undefined, progress: Progress | undefined): string {
  const parts = [
    duration(progress?.elapsedMs ?? 0),
    source === undefined ? 'waiting for the source' : describeSource(source),
  ];
  if (source !== undefined && progress !== undefined) parts.push(`${progress.realTimeRatio.toFixed(2)}x`);
  if (progress !== undefined && progress.sourceGopsDropped > 0) {
    parts.push(`${progress.sourceGopsDropped} source GOPs dropped: the decoder cannot keep up`);
  }
  return parts.join('  ');
}

/** `h264 1920x1080 30 fps, aac 48 kHz, live`. */
export function describeSource({ container, video, audio, live }: SourceInfo): string {
  const rate = video?.fps === undefined ? '' : ` ${frameRate(video.fps)} fps`;
  const sampling = audio?.sampleRateHz === undefined ? '' : ` ${audio.sampleRateHz / 1000} kHz`;
  return [
    video === undefined ? 'no video' : `${video.codec} ${video.width}x${video.height}${rate}`,
    audio === undefined ? 'no audio' : `${audio.codec}${sampling}`,
    live ? `${container}, live` : container,
  ].join(', ');
}

/** One rendition in a line of its own, for where no table can be drawn; how it ended stands first. */
export function renditionLine(rendition: RenditionProgress, ending?: Ending): string {
  const { p50Ms, p99Ms } = rendition.latency ?? {};
  const standing = standingOf(rendition.state, ending);
  return [
    `${printable(rendition.name)}: ${standing === 'running' ? '' : `${standing}, `}${rendition.framesOut} frames`,
    `${rendition.fps.toFixed(1)} fps`,
    bitrate(rendition.bitrateBps),
    `latency ${latency(p50Ms)} / ${latency(p99Ms)}`,
    `dropped ${dropped(rendition)}`,
  ].join(', ');
}

/** Frames that the encoder, and whole GOPs that the output, could not take in time: `0`, `3`, `3+1 GOP`. */
function dropped({ framesDropped, gopsDropped }: RenditionProgress): string {
  return gopsDropped === 0 ? String(framesDropped) : `${framesDropped}+${gopsDropped} GOP`;
}

function fitting(widths: readonly number[], available: number): number[] {
  let shown = columns.map((_, index) => index);
  const total = () => shown.reduce((sum, index) => sum + (widths[index] ?? 0) + 2, -2);
  const rank = (index: number) => columns[index]?.dispensable ?? 0;
  while (total() > available) {
    const victim = Math.max(...shown.map(rank));
    if (victim === 0) break;
    shown = shown.filter((index) => rank(index) !== victim);
  }
  return shown;
}

/** Green is for when the job has ended well: until then the source of a finished rendition may yet turn out to have failed. */
function standingInk(ink: Ink, standing: Standing, ending: Ending | undefined): (text: string) => string {
  if (standing === 'failed') return ink.red;
  if (standing === 'ended early' || standing === 'broken off') return ink.yellow;
  if (standing === 'finished' && ending === 'ended') return ink.green;
  return standing === 'waiting' ? ink.dim : (text) => text;
}
