import { VideoCodec } from '../../rpc/order.js';
import type { DeviceReport } from '../../transcoder/devices.js';
import type { Accel } from '../../transcoder/options.js';

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
  const encodes = new Set([...(onCpu ? report.cpu.encodes : []), ...gpus.flatMap((gpu) => gpu.encodes)]);
  const encoders: VideoCodec[] = [];
  if (encodes.has('h264')) encoders.push(VideoCodec.VIDEO_CODEC_H264);
  if (encodes.has('hevc')) encoders.push(VideoCodec.VIDEO_CODEC_HEVC);
  return {
    decoders: report.cpu.decodes,
    encoders,
    devices: gpus.length > 0 ? gpus.map(({ name }) => name) : ['cpu'],
  };
}
