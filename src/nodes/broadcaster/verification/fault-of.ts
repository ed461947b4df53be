import { FaultClass, type Fault } from '../../../rpc/attempt-event.js';
import { longestText } from '../../../rpc/fields.js';
import { nodeFault } from '../../fault.js';
import type { Verification } from './verification.js';

/**
 * What ends an attempt of which a window failed; and those of other jobs at the same orchestrator, for which it is a window
 * `ofAnotherJob`.
 */
export function faultOf(
  { rendition, window, findings: [first] }: Verification,
  { ofAnotherJob }: { ofAnotherJob: boolean },
): Fault {
  const which = window === undefined ? 'A window' : `Window ${window}`;
  const medium = rendition === undefined ? 'the source' : `rendition ${rendition}`;
  const whose = ofAnotherJob ? 'This orchestrator was found to cheat in another job: ' : '';
  const sentence = `${whose}${which} of ${medium} is not what it should be. ${first?.message ?? ''}`;
  return nodeFault(FaultClass.FAULT_CLASS_ORCHESTRATOR, 'VERIFICATION_FAILED', sentence.trim().slice(0, longestText));
}
