import type { Fault, Progress } from '../../rpc/attempt-event.js';
import type { JobEvent } from './job-events.js';

/** An event as a line of JSON for `application/x-ndjson`; `event` says which, in words joined by dashes. */
export function eventLine({ type, ...fields }: JobEvent): string {
  const event = type.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return `${JSON.stringify({ event, ...Object.fromEntries(Object.entries(fields).map(shown)) })}\n`;
}

function shown([name, value]: [string, unknown]): [string, unknown] {
  switch (name) {
    case 'fault':
    case 'cause':
      return [name, faultBody(value as Fault)];
    case 'progress':
      return [name, progressBody(value as Progress)];
    default:
      return [name, value];
  }
}

function faultBody({ class: faultClass, code, stage, message, url }: Fault) {
  return { class: word(faultClass, 'FAULT_CLASS_'), code, stage, message, ...(url !== '' && { url }) };
}

function progressBody({ renditions, ...progress }: Progress) {
  return {
    ...progress,
    renditions: renditions.map(({ state, latency, ...rendition }) => ({
      ...rendition,
      state: word(state, 'RENDITION_STATE_'),
      ...(latency && { latency: { p50Ms: latency.p50Ms, p99Ms: latency.p99Ms, maxMs: latency.maxMs } }),
    })),
  };
}

function word(value: string, prefix: string): string {
  return value.replace(prefix, '').toLowerCase();
}
