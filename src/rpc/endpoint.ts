/** Where somebody listens. */
export interface Endpoint {
  /** A name or an address; IPv6 without brackets. */
  host: string;
  /** 0 to 65,535. */
  port: number;
}

/** `host:port`, with an IPv6 address in brackets. */
export function authorityOf({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The endpoint written as `host:port` or `[address]:port`; nothing when it is neither. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const [, bracketed, plain, port = ''] = /^(?:\[([0-9a-f:.]+)\]|([^\s:/@[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  return host === undefined || Number(port) > 65_535 ? undefined : { host, port: Number(port) };
}
