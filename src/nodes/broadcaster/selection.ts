import type { GetOfferResponse } from '../../rpc/generated/millrace/v1/orchestrator.js';
import { isWithin, type Price, type VideoCodec } from '../../rpc/order.js';

/** An orchestrator that could be asked to take a job on. */
export interface Candidate {
  /** `host:port` */
  address: string;
  /** The average time it takes to answer, in milliseconds. Undefined: it has not been asked yet. */
  latencyMs: number | undefined;
  /** What it last said about itself. Undefined: it has not been asked yet, and may be able to do anything. */
  offer: Offer | undefined;
  /** Whether it has failed lately. */
  isSuspended: boolean;
}

/** What of an offer matters for the choice. A price that is absent is nothing. */
export type Offer = Pick<GetOfferResponse, 'price' | 'freePixelsPerSecond' | 'freeSessions' | 'decoders' | 'encoders'>;

/** What a job needs of an orchestrator. */
export interface Needs {
  /** The source's codec, such as `h264`. Empty: not known, so that any will do. */
  decoder: string;
  /** What the renditions are encoded in. */
  encoders: readonly VideoCodec[];
  /** Pixels per second of all renditions together. */
  pixelsPerSecond: number;
  /** The most that is paid. Undefined: anything. */
  maxPrice: Price | undefined;
  /** Addresses that are not to be chosen, as they were tried already. */
  excluded: ReadonlySet<string>;
}

/** How orchestrators are chosen. */
export interface SelectionOptions {
  /** The share of choices, 0 to 1, in which another one than the best goes first, so that all become known. */
  exploration: number;
  /** Numbers from 0 up to but not including 1, as of `Math.random`. */
  random: () => number;
}

/**
 * The orchestrators that may get a job, in the order in which to ask them.
 *
 * Those that are known to be unable, too dear, or tried already are left out. First come those with free capacity, the
 * one with the best {@link scoreOf} first, then those that nothing is known of in a random order; then those that are
 * full; those that are suspended come last. Now and then (`exploration`) the first place goes to another one with free
 * capacity: to one that nothing is known of, if there is any.
 */
export function chooseOrchestrators(
  candidates: readonly Candidate[],
  needs: Needs,
  { exploration, random }: SelectionOptions,
): readonly Candidate[] {
  const eligible = candidates.filter((candidate) => isEligible(candidate, needs));
  const dearest = Math.max(0, ...eligible.map(({ offer }) => weiPerPixel(offer?.price)));
  const suspended = eligible.filter(({ isSuspended }) => isSuspended);
  const healthy = eligible.filter(({ isSuspended }) => !isSuspended);
  const [known, unknown] = split(
    healthy.filter((candidate) => hasRoom(candidate, needs)),
    isKnown,
  );
  const free = [...byScore(known, dearest), ...shuffled(unknown, random)];
  const full = healthy.filter((candidate) => !hasRoom(candidate, needs));
  return [
    ...(random() < exploration ? explored(free, random) : free),
    ...byScore(full, dearest),
    ...byScore(suspended, dearest),
  ];
}

/**
 * The less, the better: the time to answer, taken as up to twice as long by the share that the price has of the
 * dearest one's.
 *
 * @param dearest wei per pixel of the dearest one in the choice
 * @returns Infinity when it has never answered
 */
export function scoreOf({ latencyMs, offer }: Candidate, dearest: number): number {
  const share = dearest === 0 ? 0 : weiPerPixel(offer?.price) / dearest;
  return (latencyMs ?? Infinity) * (1 + share);
}

function isEligible({ address, offer }: Candidate, needs: Needs): boolean {
  if (needs.excluded.has(address)) return false;
  if (offer === undefined) return true;
  return mayBeCapable(offer, needs) && isAffordable(offer, needs);
}

/** Whether it asks for no more than is paid; an offer without a price is for nothing. */
export function isAffordable({ price }: Pick<Offer, 'price'>, { maxPrice }: Pick<Needs, 'maxPrice'>): boolean {
  if (price === undefined) return true;
  return isPrice(price) && (maxPrice === undefined || isWithin(price, maxPrice));
}

/** Whether it may have the codecs: one that lists nothing had no transcoder when it was asked, and may have one by now. */
export function mayBeCapable(
  { decoders, encoders }: Pick<Offer, 'decoders' | 'encoders'>,
  needs: Pick<Needs, 'decoder' | 'encoders'>,
): boolean {
  if (needs.decoder !== '' && decoders.length > 0 && !decoders.includes(needs.decoder)) return false;
  return encoders.length === 0 || needs.encoders.every((encoder) => encoders.includes(encoder));
}

function isPrice({ wei, pixels }: Price): boolean {
  return Number.isSafeInteger(wei) && wei >= 0 && Number.isSafeInteger(pixels) && pixels > 0;
}

/** For ranking only, as it is rounded. */
function weiPerPixel(price: Price | undefined): number {
  return price === undefined ? 0 : price.wei / price.pixels;
}

function hasRoom({ offer }: Candidate, { pixelsPerSecond }: Needs): boolean {
  return offer === undefined || (offer.freeSessions > 0 && offer.freePixelsPerSecond >= pixelsPerSecond);
}

function isKnown({ latencyMs, offer }: Candidate): boolean {
  return latencyMs !== undefined && offer !== undefined;
}

function split<Item>(items: readonly Item[], test: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function byScore(candidates: readonly Candidate[], dearest: number): Candidate[] {
  const scored = candidates.map((candidate) => ({ candidate, score: scoreOf(candidate, dearest) }));
  // Not by their difference, which is NaN for two that have never answered.
  scored.sort((one, other) => (one.score === other.score ? 0 : one.score < other.score ? -1 : 1));
  return scored.map(({ candidate }) => candidate);
}

/** Another one than the first goes first. */
function explored(free: readonly Candidate[], random: () => number): readonly Candidate[] {
  const others = free.slice(1);
  const unknown = others.filter((candidate) => !isKnown(candidate));
  const chosen = pick(unknown.length > 0 ? unknown : others, random);
  return chosen === undefined ? free : [chosen, ...free.filter((candidate) => candidate !== chosen)];
}

function pick<Item>(items: readonly Item[], random: () => number): Item | undefined {
  return items[Math.floor(random() * items.length)];
}

/** Fisher and Yates's, so that broadcasters that know equally little do not all ask the same one first. */
function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  const rest = [...items];
  const result: Item[] = [];
  while (rest.length > 0) result.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return result;
}
