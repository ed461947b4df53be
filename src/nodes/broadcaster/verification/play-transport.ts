/**
 * How a medium comes. `stored`: what was delivered can be fetched later. `live`: only what comes now is there, all of it.
 * `lossy`: likewise, and bytes may have been lost or damaged on the way, by nobody's fault.
 */
export type Transport = 'stored' | 'live' | 'lossy';

const transports: Readonly<Record<string, Transport>> = {
  http: 'stored',
  https: 'stored',
  rtmp: 'live',
  rtmps: 'live',
  srt: 'lossy',
  rtsp: 'lossy',
  rtsps: 'lossy',
};

/** By the URL's scheme. Nothing: one that is not fetched, a file of this machine for instance. */
export function transportOf(url: string): Transport | undefined {
  const scheme = /^([a-z]+):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(transports, scheme) ? transports[scheme] : undefined;
}

/** Whether it is a playlist, by its name: whoever follows one late finds that parts of it are gone. */
export function isPlaylist(url: string): boolean {
  return /^[^?#]*\.m3u8?([?#]|$)/i.test(url);
}

/** What is fetched for a verification. */
export const fetchedSchemes = ['http', 'https', 'rtmp', 'rtmps', 'srt', 'rtsp', 'rtsps'] as const;
