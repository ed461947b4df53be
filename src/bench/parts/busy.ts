import type { Bench } from '../bench.js';
import type { BusyWhile } from '../busy-process.js';
import { entryPoint } from '../entry-point.js';
import { latencyFigures } from '../latency-figures.js';
import { liveRun } from '../live-run.js';
import type { Measurement } from '../measurement.js';
import { quantile } from '../statistics.js';

/** The part `busy`: the latency of frames while the program that started the job runs no JavaScript for two seconds. */
export async function measureBusy(bench: Bench): Promise<Measurement[]> {
  const kinds = { free: [] as number[][], loop: [] as number[][], sleep: [] as number[][] };
  const contender = {
    live: (source: string, outputs: readonly string[]) => ({
      program: process.execPath,
      args: [entryPoint('busy-process'), source, ...outputs],
    }),
  };
  for (let round = 0; round < bench.rounds; round++) {
    bench.say(`busy JavaScript, round ${round + 1} of ${bench.rounds}`);
    let printed = '';
    const { ladders } = await liveRun(contender, {
      source: bench.source,
      signal: bench.signal,
      onStdout: (text) => (printed += text),
    });
    const { times } = latencyFigures(ladders[0], 0);
    const whiles = JSON.parse(printed) as BusyWhile[];
    const during = (kind: BusyWhile['kind']) => (atMs: number) =>
      whiles.some((busy) => busy.kind === kind && atMs >= busy.fromMs && atMs < busy.toMs);
    const latenciesWhere = (holds: (sentAtMs: number) => boolean) =>
      times.filter(({ sentAtMs }) => holds(sentAtMs)).map(({ latencyMs }) => latencyMs);
    kinds.loop.push(latenciesWhere(during('loop')));
    kinds.sleep.push(latenciesWhere(during('sleep')));
    kinds.free.push(latenciesWhere((atMs) => !during('loop')(atMs) && !during('sleep')(atMs)));
  }
  const labels = {
    free: 'JavaScript free',
    loop: 'JavaScript in a busy loop for 2 s',
    sleep: 'JavaScript blocked for 2 s',
  };
  return (['free', 'loop', 'sleep'] as const).flatMap((kind) =>
    (
      [
        ['median', 0.5],
        ['latest frame', 1],
      ] as const
    ).map(([label, share]) => ({
      ...({ part: 'busy', unit: 'ms', better: 'lower' } as const),
      what: `720p latency, ${labels[kind]}, ${label}`,
      millrace: kinds[kind].flatMap((latencies) => quantile(latencies, share) ?? []),
    })),
  );
}
