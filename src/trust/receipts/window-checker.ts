import type { EssenceWindow } from '../../transcoder/essence.js';
import type { Ticket } from '../orders/ticket.js';

import { renditionWindow, sourceWindow } from './receipt.js';
import { codecFault, pixelFault, placeWindow, tracksFault, type LastWindow, type WindowFault } from './window-fault.js';

/** The next window of a medium, and where the last one lies. */
interface Lane {
  next: number;
  last: LastWindow | undefined;
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
    const { index, tracks } = window;
    if (index !== this.#source.next) return undefined;
    const medium = 'the source';
    const placed = placeWindow(medium, window, tracks, this.#source.last, this.#ticket.windowMs);
    if ('fault' in placed) return placed.fault;
    const fault = tracksFault(`Window ${index} of ${medium}`, sourceWindow(window), tracks);
    if (fault !== undefined) return fault;
    this.#source.next++;
    this.#source.last = placed.last;
    return undefined;
  }

  /** The same of a rendition's window. */
  checkRendition(name: string, window: EssenceWindow): WindowFault | undefined {
    const { renditions, windowMs } = this.#ticket;
    const { index, tracks } = window;
    const profile = renditions.find((rendition) => rendition.name === name)?.profile;
    const { next, last } = this.#renditions.get(name) ?? { next: 0, last: undefined };
    if (profile === undefined || index !== next) return undefined;
    const placed = placeWindow(name, window, tracks, last, windowMs);
    if ('fault' in placed) return placed.fault;
    const stated = renditionWindow(name, window);
    const fault =
      pixelFault(stated, profile, windowMs) ?? tracksFault(name, stated, tracks) ?? codecFault(name, tracks, profile);
    if (fault !== undefined) return fault;
    this.#renditions.set(name, { next: next + 1, last: placed.last });
    return undefined;
  }
}
