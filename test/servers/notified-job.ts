import { EventEmitter, once } from 'node:events';
import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';

/** A line of `application/x-ndjson`. */
export interface EventLine {
  event: string;
  attempt?: number;
  orchestrator?: string;
  transcoder?: string;
  rendition?: string;
  urls?: string[];
  fault?: FaultLine;
  cause?: FaultLine;
  progress?: { renditions: { framesDropped: number; lastTimestampUs?: number }[] };
}

/** What went wrong, in an {@link EventLine}. */
export interface FaultLine {
  class: string;
  code: string;
}

export interface NotifiedJobOptions {
  /** Every event as a line, or the plain URLs. Default: every event. */
  as?: 'events' | 'urls';
  method?: 'POST' | 'DELETE';
  /** The authority to trust, for HTTPS. */
  ca?: Buffer;
  onSaid?: (text: string) => void;
}

/** A media server's request to a broadcaster, and what comes back for as long as the job lasts. */
export class NotifiedJob implements Disposable {
  readonly #request: ClientRequest;
  readonly #response: Promise<IncomingMessage>;
  readonly #ended: Promise<'complete' | 'aborted'>;
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #body = '';
  #over = false;

  constructor(url: string, configuration: object | undefined, options: NotifiedJobOptions = {}) {
    const { as = 'events', method = 'POST', ca, onSaid = () => undefined } = options;
    const headers = {
      ...(configuration && { 'livepeer-transcode-configuration': JSON.stringify(configuration) }),
      ...(as === 'events' && { accept: 'application/x-ndjson' }),
    };
    const settings = { method, headers, agent: false as const };
    this.#request = url.startsWith('https:')
      ? requestHttps(url, { ...settings, ...(ca && { ca }) })
      : requestHttp(url, settings);
    this.#response = once(this.#request, 'response').then(([response]) => response as IncomingMessage);
    this.#ended = this.#response.then(async (response) => {
      response.setEncoding('utf8').on('data', (text: string) => {
        this.#body += text;
        onSaid(text);
        this.#changes.emit('change');
      });
      response.on('error', () => undefined);
      await new Promise((resolve) => response.once('close', resolve));
      this.#over = true;
      this.#changes.emit('change');
      return response.complete ? 'complete' : 'aborted';
    });
    this.#ended.catch(() => undefined);
    this.#request.on('error', () => undefined);
    this.#request.end();
  }

  /** Resolves with the status when the response begins. */
  async status(): Promise<number> {
    return (await this.#response).statusCode ?? 0;
  }

  async header(name: string): Promise<string | undefined> {
    const value = (await this.#response).headers[name];
    return Array.isArray(value) ? value.join() : value;
  }

  /** What has come so far. */
  get body(): string {
    return this.#body;
  }

  /** The events so far, but for the figures. */
  get events(): EventLine[] {
    return this.#all().filter(({ event }) => event !== 'progress');
  }

  /** The names of the events so far. */
  get story(): string[] {
    return this.events.map(({ event }) => event);
  }

  /** Resolves with the n-th event of this name, the first by default. */
  async event(name: string, n = 1): Promise<EventLine> {
    for (;;) {
      const found = this.#all().filter(({ event }) => event === name)[n - 1];
      if (found !== undefined) return found;
      if (this.#over) throw new Error(`The job has ended without ${name}:\n${this.#body}`);
      await once(this.#changes, 'change');
    }
  }

  /** How far into the stream's time an attempt has come, as far as was told. */
  reportedMs(attempt: number): number {
    const reports = this.#all().filter((line) => line.attempt === attempt);
    const renditions = reports.flatMap(({ progress }) => progress?.renditions ?? []);
    return Math.max(...renditions.map(({ lastTimestampUs = -Infinity }) => lastTimestampUs / 1000));
  }

  /** Resolves when every rendition has delivered so much of the stream's time. */
  async delivered(timestampMs: number): Promise<void> {
    const reached = ({ progress }: EventLine) =>
      progress?.renditions.every(({ lastTimestampUs = 0 }) => lastTimestampUs >= timestampMs * 1000) ?? false;
    while (!this.#all().some(reached)) {
      if (this.#over) throw new Error(`The job has ended before:\n${this.#body}`);
      await once(this.#changes, 'change');
    }
  }

  /** Resolves when at least so many lines have come, with all of them. */
  async lines(count: number): Promise<string[]> {
    for (;;) {
      const lines = this.#body.split('\n').slice(0, -1);
      if (lines.length >= count) return lines;
      if (this.#over) throw new Error(`The response has ended:\n${this.#body}`);
      await once(this.#changes, 'change');
    }
  }

  /** Resolves when the response is over: properly, or broken off. */
  async ended(): Promise<'complete' | 'aborted'> {
    return this.#ended;
  }

  /** Hangs up. */
  [Symbol.dispose](): void {
    this.#request.destroy();
  }

  #all(): EventLine[] {
    const lines = this.#body.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as EventLine);
  }
}
