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

function renditionFor({ name, publishUrl, playUrl, profile }: OrderedJob['renditions'][number], salt: Bytes32) {
  return {
    name,
    publish: commitUrl(salt, `publish:${name}`, publishUrl),
    play: playUrl === undefined ? noCommitment : commitUrl(salt, `play:${name}`, playUrl),
    profile: { ...profile },
  } satisfies OrderedRendition;
}
