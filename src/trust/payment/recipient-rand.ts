import { createHmac } from 'node:crypto';

import { keccak } from '../keys/keccak.js';
import type { PaymentParameters } from './payment.js';
import { auxiliaryData } from './payment-ticket.js';
import { numberOf, uint256Bytes } from './uint256.js';

/**
 * The recipient's half of the draw, worked out again from the parameters that come back with a payment, so that the
 * recipient need not remember those it gave: if anything in them was changed, another number comes out.
 *
 * Livepeer joins the numbers at their shortest, which lets bytes move from one to the next (from the expiration into
 * the price, say) without a change of the result. Nobody but the recipient ever works this out, so here they are 32
 * bytes each.
 *
 * @param secret 32 bytes that the recipient never gives away
 * @param sender 20 bytes
 */
export function recipientRandOf(
  secret: Uint8Array,
  sender: Uint8Array,
  parameters: Omit<PaymentParameters, 'recipient' | 'recipientRandHash'>,
): bigint {
  const { seed, faceValueWei, winProbability, expirationBlock, price } = parameters;
  const hmac = createHmac('sha256', secret).update(uint256Bytes(seed)).update(sender);
  for (const number of [faceValueWei, winProbability, expirationBlock, price.wei, price.pixels]) {
    hmac.update(uint256Bytes(number));
  }
  return numberOf(hmac.update(auxiliaryData(parameters)).digest());
}

/** What the sender is shown of the recipient's half of the draw: 32 bytes. */
export function hashOfRecipientRand(recipientRand: bigint): Uint8Array {
  return keccak(uint256Bytes(recipientRand));
}
