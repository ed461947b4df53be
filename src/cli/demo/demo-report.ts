import { failureText } from '../failure-text.js';
import { duration, latency } from '../figures.js';
import { inkFor, printable } from '../ink.js';
import { renditionLine, renditionTable } from '../rendition-table.js';
import { Screen } from '../screen.js';

import { ReceiptTotals } from './receipt-totals.js';
import { LadderTotals } from './ladder-totals.js';
import type { NotifiedEvent } from './notified-job.js';

const out = process.stdout;
const talk = process.stderr;
const lineEveryMs = 5000;

/** What the demo shows of the network: a live table on a terminal, lines elsewhere, or the events as JSON. */
export class DemoReport {
  readonly #json: boolean;
  readonly #screen: Screen | undefined;
  readonly #totals: LadderTotals;
  readonly #receipts = new ReceiptTotals();
  #startedAtMs: number | undefined;
  #linedAtMs = 0;
  #transcoder = 'no transcoder';
  #failovers = 0;
  #closed = false;
  #verifying: string | undefined;

  constructor({ json, ladder }: { json: boolean; ladder: readonly string[] }) {
    this.#json = json;
    this.#totals = new LadderTotals(ladder);
    if (!json && talk.isTTY) this.#screen = new Screen(talk);
  }

  /** Where the streams can be seen, and the receipts for them be had. */
  published(streams: readonly { name: string; rtmp: string; flv: string }[], receipts: string): void {
    if (this.#json) {
      this.#line({ event: 'published', streams, receipts });
      return;
    }
    const rendition = streams.at(-1);
    this.#verifying = `millrace verify ${receipts} -r ${rendition?.name ?? ''}=${rendition?.rtmp ?? ''} --seconds 10`;
    const urls = streams.map(({ name, flv, rtmp }) => `  ${name.padEnd(8)}${flv}   ${rtmp}`);
    this.#say(`Open one of these in a player, for instance with ffplay -fflags nobuffer URL:\n${urls.join('\n')}`);
    this.#say(`Check the receipts for it, while it runs: ${this.#verifying}`);
  }

  transcoder(name: string, is: 'gone' | 'back'): void {
    if (this.#json) this.#line({ event: `transcoder-${is}`, transcoder: name });
    else this.#say(is === 'gone' ? `Transcoder ${name} is gone.` : `Transcoder ${name} is back.`);
  }

  event(event: NotifiedEvent): void {
    if (this.#json) this.#line(event);
    switch (event.event) {
      case 'accepted':
        this.#startedAtMs ??= performance.now();
        this.#transcoder = event.transcoder;
        this.#talk(`Attempt ${event.attempt} is at transcoder ${printable(event.transcoder)}.`);
        break;
      case 'first-frame':
        this.#talk(`${event.rendition}: first byte sent ${latency(event.sinceNotificationMs)} after the notification.`);
        break;
      case 'progress':
        this.#totals.report(event.attempt, event.progress.renditions, performance.now());
        this.#show();
        break;
      case 'receipt':
        this.#receipts.take(event.receipt.message);
        break;
      case 'verification':
        this.#receipts.judge(event.outcome);
        this.#talk(`Window ${event.window} of ${event.rendition}, as the media server has it: ${event.outcome}.`);
        break;
      case 'warning':
        this.#talk(`warning: ${printable(event.message)} (${event.code})`);
        break;
      case 'failover':
        this.#failovers += 1;
        this.#talk(`Attempt ${event.attempt} is lost: ${printable(event.cause.message)} Another takes over.`);
        break;
      case 'rendition-failed':
        this.#talk(`${event.rendition} failed: ${printable(event.fault.message)} (${event.fault.code})`);
        break;
      case 'failed':
        this.#talk(`The job failed: ${printable(event.fault.message)} (${event.fault.code})`);
        break;
      case 'urls':
      case 'started':
      case 'rendition-finished':
      case 'finished':
      case 'cancelled':
        break;
    }
  }

  failed(error: unknown): void {
    if (this.#screen) this.#screen.print(failureText(error, talk));
    else talk.write(failureText(error, talk));
  }

  /** The last word: what was delivered in all. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#screen?.close();
    if (!this.#json && this.#startedAtMs !== undefined) talk.write(this.#summary(this.#startedAtMs));
  }

  #summary(startedAtMs: number): string {
    const lines = this.#totals.renditions.map(({ name, framesOut, framesDropped, latency: measured }) => {
      const loss = framesDropped === 0 ? 'nothing dropped' : `dropped ${framesDropped} frames`;
      const figures = `latency ${latency(measured?.p50Ms)} median, ${latency(measured?.p99Ms)} p99`;
      return `  ${printable(name).padEnd(8)}${framesOut} frames, ${figures}, ${loss}`;
    });
    const verifying = this.#verifying === undefined ? '' : `  While it runs, this checks them: ${this.#verifying}\n`;
    const time = duration(performance.now() - startedAtMs);
    return `Transcoded for ${time}, with ${this.#failovers} ${this.#failovers === 1 ? 'failover' : 'failovers'}:\n${lines.join('\n')}\n  ${this.#receipts.summary}\n${verifying}`;
  }

  #show(): void {
    const { renditions } = this.#totals;
    const nowMs = performance.now();
    if (this.#screen) {
      const look = { width: this.#screen.width - 1, ink: inkFor(talk) };
      const heading = `${duration(nowMs - (this.#startedAtMs ?? nowMs))}  at ${this.#transcoder}, ${this.#failovers} failovers`;
      this.#screen.draw([heading, ...renditionTable({ renditions }, [], look), this.#receipts.summary]);
    } else if (!this.#json && nowMs - this.#linedAtMs >= lineEveryMs) {
      this.#linedAtMs = nowMs;
      for (const rendition of renditions) talk.write(`${renditionLine(rendition)}\n`);
      talk.write(`${this.#receipts.summary}\n`);
    }
  }

  /** For people; those who read JSON have the event. */
  #talk(text: string): void {
    if (!this.#json) this.#say(text);
  }

  #say(text: string): void {
    if (this.#screen) this.#screen.print(`millrace: ${text}\n`);
    else talk.write(`millrace: ${text}\n`);
  }

  #line(value: object): void {
    out.write(`${JSON.stringify(value)}\n`);
  }
}
