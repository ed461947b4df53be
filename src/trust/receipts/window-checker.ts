import type { EssenceWindow } from '../../transcoder/essence.js';
import type { Ticket } from '../orders/ticket.js';

import { renditionWindow, sourceWindow } from './receipt.js';
import { codecFault, pixelFault, timeFault, tracksFault, type WindowFault, type WindowSpan } from './window-fault.js';

/** The next window of a medium, and where the last one lies. */
interface Lane {
  next: number;
  last: WindowSpan | undefined;
}

/**
 * Looks at the windows of one attempt before an orchestrator signs for them, by what a broadcaster refuses receipts for. A
 * window that is not the next of its medium is left to who makes the receipts.
 */
export class WindowChecker {
  readonly #ticket: Ticket;
  readonly #source: Lane = { next: 0, last: undefined };
  readonly #renditions = new Map<string, Lane>();

  constructor(ticket: Ticket) {
    this.#ticket = ticket;
  }

  /** What is wrong with a window of the source. Absent: nothing, and the next follows it. */
  checkSource(window: EssenceWindow): WindowFault | undefined {
    if (window.index !== this.#source.next) return undefined;
    const medium = 'the source';
    const fault =
      timeFault(medium, window, this.#source.last, this.#ticket.windowMs) ??
      tracksFault(`Window ${window.index} of ${medium}`, sourceWindow(window), window.tracks);
    if (fault === undefined) follow(this.#source, window);
    return fault;
  }

  /** The same of a rendition's window. */
  checkRendition(name: string, window: EssenceWindow): WindowFault | undefined {
    const { renditions, windowMs } = this.#ticket;
    const profile = renditions.find((rendition) => rendition.name === name)?.profile;
    const lane = this.#renditions.get(name) ?? { next: 0, last: undefined };
    if (profile === undefined || window.index !== lane.next) return undefined;
    const stated = renditionWindow(name, window);
    const fault =
      timeFault(name, window, lane.last, windowMs) ??
      pixelFault(stated, profile, windowMs) ??
      tracksFault(name, stated, window.tracks) ??
      codecFault(name, window.tracks, profile);
    if (fault !== undefined) return fault;
    follow(lane, window);
    this.#renditions.set(name, lane);
    return undefined;
  }
}

function follow(lane: Lane, { index, startTimestampUs, endTimestampUs }: EssenceWindow): void {
  lane.next = index + 1;
  lane.last = { startTimestampUs, endTimestampUs };
}
