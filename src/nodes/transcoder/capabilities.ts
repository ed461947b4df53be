import type { VideoCodec } from '../../rpc/order.js';
import type { DeviceReport, GpuReport } from '../../transcoder/devices.js';
import { wireCoding, type EngineCoding } from '../coding.js';

/** What a transcoder can do, as it tells its orchestrator. */
export interface Capabilities {
  decoders: string[];
  encoders: VideoCodec[];
  /** For people: `cpu`, or the names of the GPUs. */
  devices: string[];
}

/** What the CPU and these GPUs can do together: what a GPU has no unit for, the CPU does for it. */
export function capabilitiesOf({ cpu }: DeviceReport, gpus: readonly GpuReport[]): Capabilities {
  const made = [...cpuCodings(cpu.encodes), ...gpus.flatMap(({ encodes }) => gpuCodings(encodes))];
  return {
    decoders: [...new Set([...cpu.decodes, ...gpus.flatMap(({ decodes }) => decodes)])],
    encoders: [...new Set(made.map(wireCoding))],
    devices: gpus.length > 0 ? gpus.map(({ name }) => name) : ['cpu'],
  };
}

/** x265 and SVT-AV1 do both depths. */
function cpuCodings(encodes: readonly string[]): EngineCoding[] {
  return [
    ...codingsOf('h264', encodes, [8]),
    ...codingsOf('hevc', encodes, [8, 10]),
    ...codingsOf('av1', encodes, [8, 10]),
  ];
}

/** Every card that encodes AV1 does so with 10 bits. The first that encoded HEVC did not, and the report does not tell. */
function gpuCodings(encodes: readonly string[]): EngineCoding[] {
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
