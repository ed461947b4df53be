import type { ValidPayment, ValidPaymentParameters, WirePayment, WirePaymentParameters } from '../rpc/payment.js';
import type { Payment, PaymentParameters } from '../trust/payment/payment.js';
import { numberOf } from '../trust/payment/uint256.js';

/** A payment as it travels. */
export function wirePayment({ sender, parameters, tickets }: Payment): WirePayment {
  return { sender, parameters: wireParameters(parameters), tickets: [...tickets] };
}

/** The payment that was sent, unchecked. */
export function paymentOf({ sender, parameters, tickets }: ValidPayment): Payment {
  return { sender, parameters: parametersOf(parameters), tickets };
}

/** Parameters as they travel. */
export function wireParameters({ price, ...parameters }: PaymentParameters): WirePaymentParameters {
  return {
    recipient: parameters.recipient,
    faceValueWei: numberBytes(parameters.faceValueWei),
    winProbability: numberBytes(parameters.winProbability),
    recipientRandHash: parameters.recipientRandHash,
    seed: numberBytes(parameters.seed),
    expirationBlock: numberBytes(parameters.expirationBlock),
    creationRound: numberBytes(parameters.creationRound),
    creationRoundBlockHash: parameters.creationRoundBlockHash,
    price: { wei: Number(price.wei), pixels: Number(price.pixels) },
  };
}

/** The parameters that were sent, unchecked. */
export function parametersOf({ price, ...wire }: ValidPaymentParameters): PaymentParameters {
  return {
    recipient: wire.recipient,
    faceValueWei: numberOf(wire.faceValueWei),
    winProbability: numberOf(wire.winProbability),
    recipientRandHash: wire.recipientRandHash,
    seed: numberOf(wire.seed),
    expirationBlock: numberOf(wire.expirationBlock),
    creationRound: numberOf(wire.creationRound),
    creationRoundBlockHash: wire.creationRoundBlockHash,
    price: { wei: BigInt(price.wei), pixels: BigInt(price.pixels) },
  };
}

/** A number, big-endian and at its shortest. */
export function numberBytes(value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array();
  const digits = value.toString(16);
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
}
