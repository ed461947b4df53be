import { setTimeout as sleep } from 'node:timers/promises';

/** One publisher as nginx knows it. */
export interface NginxPublisher {
  application: string;
  name: string;
  /** nginx's number for the connection, as its hooks tell it. */
  clientId: string;
}

/**
 * nginx-rtmp's control module, as `rtmp_control all` puts it at a URL. It does not decode what it is asked, so a name
 * goes there as it is, and one that a query cannot carry is left out: the connection's number says whom to drop.
 */
export class NginxControl {
  readonly #dropUrl: string;
  readonly #headers: Record<string, string>;

  /** @param url of the `rtmp_control` location, e.g. `http://127.0.0.1:8080/control`; user info becomes a header. */
  constructor(url: string | URL) {
    const base = new URL(url);
    const { username, password } = base;
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    this.#headers = username === '' ? {} : { Authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
    this.#dropUrl = `${base.origin}${base.pathname.replace(/\/$/, '')}/drop/publisher`;
  }

  /**
   * Breaks a publisher off. One that nginx is only just letting in is not there yet for the control module, so it is
   * looked for again and again until `lastLookMs`, in milliseconds of `performance.now()`.
   *
   * @throws an error that tells nothing of the URL when nginx does not answer as it should, and the signal's reason.
   */
  async drop(publisher: NginxPublisher, lastLookMs: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const dropped = await this.#ask(publisher, signal);
      if (dropped > 0 || performance.now() >= lastLookMs) return;
      await sleep(50, undefined, { signal });
    }
  }

  async #ask({ application, name, clientId }: NginxPublisher, signal: AbortSignal): Promise<number> {
    const query = Object.entries({ app: application, name, clientid: clientId })
      .filter(([, value]) => /^[\w.~!$'()*+,;:@/-]+$/.test(value))
      .map(([key, value]) => `${key}=${value}`);
    const url = `${this.#dropUrl}?${query.join('&')}`;
    const response = await fetch(url, { headers: this.#headers, redirect: 'manual', signal });
    const body = await response.text();
    if (!response.ok) throw new Error(`it answered with status ${response.status}`);
    if (!/^\d{1,9}$/.test(body)) throw new Error('it did not answer as a control module does');
    return Number(body);
  }
}
