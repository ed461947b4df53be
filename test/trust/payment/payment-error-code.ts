import { PaymentError, type PaymentErrorCode } from '../../../src/trust/payment/payment-error.js';

/** The code of the payment error that the action throws. Absent: it throws none. Other errors are not caught. */
export function codeOf(action: () => unknown): PaymentErrorCode | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof PaymentError) return error.code;
    throw error;
  }
}
