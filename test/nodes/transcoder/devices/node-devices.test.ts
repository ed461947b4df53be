import { Registry } from 'prom-client';
import { describe, expect, test, vi } from 'vitest';

import { NodeDevices } from '../../../../src/nodes/transcoder/devices/node-devices.js';
import type { DevicePlace } from '../../../../src/nodes/transcoder/devices/device-place.js';
import type { ForwardedEvent } from '../../../../src/nodes/transcoder/worker-messages.js';
import { DeviceMetrics } from '../../../../src/observe/device-metrics.js';
import type { Accel, DeviceStatus, GpuReport } from '../../../../src/index.js';
import { silentLog } from '../../silent-log.js';

const minute = 60_000;
const ladder = { pixelsPerSecond: 1000, renditions: 2 };

function gpu(index: number): GpuReport {
  return { index, name: `GPU ${index}`, memoryBytes: 0, decodes: ['h264'], scales: true, encodes: ['h264'] };
}

/** A transcoder's GPUs 0 and 1, its clock, and what its driver says of them. */
function machine(accel: Accel, gpus = [gpu(0), gpu(1)]) {
  const clock = { nowMs: 0 };
  const registry = new Registry();
  const onServiceChanged = vi.fn();
  const statuses: DeviceStatus[] = [];
  const devices = new NodeDevices({
    ...{ accel, gpus, log: silentLog, metrics: new DeviceMetrics(registry), onServiceChanged },
    status: () => Promise.resolve(statuses),
    now: () => clock.nowMs,
  });
  const metric = async (name: string) => {
    const lines = (await registry.metrics()).split('\n');
    return lines
      .filter((line) => line.startsWith(`millrace_transcoder_device_${name}{`))
      .map((line) => line.slice(line.indexOf('{')));
  };
  return { clock, devices, onServiceChanged, statuses, metric };
}

function started(place: string, encodes = [place, place]): ForwardedEvent {
  return {
    type: 'started',
    source: { container: 'mpegts', live: true },
    renditions: encodes.map((encode, index) => ({
      ...{ name: `${index}`, decode: place, scale: place, encode, container: 'mpegts', audio: 'none' },
    })),
    timestampBaseUs: 0,
  };
}

const warning = (code: string): ForwardedEvent => ({ type: 'warning', code, message: '' });

function fail(place: DevicePlace): void {
  place.ended('DEVICE_LOST');
}

describe('Jobs are put', () => {
  test('on the cards in turn, with the others to fall back on.', () => {
    const { devices } = machine('nvidia:all');
    expect([1, 2, 3].map(() => devices.place(ladder).accel)).toEqual(['nvidia:0,1', 'nvidia:1,0', 'nvidia:0,1']);
  });

  test('on those alone that the operator names.', () => {
    const { devices } = machine('nvidia:1');
    expect([1, 2].map(() => devices.place(ladder).accel)).toEqual(['nvidia:1', 'nvidia:1']);
  });

  test('where one has ended.', () => {
    const { devices } = machine('nvidia');
    const [first] = [devices.place(ladder), devices.place(ladder)];
    first.ended();
    expect(devices.place(ladder).accel).toBe('nvidia:0,1');
  });

  test('by where the others really are.', () => {
    const { devices } = machine('auto');
    devices.place(ladder).heard(started('nvidia:1'));
    expect(devices.place(ladder).accel).toBe('auto:0,1');
  });

  test('nowhere in particular on a machine without cards: the engine says what is missing.', () => {
    expect(machine('nvidia:3').devices.place(ladder).accel).toBe('nvidia:3');
    expect(machine('auto', []).devices.place(ladder).accel).toBe('auto');
    expect(machine('none').devices.place(ladder).accel).toBe('none');
  });
});

describe('A card whose driver refuses an encoder', () => {
  test('gets no more than were open, until some end.', () => {
    const { devices } = machine('nvidia');
    const first = devices.place(ladder);
    first.heard(started('nvidia:0'));
    const second = devices.place(ladder);
    // The other card has a job twice as large, so that by load the next would go to the first.
    const large = devices.place({ pixelsPerSecond: 5000, renditions: 2 });
    second.heard(started('nvidia:1'));
    large.heard(started('nvidia:1'));
    first.heard(warning('DEVICE_SESSIONS_EXHAUSTED'));
    expect(devices.place(ladder).accel).toBe('nvidia:1,0');
    first.ended();
    expect(devices.place(ladder).accel).toBe('nvidia:0,1');
  });

  test('is known to have what was open when the refused job had started, its own included.', async () => {
    const { devices, metric } = machine('nvidia:0');
    const place = devices.place({ pixelsPerSecond: 1000, renditions: 3 });
    place.heard(warning('DEVICE_SESSIONS_EXHAUSTED'));
    place.heard(started('nvidia:0', ['nvidia:0', 'nvidia:0', 'cpu']));
    expect(await metric('encoder_sessions_limit')).toEqual(['{device="nvidia:0"} 2']);
    expect(await metric('own_encoder_sessions')).toEqual(['{device="nvidia:0"} 2']);
  });

  test('allows what others have open, when the refused job got none.', async () => {
    const { devices, metric } = machine('nvidia:0');
    devices.place(ladder).heard(started('nvidia:0'));
    devices.place(ladder).ended('DEVICE_SESSIONS_EXHAUSTED');
    expect(await metric('encoder_sessions_limit')).toEqual(['{device="nvidia:0"} 2']);
  });

  test('is not taken out for it.', () => {
    const { devices } = machine('nvidia:0');
    for (let job = 0; job < 5; job += 1) devices.place(ladder).ended('DEVICE_SESSIONS_EXHAUSTED');
    expect(devices.inService).toEqual([0]);
  });

  test('gets jobs again after a time, as others may have left.', () => {
    const { clock, devices } = machine('nvidia');
    devices.place(ladder).ended('DEVICE_SESSIONS_EXHAUSTED');
    expect(devices.place(ladder).accel).toBe('nvidia:1,0');
    clock.nowMs += 10 * minute;
    expect(devices.place(ladder).accel).toBe('nvidia:0,1');
  });

  test('has encoders of other programs counted, where the driver counts them.', async () => {
    const { clock, devices, statuses, metric } = machine('nvidia');
    statuses.push({ index: 0, name: 'GPU 0', uuid: '', encoderSessions: 8 });
    await metric('encoder_sessions');
    devices.place(ladder).ended('DEVICE_SESSIONS_EXHAUSTED');
    expect(await metric('encoder_sessions_limit')).toEqual(['{device="nvidia:0"} 8']);
    // Six of them leave.
    statuses[0] = { index: 0, name: 'GPU 0', uuid: '', encoderSessions: 2 };
    clock.nowMs += minute;
    await metric('encoder_sessions');
    expect(devices.place(ladder).accel).toBe('nvidia:0,1');
  });
});

describe('A card that fails', () => {
  test('three times is taken out, and gets no job.', () => {
    const { devices, onServiceChanged } = machine('nvidia');
    const places = [1, 2, 3].map(() => devices.place(ladder));
    for (const place of places) place.heard(started('nvidia:0'));
    for (const place of places) fail(place);
    expect(devices.inService).toEqual([1]);
    expect(onServiceChanged).toHaveBeenCalledOnce();
    expect(devices.place(ladder).accel).toBe('nvidia:1');
  });

  test.for(['DEVICE_LOST', 'DEVICE_FAILED', 'DEVICE_OUT_OF_MEMORY', 'DEVICE_UNAVAILABLE'])(
    'may do so with %s.',
    (code) => {
      const { devices } = machine('nvidia:0');
      for (let job = 0; job < 3; job += 1) devices.place(ladder).ended(code);
      expect(devices.inService).toEqual([]);
    },
  );

  test('under jobs that go on elsewhere counts as failed, once for each.', () => {
    const { devices } = machine('auto:0');
    const place = devices.place(ladder);
    for (let rendition = 0; rendition < 5; rendition += 1) place.heard(warning('DEVICE_LEFT'));
    expect(devices.inService).toEqual([0]);
    for (const other of [devices.place(ladder), devices.place(ladder)]) other.heard(warning('DEVICE_LEFT'));
    expect(devices.inService).toEqual([]);
  });

  test('by a call that hangs counts as well.', () => {
    const { devices } = machine('nvidia:0');
    for (let job = 0; job < 3; job += 1) devices.place(ladder).hung();
    expect(devices.inService).toEqual([]);
  });

  test('is not blamed for jobs that fail for another reason, or are on the CPU.', () => {
    const { devices } = machine('auto:0');
    for (let job = 0; job < 5; job += 1) devices.place(ladder).ended('NOT_FOUND');
    for (let job = 0; job < 5; job += 1) {
      const place = devices.place(ladder);
      place.heard(started('cpu'));
      place.hung();
    }
    expect(devices.inService).toEqual([0]);
  });

  test('leaves jobs to the CPU where no card is insisted on, and none where one is.', () => {
    const [auto, nvidia] = [machine('auto:0').devices, machine('nvidia:0').devices];
    for (const devices of [auto, nvidia]) for (let job = 0; job < 3; job += 1) fail(devices.place(ladder));
    expect(auto.takesJobs).toBe(true);
    expect(auto.place(ladder).accel).toBe('none');
    expect(nvidia.takesJobs).toBe(false);
  });

  test('is tried by one job a minute later, which has the others to fall back on, and is back when that works.', () => {
    const { clock, devices, onServiceChanged } = machine('nvidia');
    for (const place of [1, 2, 3, 4, 5].map(() => devices.place(ladder)).filter(({ accel }) => accel === 'nvidia:0,1'))
      fail(place);
    clock.nowMs += minute;
    const trial = devices.place(ladder);
    expect(trial.accel).toBe('nvidia:0,1');
    expect(devices.place(ladder).accel).toBe('nvidia:1');
    trial.heard(started('nvidia:0'));
    trial.heard({ type: 'renditionFinished', name: '0' });
    expect(devices.inService).toEqual([0, 1]);
    expect(onServiceChanged).toHaveBeenCalledTimes(2);
  });

  test('and fails the job that tries it stays out for twice as long.', () => {
    const { clock, devices } = machine('nvidia:0');
    for (let job = 0; job < 3; job += 1) fail(devices.place(ladder));
    clock.nowMs += minute;
    fail(devices.place(ladder));
    clock.nowMs += 2 * minute - 1;
    expect(devices.takesJobs).toBe(false);
    clock.nowMs += 1;
    expect(devices.takesJobs).toBe(true);
  });
});

describe('Workers warm up', () => {
  test('on the card that the next job is likely to have.', () => {
    const { devices } = machine('nvidia');
    expect(devices.warmOn()).toBe('auto:0');
    devices.place(ladder);
    expect(devices.warmOn()).toBe('auto:1');
  });

  test('on none that is taken out.', () => {
    const { devices } = machine('nvidia:0');
    for (let job = 0; job < 3; job += 1) fail(devices.place(ladder));
    expect(devices.warmOn()).toBe('none');
  });

  test('on what the operator allows where there is no card.', () => {
    expect(machine('none').devices.warmOn()).toBe('none');
    expect(machine('auto', []).devices.warmOn()).toBe('auto');
  });
});

describe('Metrics', () => {
  test('say what a card has to do, whether it is in service, and what it failed for.', async () => {
    const { devices, metric } = machine('nvidia:0');
    devices.place(ladder).heard(started('nvidia:0'));
    expect(await metric('busy_pixels_per_second')).toEqual(['{device="nvidia:0"} 1000']);
    expect(await metric('in_service')).toEqual(['{device="nvidia:0"} 1']);
    for (let job = 0; job < 3; job += 1) fail(devices.place(ladder));
    expect(await metric('in_service')).toEqual(['{device="nvidia:0"} 0']);
    expect(await metric('failures_total')).toEqual(['{device="nvidia:0",code="DEVICE_LOST"} 3']);
  });

  test('say what the driver says, of the cards that are used, and nothing of what it does not know.', async () => {
    const { statuses, metric } = machine('nvidia:0');
    for (const index of [0, 1])
      statuses.push({ index, name: '', uuid: '', encoderPercent: 25, temperatureCelsius: 61 });
    expect(await metric('encoder_utilization_ratio')).toEqual(['{device="nvidia:0"} 0.25']);
    expect(await metric('temperature_celsius')).toEqual(['{device="nvidia:0"} 61']);
    expect(await metric('memory_used_bytes')).toEqual([]);
  });
});
