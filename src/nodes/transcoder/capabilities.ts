import type { VideoCodec } from '../../rpc/order.js';
import type { DeviceReport, GpuReport } from '../../transcoder/devices.js';
import type { Accel } from '../../transcoder/options.js';
import { wireCoding, type EngineCoding } from '../coding.js';

/** What a transcoder can do, as it tells its orchestrator. */
export interface Capabilities {
  decoders: string[];
  encoders: VideoCodec[];
  /** For people: `cpu`, or the names of the GPUs. */
  devices: string[];
}

/**
 * What attempts are spread over. The engine takes `nvidia` for the first GPU; here it stands for every one that encodes,
 * and for itself when there is none, so that jobs say why they fail.
 */
export function spreadOver(report: DeviceReport, accels: readonly Accel[]): readonly Accel[] {
  const encoding = report.gpus.filter(({ encodes }) => encodes.length > 0);
  if (encoding.length === 0) return accels;
  return accels.flatMap((accel) =>
    accel === 'nvidia' ? encoding.map(({ index }) => `nvidia:${index}` as const) : accel,
  );
}

/** What the machine's report amounts to, with the devices that the operator allows. */
export function capabilitiesOf(report: DeviceReport, accels: readonly Accel[]): Capabilities {
  const gpus = report.gpus.filter(({ index }) =>
    accels.some((accel) => accel === 'auto' || accel === 'nvidia' || accel === `nvidia:${index}`),
  );
  const onCpu = accels.some((accel) => accel === 'none' || accel === 'auto');
  const made = [...(onCpu ? cpuCodings(report) : []), ...gpus.flatMap(gpuCodings)];
  return {
    decoders: report.cpu.decodes,
    encoders: [...new Set(made.map(wireCoding))],
    devices: gpus.length > 0 ? gpus.map(({ name }) => name) : ['cpu'],
  };
}

/** x265 and SVT-AV1 do both depths. */
function cpuCodings({ cpu: { encodes } }: DeviceReport): EngineCoding[] {
  return [
    ...codingsOf('h264', encodes, [8]),
    ...codingsOf('hevc', encodes, [8, 10]),
    ...codingsOf('av1', encodes, [8, 10]),
  ];
}

/** Every card that encodes AV1 does so with 10 bits. The first that encoded HEVC did not, and the report does not tell. */
function gpuCodings({ encodes }: GpuReport): EngineCoding[] {
  return [
    ...codingsOf('h264', encodes, [8]),
    ...codingsOf('hevc', encodes, [8]),
    ...codingsOf('av1', encodes, [8, 10]),
  ];
}

function codingsOf(
  codec: EngineCoding['codec'],
  encodes: readonly string[],
  depths: readonly EngineCoding['bitDepth'][],
): EngineCoding[] {
  return encodes.includes(codec) ? depths.map((bitDepth) => ({ codec, bitDepth })) : [];
}
