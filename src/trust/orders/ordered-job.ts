import { isDeepStrictEqual } from 'node:util';

import type { Bytes32 } from '../keys/signature.js';

import { noCommitment, type OrderedProfile, type OrderedRendition, type Ticket } from './ticket.js';
import { commitUrl } from './url-commitment.js';

/** What an attempt is to do, in clear, as it goes to the orchestrator beside the ticket. A secret: it holds the URLs. */
export interface OrderedJob {
  jobId: string;
  attempt: number;
  sourceUrl: string;
  /** In the order of the ladder. */
  renditions: readonly {
    name: string;
    publishUrl: string;
    /** Absent: none is named, or whoever asks does not know it. */
    playUrl?: string;
    profile: OrderedProfile;
  }[];
}

/** What else a ticket says. */
export type TicketTerms = Pick<
  Ticket,
  'broadcaster' | 'orchestrator' | 'price' | 'notBefore' | 'notAfter' | 'windowMs'
>;

/** Where a ticket and the job that came with it differ. */
export type Departure = 'job' | 'source' | 'renditions' | 'publish' | 'play' | 'profile';

/** The ticket of a job. `salt` is 32 random bytes, new for every ticket, which the orchestrator is told too. */
export function ticketFor(job: OrderedJob, terms: TicketTerms, salt: Bytes32): Ticket {
  return {
    jobId: job.jobId,
    attempt: job.attempt,
    source: commitUrl(salt, 'source', job.sourceUrl),
    renditions: job.renditions.map((rendition) => renditionFor(rendition, salt)),
    ...terms,
  };
}

/** The first thing that the job has otherwise than the ticket. Absent: the ticket orders this job. */
export function departureFrom(ticket: Ticket, job: OrderedJob, salt: Bytes32): Departure | undefined {
  if (ticket.jobId !== job.jobId || ticket.attempt !== job.attempt) return 'job';
  if (ticket.source !== commitUrl(salt, 'source', job.sourceUrl)) return 'source';
  if (ticket.renditions.length !== job.renditions.length) return 'renditions';
  for (const [index, ordered] of ticket.renditions.entries()) {
    const asked = job.renditions[index];
    if (asked?.name !== ordered.name) return 'renditions';
    const { publish, play, profile } = renditionFor(asked, salt);
    if (ordered.publish !== publish) return 'publish';
    if (asked.playUrl !== undefined && ordered.play !== play) return 'play';
    if (!isDeepStrictEqual(ordered.profile, profile)) return 'profile';
  }
  return undefined;
}

function renditionFor({ name, publishUrl, playUrl, profile }: OrderedJob['renditions'][number], salt: Bytes32) {
  return {
    name,
    publish: commitUrl(salt, `publish:${name}`, publishUrl),
    play: playUrl === undefined ? noCommitment : commitUrl(salt, `play:${name}`, playUrl),
    profile: { ...profile },
  } satisfies OrderedRendition;
}
