/** Where B learns which orchestrators there are. Started once, and disposed of by whoever made it. */
export interface OrchestratorSource extends AsyncDisposable {
  /** The orchestrators known at the moment, each `host:port` once, in the source's order. */
  addresses(): readonly string[];

  /**
   * Calls `listener` whenever the list has become another one.
   *
   * @returns ends that
   */
  onChange(listener: OrchestratorListener): () => void;

  /**
   * Learns the list for the first time, and follows it from then on.
   *
   * @throws what makes the source useless as it was configured
   */
  start(): Promise<void>;
}

/** Called with the new list. */
export type OrchestratorListener = (addresses: readonly string[]) => void;

/** Called with a full sentence for the operator, when something is wrong that need not be the end. */
export type WarningListener = (sentence: string) => void;

/** A list of orchestrators, and what of it could not be understood. */
export interface OrchestratorList {
  /** Each `host:port` once. */
  addresses: readonly string[];
  /** A sentence for each entry that was left out, up to five. */
  faults: readonly string[];
}

const maxFaults = 5;

/**
 * An orchestrator's address: `host:port`, `[IPv6]:port`, or either as an `https` URL without a path, as Livepeer has
 * it.
 *
 * @returns it as `host:port`; undefined when it is none
 */
export function parseOrchestratorAddress(text: string): string | undefined {
  const match = /^(?:https:\/\/)?([a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\]):(\d{1,5})\/?$/i.exec(text.trim());
  const [, host = '', port = ''] = match ?? [];
  const isPort = Number(port) >= 1 && Number(port) <= 65_535;
  return isPort && URL.canParse(`https://${host}:${port}`) ? `${host.toLowerCase()}:${Number(port)}` : undefined;
}

/** Takes what may be addresses, or objects with an `address` as Livepeer's webhooks have them. */
export function orchestratorList(entries: readonly unknown[]): OrchestratorList {
  const addresses = new Set<string>();
  const faults: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const text = addressText(entry);
    const address = text === undefined ? undefined : parseOrchestratorAddress(text);
    if (address !== undefined) addresses.add(address);
    else if (faults.length < maxFaults) faults.push(`Entry ${index + 1} is no orchestrator's host:port.`);
  }
  return { addresses: [...addresses], faults };
}

function addressText(entry: unknown): string | undefined {
  if (typeof entry === 'string') return entry;
  const isObject = typeof entry === 'object' && entry !== null && 'address' in entry;
  return isObject && typeof entry.address === 'string' ? entry.address : undefined;
}

/**
 * Reads a JSON list of orchestrators.
 *
 * @throws SyntaxError with a predicate for a sentence, when it is none
 */
export function parseOrchestratorJson(json: string): OrchestratorList {
  let entries: unknown;
  try {
    entries = JSON.parse(json);
  } catch {
    throw new SyntaxError('is not JSON');
  }
  if (!Array.isArray(entries)) throw new SyntaxError('is not a JSON list');
  return orchestratorList(entries as unknown[]);
}
