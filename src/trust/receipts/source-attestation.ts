import { z } from 'zod';

import { bytes32, type Bytes32 } from '../keys/signature.js';
import { jobId, uint32 } from '../typed-data/fields.js';
import { TypedMessage, type Signed } from '../typed-data/typed-message.js';

/** A broadcaster's statement that its media server's source has these windows, seen in a copy of its own. */
export interface SourceAttestation {
  jobId: string;
  /** The hash of the ticket of the attempt whose windows these are. */
  ticket: Bytes32;
  /** In ascending order; those that the copy did not hold whole are missing. */
  windows: AttestedWindow[];
}

/** One window of the source. */
export interface AttestedWindow {
  index: number;
  root: Bytes32;
}

const schema: z.ZodType<SourceAttestation> = z.strictObject({
  jobId,
  ticket: bytes32,
  windows: z
    .array(z.strictObject({ index: uint32, root: bytes32 }))
    .min(1)
    .max(1_000_000)
    .refine(
      (list) => list.every(({ index }, at) => at === 0 || index > (list[at - 1]?.index ?? 0)),
      'expected ascending indices',
    ),
});

/** Hashing, signing and checking of source attestations. */
export const attestationMessage = new TypedMessage<SourceAttestation>(
  {
    SourceAttestation: [
      { name: 'jobId', type: 'string' },
      { name: 'ticket', type: 'bytes32' },
      { name: 'windows', type: 'AttestedWindow[]' },
    ],
    AttestedWindow: [
      { name: 'index', type: 'uint32' },
      { name: 'root', type: 'bytes32' },
    ],
  },
  schema,
);

/** An attestation with its broadcaster's signature. */
export type SignedAttestation = Signed<SourceAttestation>;
