import type { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';

import { BroadcasterMetrics } from '../../src/observe/broadcaster-metrics.js';
import { GrpcMetrics } from '../../src/observe/grpc-metrics.js';
import { createRegistry } from '../../src/observe/metrics.js';
import { OrchestratorMetrics } from '../../src/observe/orchestrator-metrics.js';
import { TranscoderMetrics } from '../../src/observe/transcoder-metrics.js';

const everyRole = () => createRegistry({ version: '1.2.3', roles: ['broadcaster', 'orchestrator', 'transcoder'] });

/** The samples of the exposition, by name and labels as they are written there. */
async function samples(registry: Registry): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

describe('a node’s registry', () => {
  it('says which version runs in which roles', async () => {
    const registry = createRegistry({ version: '1.2.3', roles: ['orchestrator', 'transcoder'] });
    expect(await samples(registry)).toMatchObject({
      'millrace_build_info{version="1.2.3",role="orchestrator"}': 1,
      'millrace_build_info{version="1.2.3",role="transcoder"}': 1,
    });
  });

  it('has the process’s own metrics', async () => {
    expect(await samples(everyRole())).toHaveProperty('process_resident_memory_bytes');
  });

  it('is apart from every other', async () => {
    const [one, other] = [everyRole(), everyRole()];
    new BroadcasterMetrics(one).jobStarted();
    new BroadcasterMetrics(other);
    expect(await samples(other)).toMatchObject({ millrace_broadcaster_jobs_started_total: 0 });
  });

  it('takes all roles at once, named by the conventions', () => {
    const registry = everyRole();
    for (const Role of [BroadcasterMetrics, OrchestratorMetrics, TranscoderMetrics, GrpcMetrics]) new Role(registry);
    const ours = registry.getMetricsAsArray().filter(({ name }) => !/^(process|nodejs)_/.test(name));
    for (const { name } of ours) expect(name).toMatch(/^millrace_(build|broadcaster|orchestrator|transcoder|grpc)_/);
    for (const { name } of ours) expect(name).not.toMatch(/_(ms|milliseconds|percent|kb|count|sum|bucket)$/);
  });

  it('has the word total at the end of counters, and of nothing else', async () => {
    const registry = everyRole();
    for (const Role of [BroadcasterMetrics, OrchestratorMetrics, TranscoderMetrics, GrpcMetrics]) new Role(registry);
    const types = (await registry.metrics()).matchAll(/^# TYPE (millrace_\S+) (\w+)$/gm);
    for (const [, name = '', type] of types)
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
  });
});

describe('the broadcaster’s metrics', () => {
  it('count jobs from their beginning to their outcome', async () => {
    const registry = everyRole();
    const metrics = new BroadcasterMetrics(registry);
    for (let job = 0; job < 4; job++) metrics.jobStarted();
    metrics.jobEnded('finished');
    metrics.jobEnded('failed', 'source');
    metrics.jobEnded('cancelled');
    metrics.jobRefused(409);
    expect(await samples(registry)).toMatchObject({
      millrace_broadcaster_jobs_started_total: 4,
      'millrace_broadcaster_jobs_ended_total{outcome="finished",fault_class="none"}': 1,
      'millrace_broadcaster_jobs_ended_total{outcome="failed",fault_class="source"}': 1,
      'millrace_broadcaster_jobs_ended_total{outcome="cancelled",fault_class="none"}': 1,
      millrace_broadcaster_jobs_running: 1,
      'millrace_broadcaster_jobs_refused_total{status="409"}': 1,
    });
  });

  it('count attempts, failovers by cause, and pixels', async () => {
    const registry = everyRole();
    const metrics = new BroadcasterMetrics(registry);
    metrics.attemptStarted();
    metrics.failover('TRANSCODER_SILENT', 'transcoder');
    metrics.pixels(640 * 360);
    metrics.pixels(10);
    expect(await samples(registry)).toMatchObject({
      millrace_broadcaster_attempts_started_total: 1,
      'millrace_broadcaster_failovers_total{cause="TRANSCODER_SILENT",fault_class="transcoder"}': 1,
      millrace_broadcaster_pixels_total: 230_410,
    });
  });

  it('have the time to the first byte and of webhooks in seconds', async () => {
    const registry = everyRole();
    const metrics = new BroadcasterMetrics(registry);
    metrics.firstByte(0.12);
    metrics.webhook('auth', 'ok', 0.02);
    expect(await samples(registry)).toMatchObject({
      'millrace_broadcaster_first_byte_seconds_bucket{le="0.1"}': 0,
      'millrace_broadcaster_first_byte_seconds_bucket{le="0.15"}': 1,
      'millrace_broadcaster_webhook_duration_seconds_sum{kind="auth",outcome="ok"}': 0.02,
    });
  });

  it('have how many orchestrators there are', async () => {
    const registry = everyRole();
    new BroadcasterMetrics(registry).orchestrators(3, 1);
    expect(await samples(registry)).toMatchObject({
      millrace_broadcaster_orchestrators_known: 3,
      millrace_broadcaster_orchestrators_suspended: 1,
    });
  });

  it('do not grow without bound when causes are made up by a peer', async () => {
    const registry = everyRole();
    const metrics = new BroadcasterMetrics(registry);
    for (let n = 0; n < 1000; n++) metrics.failover(`CODE_${n}`, 'transcoder');
    metrics.failover('rtmp://h/live/key?token', 'transcoder');
    const failovers = Object.entries(await samples(registry)).filter(([name]) => name.includes('failovers_total{'));
    expect(failovers.length).toBe(65);
    expect(failovers.reduce((sum, [, value]) => sum + value, 0)).toBe(1001);
  });
});

describe('the orchestrator’s metrics', () => {
  it('have the transcoders, what they can do, and those that were lost', async () => {
    const registry = everyRole();
    const metrics = new OrchestratorMetrics(registry);
    metrics.transcoders(2);
    metrics.capacity({ pixelsPerSecond: 1e8, busyPixelsPerSecond: 1e7, sessions: 8, runningSessions: 1 });
    metrics.transcoderLost('silent');
    expect(await samples(registry)).toMatchObject({
      millrace_orchestrator_transcoders_connected: 2,
      millrace_orchestrator_capacity_pixels_per_second: 1e8,
      millrace_orchestrator_busy_pixels_per_second: 1e7,
      millrace_orchestrator_sessions_limit: 8,
      millrace_orchestrator_sessions_running: 1,
      'millrace_orchestrator_transcoders_lost_total{cause="silent"}': 1,
      'millrace_orchestrator_transcoders_lost_total{cause="drained"}': 0,
    });
  });

  it('follow an order to its end', async () => {
    const registry = everyRole();
    const metrics = new OrchestratorMetrics(registry);
    metrics.assigned(0.004);
    metrics.refused('FULL');
    metrics.attemptEnded('failed', 'output');
    metrics.attemptEnded('finished');
    metrics.failover('WORKER_CRASHED');
    metrics.pixels(5);
    expect(await samples(registry)).toMatchObject({
      millrace_orchestrator_assignment_seconds_count: 1,
      'millrace_orchestrator_refusals_total{reason="FULL"}': 1,
      'millrace_orchestrator_attempts_ended_total{outcome="failed",fault_class="output"}': 1,
      'millrace_orchestrator_attempts_ended_total{outcome="finished",fault_class="none"}': 1,
      'millrace_orchestrator_failovers_total{cause="WORKER_CRASHED"}': 1,
      millrace_orchestrator_pixels_total: 5,
    });
  });
});

describe('the transcoder’s metrics', () => {
  const latency = 'millrace_transcoder_frame_latency_seconds';

  it('add up what is new in each report of frame latencies, in seconds', async () => {
    const registry = everyRole();
    const metrics = new TranscoderMetrics(registry);
    metrics.frameLatency('j/1/a', [
      { upToMs: 8, count: 1 },
      { upToMs: 12, count: 10 },
    ]);
    metrics.frameLatency('j/1/a', [
      { upToMs: 8, count: 1 },
      { upToMs: 12, count: 15 },
      { upToMs: 16, count: 2 },
    ]);
    metrics.frameLatency('j/1/b', [{ upToMs: 12, count: 100 }]);
    const found = await samples(registry);
    expect(found).toMatchObject({
      [`${latency}_bucket{le="0.006"}`]: 0,
      [`${latency}_bucket{le="0.008"}`]: 1,
      [`${latency}_bucket{le="0.012"}`]: 116,
      [`${latency}_bucket{le="0.016"}`]: 118,
      [`${latency}_bucket{le="8.192"}`]: 118,
      [`${latency}_bucket{le="+Inf"}`]: 118,
      [`${latency}_count`]: 118,
    });
    expect(found[`${latency}_sum`]).toBeCloseTo(0.004 + 15 * 0.01 + 2 * 0.014 + 100 * 0.006, 9);
  });

  it('count what took longer than any bound', async () => {
    const registry = everyRole();
    new TranscoderMetrics(registry).frameLatency('j/1/a', [{ upToMs: 12_288, count: 2 }]);
    expect(await samples(registry)).toMatchObject({
      [`${latency}_bucket{le="8.192"}`]: 0,
      [`${latency}_bucket{le="+Inf"}`]: 2,
    });
  });

  it('put a bucket with bounds of its own into the one that surely holds it', async () => {
    const registry = everyRole();
    new TranscoderMetrics(registry).frameLatency('j/1/a', [{ upToMs: 10, count: 1 }]);
    expect(await samples(registry)).toMatchObject({
      [`${latency}_bucket{le="0.008"}`]: 0,
      [`${latency}_bucket{le="0.012"}`]: 1,
    });
  });

  it('never go back: a report that did begins anew', async () => {
    const registry = everyRole();
    const metrics = new TranscoderMetrics(registry);
    metrics.frameLatency('j/1/a', [{ upToMs: 12, count: 10 }]);
    metrics.frameLatency('j/1/a', [{ upToMs: 12, count: 3 }]);
    metrics.frameLatency('j/1/a', [{ upToMs: 12, count: 4 }]);
    metrics.frameLatency('j/1/a', [{ upToMs: 8, count: 5 }]);
    expect(await samples(registry)).toMatchObject({ [`${latency}_count`]: 19 });
  });

  it('keep the counts of an attempt that is forgotten, and begin anew with it', async () => {
    const registry = everyRole();
    const metrics = new TranscoderMetrics(registry);
    metrics.frameLatency('j/1/a', [{ upToMs: 12, count: 10 }]);
    metrics.frameLatency('j/10/a', [{ upToMs: 12, count: 10 }]);
    metrics.forget('j/1');
    metrics.frameLatency('j/1/a', [{ upToMs: 12, count: 10 }]);
    metrics.frameLatency('j/10/a', [{ upToMs: 12, count: 11 }]);
    expect(await samples(registry)).toMatchObject({ [`${latency}_count`]: 31 });
  });

  it('show the pace of all attempts, and of the slowest that is running', async () => {
    const registry = everyRole();
    const metrics = new TranscoderMetrics(registry);
    const lowest = 'millrace_transcoder_real_time_ratio_lowest';
    expect(await samples(registry)).toMatchObject({ [lowest]: 1 });
    metrics.realTimeRatio('j/1', 0.6);
    metrics.realTimeRatio('k/1', 0.99);
    expect(await samples(registry)).toMatchObject({ [lowest]: 0.6, millrace_transcoder_real_time_ratio_count: 2 });
    metrics.forget('j/1');
    expect(await samples(registry)).toMatchObject({ [lowest]: 0.99, millrace_transcoder_real_time_ratio_count: 2 });
  });

  it('have attempts, workers, drops, capacity and the connection', async () => {
    const registry = everyRole();
    const metrics = new TranscoderMetrics(registry);
    metrics.attemptStarted();
    metrics.attemptEnded('failed', 'transcoder');
    metrics.workers({ idle: 1, busy: 2 });
    metrics.workerCrashed();
    metrics.framesDropped(7);
    metrics.capacity({ pixelsPerSecond: 9, busyPixelsPerSecond: 3, sessions: 4, runningSessions: 2 });
    metrics.connected(true);
    expect(await samples(registry)).toMatchObject({
      millrace_transcoder_attempts_started_total: 1,
      'millrace_transcoder_attempts_ended_total{outcome="failed",fault_class="transcoder"}': 1,
      'millrace_transcoder_workers{state="idle"}': 1,
      'millrace_transcoder_workers{state="busy"}': 2,
      millrace_transcoder_worker_crashes_total: 1,
      millrace_transcoder_frames_dropped_total: 7,
      millrace_transcoder_capacity_pixels_per_second: 9,
      millrace_transcoder_sessions_running: 2,
      millrace_transcoder_connected: 1,
    });
    metrics.connected(false);
    expect(await samples(registry)).toMatchObject({ millrace_transcoder_connected: 0 });
  });
});

describe('the gRPC metrics', () => {
  it('count calls by method and status, and the errors among them', async () => {
    const registry = everyRole();
    const metrics = new GrpcMetrics(registry);
    metrics.call('/millrace.v1.OrchestratorService/RunJob', 0);
    metrics.call('RunJob', 14);
    metrics.call('RunJob', 1);
    metrics.call('RunJob', 99);
    const found = await samples(registry);
    expect(found).toMatchObject({
      'millrace_grpc_calls_total{method="RunJob",code="OK"}': 1,
      'millrace_grpc_calls_total{method="RunJob",code="UNAVAILABLE"}': 1,
      'millrace_grpc_calls_total{method="RunJob",code="CANCELLED"}': 1,
      'millrace_grpc_calls_total{method="RunJob",code="UNKNOWN"}': 1,
      'millrace_grpc_errors_total{method="RunJob"}': 2,
    });
  });
});
