import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { BroadcasterMetrics } from '../../src/observe/broadcaster-metrics.js';
import { BroadcasterPaymentMetrics } from '../../src/observe/broadcaster-payment-metrics.js';
import { GrpcMetrics } from '../../src/observe/grpc-metrics.js';
import { createRegistry } from '../../src/observe/metrics.js';
import { OrchestratorMetrics } from '../../src/observe/orchestrator-metrics.js';
import { OrchestratorPaymentMetrics } from '../../src/observe/orchestrator-payment-metrics.js';
import { TranscoderMetrics } from '../../src/observe/transcoder-metrics.js';

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource?: { uid: string };
  targets?: { expr: string; datasource: { uid: string } }[];
}

interface Dashboard {
  templating: { list: { name: string; type: string; query: unknown }[] };
  panels: Panel[];
}

const dashboard = JSON.parse(readFileSync(new URL('../../deploy/grafana.json', import.meta.url), 'utf8')) as Dashboard;
const queried = dashboard.panels.filter(({ type }) => type !== 'row');

function registry() {
  const all = createRegistry({ version: '0', roles: [] });
  const roles = [BroadcasterMetrics, OrchestratorMetrics, TranscoderMetrics, GrpcMetrics];
  for (const Metrics of [...roles, BroadcasterPaymentMetrics, OrchestratorPaymentMetrics]) new Metrics(all);
  return all;
}

/** The names that samples may have, by that of their metric. */
async function sampleNames(): Promise<Map<string, string>> {
  const types = (await registry().metrics()).matchAll(/^# TYPE (\S+) (\w+)$/gm);
  const names = [...types].flatMap(([, name = '', type]) =>
    (type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']).map((suffix) => [name + suffix, name] as const),
  );
  return new Map(names);
}

function namesIn(expression: string): string[] {
  return expression.match(/\b(?:millrace|process|nodejs)_[a-z0-9_]+/g) ?? [];
}

describe('the Grafana dashboard', () => {
  it('asks for nothing that no node has', async () => {
    const known = await sampleNames();
    const asked = queried.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => namesIn(expr)));
    expect(asked.length).toBeGreaterThan(30);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  it('shows every metric of ours', async () => {
    const known = await sampleNames();
    const asked = queried.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => namesIn(expr)));
    const shown = new Set(asked.map((name) => known.get(name)));
    const ours = [...new Set(known.values())].filter((name) => name.startsWith('millrace_'));
    expect(ours.length).toBeGreaterThan(30);
    expect(ours.filter((name) => !shown.has(name))).toEqual([]);
  });

  it('asks for rates of counters, and never of gauges', async () => {
    const known = await sampleNames();
    const text = await registry().metrics();
    for (const { targets = [] } of queried) {
      for (const { expr } of targets) {
        for (const name of namesIn(expr)) {
          const type = new RegExp(`^# TYPE ${known.get(name) ?? name} (\\w+)$`, 'm').exec(text)?.[1];
          expect([name, new RegExp(`(rate|increase)\\(${name}\\b`).test(expr)]).toEqual([name, type !== 'gauge']);
        }
      }
    }
  });

  it('takes its data from the source that is chosen in it', () => {
    const variable = dashboard.templating.list.find(({ type }) => type === 'datasource');
    expect(variable).toMatchObject({ name: 'datasource', query: 'prometheus' });
    const sources = queried.flatMap(({ datasource, targets = [] }) => [
      datasource,
      ...targets.map((t) => t.datasource),
    ]);
    expect(new Set(sources.map((source) => source?.uid))).toEqual(new Set(['${datasource}']));
  });

  it('has panels that do not lie on each other', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });
});
