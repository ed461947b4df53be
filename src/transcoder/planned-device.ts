import type { RenditionPlan } from './events.js';

/** The GPU that a job is at: it has one at most. Absent: it is on the CPU alone. */
export function deviceOf(plans: readonly RenditionPlan[]): number | undefined {
  for (const { decode, scale, encode } of plans)
    for (const place of [encode, scale, decode]) {
      const number = /^nvidia:(\d+)$/.exec(place ?? '')?.[1];
      if (number !== undefined) return Number(number);
    }
  return undefined;
}

/** How many of the renditions have an encoder of that GPU. */
export function encodersOn(device: number, plans: readonly RenditionPlan[]): number {
  return plans.filter(({ encode }) => encode === `nvidia:${device}`).length;
}
