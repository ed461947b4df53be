import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

import type { AbortFigures } from '../abort-process.js';
import type { Bench } from '../bench.js';
import { entryPoint } from '../entry-point.js';
import { Exchange } from '../exchange.js';
import { runMeasured } from '../measured-process.js';
import type { Measurement } from '../measurement.js';

/** The part `abort`: how long it takes to break a job off, whatever it was doing. */
export async function measureAbort(bench: Bench): Promise<Measurement[]> {
  bench.say(`abort: ${bench.rounds} rounds`);
  await using exchange = new Exchange(readFileSync(bench.source));
  const url = await exchange.listen();
  await using unreachable = await fullQueue();
  const args = [entryPoint('abort-process'), url, unreachable.url, bench.source, `${bench.rounds}`];
  let printed = '';
  await runMeasured(
    { program: process.execPath, args },
    { signal: bench.signal, onStdout: (text) => (printed += text) },
  );
  const aborts = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AbortFigures);
  return [...new Set(aborts.map(({ moment }) => moment))].flatMap((moment) => {
    const these = aborts.filter((abort) => abort.moment === moment);
    const line = { part: 'abort', unit: 'ms', better: 'lower' } as const;
    return [
      {
        ...{ ...line, what: `${moment}: run() rejects`, goal: { atMost: 100 } },
        millrace: these.map(({ rejectedMs }) => rejectedMs),
      },
      { ...line, what: `${moment}: nothing is left`, millrace: these.map(({ goneMs }) => goneMs) },
    ];
  });
}

/** A server to which connecting takes for ever: its queue is full and it accepts nobody. */
async function fullQueue(): Promise<AsyncDisposable & { url: string }> {
  const server = spawn(process.execPath, [entryPoint('unaccepting-process')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = (await once(server.stdout.setEncoding('utf8'), 'data')) as [string];
  // Twice what the queue takes; the kernel leaves the surplus waiting.
  const fillers = Array.from({ length: 4 }, () => connect(Number(port), '127.0.0.1').on('error', () => undefined));
  await Promise.any(fillers.map((filler) => once(filler, 'connect')));
  return {
    url: `http://127.0.0.1:${Number(port)}/source.ts`,
    async [Symbol.asyncDispose]() {
      for (const filler of fillers) filler.destroy();
      const gone = once(server, 'exit');
      server.kill('SIGKILL');
      await gone;
    },
  };
}
