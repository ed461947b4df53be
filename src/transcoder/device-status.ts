import { loadAddon } from '../addon.js';

/** How one GPU is at the moment, all programs that use it together. What its driver does not say is absent. */
export interface DeviceStatus {
  /** The N of `accel: 'nvidia:N'`. */
  index: number;
  name: string;
  /** The driver's own name for the card, `GPU-…`: the same wherever it is put. */
  uuid: string;
  memoryUsedBytes?: number;
  memoryTotalBytes?: number;
  /** How much of the last moments, 0 to 100, its cores were at work; likewise its encoders and decoders. */
  computePercent?: number;
  encoderPercent?: number;
  decoderPercent?: number;
  /** Encoders that are open. */
  encoderSessions?: number;
  temperatureCelsius?: number;
}

/**
 * Asks NVIDIA's management library how every GPU is, which takes some tens of milliseconds; nothing blocks meanwhile, and
 * no encoder is opened for it. Empty on a machine without a GPU or without that library.
 *
 * @throws {TranscodeError} `ADDON_UNAVAILABLE` when the native part of Millrace cannot be loaded.
 *
 * @example
 * for (const { index, encoderSessions } of await deviceStatus()) console.log(index, encoderSessions);
 */
export async function deviceStatus(): Promise<DeviceStatus[]> {
  return loadAddon().deviceStatus();
}
