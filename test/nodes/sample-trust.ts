import { JobEvidence } from '../../src/nodes/broadcaster/job-evidence.js';
import type { AttemptEvidence } from '../../src/nodes/broadcaster/attempt-evidence.js';
import type { ValidOrder } from '../../src/rpc/order.js';
import { Signer } from '../../src/trust/keys/signer.js';
import { defaultDomain } from '../../src/trust/typed-data/domain.js';

/** Keys that are anybody's. */
export const sampleSigners = {
  broadcaster: new Signer(`0x${'b1'.repeat(32)}`),
  orchestrator: new Signer(`0x${'a1'.repeat(32)}`),
};

/** What an orchestrator of a test signs with. */
export const orchestratorTrust = { signer: sampleSigners.orchestrator, domain: defaultDomain };

/** What a broadcaster of a test signs with. */
export const broadcasterTrust = { signer: sampleSigners.broadcaster, domain: defaultDomain, windowMs: 2000 };

/** An order as the broadcaster of a test makes it out to the orchestrator of a test. */
export function signed(order: ValidOrder): AttemptEvidence {
  const price = { wei: 1, pixels: 1 };
  return new JobEvidence(broadcasterTrust).sign(order, { orchestrator: sampleSigners.orchestrator.address, price }, []);
}
