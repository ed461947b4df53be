import { loadAddon } from '../addon.js';

/** What this machine can decode, scale and encode on. */
export interface DeviceReport {
  /** Empty on a machine without a usable GPU. */
  gpus: GpuReport[];
  /** Why no GPU can be used, e.g. that there is no driver. Absent: one can. */
  gpuProblem?: string;
  cpu: {
    cores: number;
    /** Codecs with a software decoder, e.g. `h264`, `hevc`, `av1`. */
    decodes: string[];
    /** Codecs with a software encoder. */
    encodes: string[];
  };
  ffmpeg: {
    version: string;
    /** The licence that the build is under, as FFmpeg itself says. */
    license: string;
  };
}

/** One GPU and what its units can do, as its driver says. */
export interface GpuReport {
  /** The N of `accel: 'nvidia:N'`. */
  index: number;
  name: string;
  /** Its memory. 0: the driver does not say. */
  memoryBytes: number;
  /** Codecs with a hardware decoder, e.g. `h264`, `hevc`, `av1`. */
  decodes: string[];
  /** Whether frames can be scaled in device memory. */
  scales: boolean;
  /** Codecs with a hardware encoder. Empty: a GPU without an encoder unit, as data-centre models are. */
  encodes: string[];
}

/**
 * Asks the GPUs' driver, which can take a second the first time; nothing blocks meanwhile. A machine without a GPU is
 * an answer (`gpus: []` and a `gpuProblem`), not an error.
 *
 * @throws {TranscodeError} `ADDON_UNAVAILABLE` when the native part of Millrace cannot be loaded.
 *
 * @example
 * const { gpus, gpuProblem } = await devices();
 */
export async function devices(): Promise<DeviceReport> {
  return loadAddon().reportDevices();
}
