import { PaymentError } from './payment-error.js';
import { maxUint256 } from './uint256.js';

/** What the face value of a payment ticket depends on; all in wei. */
export interface FaceValueTerms {
  /** What one ticket is to be worth on average. */
  expectedValueWei: bigint;
  /** What redeeming one costs: gas times its price. */
  redeemCostWei: bigint;
  /** The most that the sender's reserve covers. */
  maxFloatWei: bigint;
  /** The recipient's own limit. Absent: none. */
  maxFaceValueWei?: bigint | undefined;
}

/**
 * What a winning ticket pays, in wei: a hundred times what its redemption costs, as far as the sender can pay that.
 * Throws a {@link PaymentError} SENDER_RESERVE_INSUFFICIENT when too little of it is left to be worth a redemption.
 */
export function faceValueOf(terms: FaceValueTerms): bigint {
  const { expectedValueWei, redeemCostWei, maxFloatWei, maxFaceValueWei = maxUint256 } = terms;
  const wanted = 100n * redeemCostWei < expectedValueWei ? 100n * expectedValueWei : 100n * redeemCostWei;
  const faceValueWei = [wanted, maxFloatWei, maxFaceValueWei].reduce((least, each) => (each < least ? each : least));
  if (faceValueWei < expectedValueWei || faceValueWei < redeemCostWei || faceValueWei === 0n) {
    throw new PaymentError(
      'SENDER_RESERVE_INSUFFICIENT',
      `insufficient sender reserve: ${faceValueWei} wei per winning ticket are covered, and redeeming one costs ` +
        `${redeemCostWei} wei. The broadcaster must add to its reserve.`,
    );
  }
  return faceValueWei;
}

/** The probability with which a ticket of this face value must win to be worth so much on average. */
export function winProbabilityOf(expectedValueWei: bigint, faceValueWei: bigint): bigint {
  const probability = expectedValueWei * ((maxUint256 + faceValueWei - 1n) / faceValueWei);
  // Rounding up carries one that always wins beyond certainty.
  return probability > maxUint256 ? maxUint256 : probability;
}
