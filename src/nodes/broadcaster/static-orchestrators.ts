import { misuse } from '../../transcoder/error.js';

import { orchestratorList, type OrchestratorSource } from './discovery.js';

/** The orchestrators of `--orch-addr`, which never change. */
export class StaticOrchestrators implements OrchestratorSource {
  readonly #addresses: readonly string[];

  /**
   * @param option every `--orch-addr`: addresses with commas between them, or several of those
   * @throws TranscodeError `OPTIONS_INVALID`, with a sentence that names the option
   */
  constructor(option: string | readonly string[]) {
    const entries = (typeof option === 'string' ? [option] : option).flatMap((text) => text.split(','));
    const { addresses, faults } = orchestratorList(entries);
    if (faults[0] !== undefined) {
      throw misuse(`--orch-addr takes host:port, several with commas between them. ${faults.join(' ')}`);
    }
    this.#addresses = Object.freeze([...addresses]);
  }

  addresses(): readonly string[] {
    return this.#addresses;
  }

  onChange(): () => void {
    return () => undefined;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
