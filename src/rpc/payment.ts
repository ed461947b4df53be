import { z } from 'zod';

import { attemptNumber, bytes, uint256, uint32, word } from './fields.js';
import type { GetPaymentParametersRequest } from './generated/millrace/v1/orchestrator.js';
import type {
  Payment as WirePayment,
  PaymentAnswer,
  PaymentDue,
  PaymentParameters as WirePaymentParameters,
} from './generated/millrace/v1/payment.js';
import { price, type Price } from './order.js';

export type { PaymentAnswer, PaymentDue, WirePayment, WirePaymentParameters };

/** Parameters with all that every message must have there. */
export type ValidPaymentParameters = WirePaymentParameters & { price: Price };
/** A payment likewise. */
export type ValidPayment = WirePayment & { parameters: ValidPaymentParameters };

/** What parameters must have to be looked at. */
export const paymentParameters: z.ZodType<ValidPaymentParameters> = z.object({
  recipient: bytes(20),
  faceValueWei: uint256,
  winProbability: uint256,
  recipientRandHash: bytes(32),
  seed: uint256,
  expirationBlock: uint256,
  creationRound: uint256,
  creationRoundBlockHash: bytes(32),
  price,
});

/** What a payment must have to be looked at; whether it counts is another question. */
export const payment: z.ZodType<ValidPayment> = z.object({
  sender: bytes(20),
  parameters: paymentParameters,
  tickets: z
    .array(z.object({ senderNonce: uint32, signature: bytes(65) }))
    .min(1)
    .max(100),
});

export const parametersRequest: z.ZodType<GetPaymentParametersRequest> = z.object({
  sender: bytes(20),
  ticketValueWei: uint256,
});

export const paymentAnswer: z.ZodType<PaymentAnswer> = z.object({ accepted: uint32, refused: uint32, code: word });

export const paymentDue: z.ZodType<PaymentDue> = z.object({ attempt: attemptNumber, neededWei: uint256 });
