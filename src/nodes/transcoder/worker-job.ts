import type { Profile as WireProfile, ValidOrder } from '../../rpc/order.js';
import type { Accel, EncoderProfile, NetworkPolicy, Profile } from '../../transcoder/options.js';
import { engineCoding } from '../coding.js';
import { longestSourceMs } from '../longest-source.js';
import type { WorkerJob } from './worker-messages.js';

/** What every attempt of a transcoder has in common. */
export interface MediaOptions {
  /** What attempts may run on. */
  accel: Accel;
  network: NetworkPolicy;
  /** PEM file with the authorities to trust for sources and outputs. Absent: the system's. */
  caFile?: string;
  /** What players have to come before a stream begins, where the server keeps nothing for them. 0 to 1,000. */
  playerHeadStartMs: number;
}

/** The order as a job for the engine. */
export function workerJob(order: ValidOrder, accel: Accel, media: MediaOptions, progressIntervalMs: number): WorkerJob {
  const tls = media.caFile === undefined ? {} : { tls: { caFile: media.caFile } };
  return {
    input: { url: order.source.url, ...(catchesUp(order) && { pace: 'readAhead' as const }), ...tls },
    renditions: order.renditions.map(({ name, profile, outputUrl }) => ({
      name,
      profile: engineProfile(profile),
      output: {
        url: outputUrl,
        // A later attempt has its players already.
        ...(order.resumeAtUs === undefined && keepsNothing(outputUrl) && { holdStartMs: media.playerHeadStartMs }),
        ...tls,
      },
    })),
    accel,
    network: media.network,
    progressIntervalMs,
    // For players that come later still.
    earlyKeyframes: order.renditions.some(({ outputUrl }) => keepsNothing(outputUrl)),
    logLevel: 'error',
    ...(order.windowMs > 0 && { essence: { windowMs: order.windowMs } }),
    ...(order.durationMs > 0 && { clip: { to: longestSourceMs(order.durationMs) / 1000 } }),
    ...(order.timestampBaseUs !== undefined && { timestampBaseUs: order.timestampBaseUs }),
    ...(order.resumeAtUs !== undefined && { resumeAtUs: order.resumeAtUs }),
  };
}

/** Servers of these send a player what comes from then on, and nothing older. */
function keepsNothing(outputUrl: string): boolean {
  return /^(rtmps?|srt):/i.test(outputUrl);
}

/** Whether the source is a segment that has to be read anew from its start, as fast as it comes: that is no live pace. */
function catchesUp({ source, durationMs, resumeAtUs }: ValidOrder): boolean {
  return durationMs > 0 && resumeAtUs !== undefined && /^https?:/i.test(source.url);
}

function engineProfile(profile: WireProfile): Profile {
  return {
    ...(profile.width > 0 && { width: profile.width }),
    ...(profile.height > 0 && { height: profile.height }),
    ...(profile.fpsNumerator > 0 && { fps: [profile.fpsNumerator, profile.fpsDenominator] }),
    bitrate: profile.bitrateBps,
    ...engineCoding(profile.codec),
    ...(profile.encoderProfile !== '' && { encoderProfile: profile.encoderProfile as EncoderProfile }),
    gop: profile.gopMs === 0 ? 'intra' : profile.gopMs / 1000,
  };
}
