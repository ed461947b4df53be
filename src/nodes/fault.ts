import { FaultClass, type Fault } from '../rpc/attempt-event.js';
import { longestText } from '../rpc/fields.js';
import type { PaymentErrorCode } from '../trust/payment/payment-error.js';
import type { ReceiptFaultCode } from '../trust/receipts/receipt-checker.js';
import type { TranscodeError, TranscodeErrorCode } from '../transcoder/error.js';

/** A fault that one of the nodes found, rather than the engine. */
export function nodeFault(faultClass: FaultClass, code: NodeFaultCode, message: string): Fault {
  return { class: faultClass, code, stage: 'node', message, url: '' };
}

/** What the nodes themselves call what went wrong; everything else is a {@link TranscodeErrorCode}. */
export type NodeFaultCode =
  /** The source ended properly, long before the time that was announced for it. */
  | 'SOURCE_ENDED_EARLY'
  /** The process that did the attempt ended by itself. */
  | 'WORKER_CRASHED'
  /** The process that did the attempt does not answer. */
  | 'WORKER_FROZEN'
  /** The transcoder's connection broke, and it did not come back in time. */
  | 'TRANSCODER_LOST'
  /** Nothing was heard from the transcoder for the stall timeout. */
  | 'TRANSCODER_SILENT'
  /** The source goes on, and the transcoder makes nothing of it. */
  | 'TRANSCODER_STALLED'
  /** The transcoder tells of a window that cannot be, or is not what was ordered: nobody signs for it. */
  | 'WINDOW_REFUSED'
  /** The transcoder is about to stop, and hands over what has no end. */
  | 'TRANSCODER_DRAINING'
  /** No orchestrator can be asked: none is known, or none of them answers, is not suspended and asks for what is paid. */
  | 'NO_ORCHESTRATOR'
  /** The orchestrator has no transcoder with room. */
  | 'FULL'
  /** No transcoder has the codecs. */
  | 'INCAPABLE'
  /** It costs more than is paid. */
  | 'TOO_DEAR'
  /** Nobody answered the order in time. */
  | 'TIMED_OUT'
  /** The connection to the orchestrator broke. */
  | 'ORCHESTRATOR_LOST'
  /** The orchestrator does not take the order's ticket. */
  | 'TICKET_REFUSED'
  /** The orchestrator delivers, and sends no receipts. */
  | 'RECEIPTS_MISSING'
  | ReceiptFaultCode
  /** What was delivered is not what was signed for, or does not show what the source shows. */
  | 'VERIFICATION_FAILED'
  /** The orchestrator does not say what payments are to be. */
  | 'PAYMENT_FAILED'
  | PaymentErrorCode
  /** A peer said something that cannot be. */
  | 'PROTOCOL'
  /** Somebody asked for the end. */
  | 'CANCELLED';

/** The engine's error, with whose fault it is. */
export function toFault(error: TranscodeError): Fault {
  return {
    class: classOf(error),
    code: error.code,
    stage: error.stage,
    message: error.message.slice(0, longestText),
    url: error.url?.slice(0, longestText) ?? '',
  };
}

function classOf({ code, stage }: TranscodeError): FaultClass {
  if (code === 'CANCELLED') return FaultClass.FAULT_CLASS_CANCELLED;
  if (transcodersOwn.includes(code)) return FaultClass.FAULT_CLASS_TRANSCODER;
  switch (stage) {
    case 'source':
    case 'decode':
    case 'options': // what one engine does not take, none does
      return FaultClass.FAULT_CLASS_SOURCE;
    case 'sink':
      return FaultClass.FAULT_CLASS_OUTPUT;
    case 'scale':
    case 'encode':
    case 'mux':
    case 'device':
    case 'job':
      return FaultClass.FAULT_CLASS_TRANSCODER;
  }
}

const transcodersOwn: readonly TranscodeErrorCode[] = ['INTERNAL', 'ADDON_UNAVAILABLE', 'DEVICE_UNAVAILABLE'];
