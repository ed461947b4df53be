import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';

/** What a registry is for. */
export interface NodeRegistryOptions {
  /** The version of Millrace. */
  version: string;
  /** What the node does: `broadcaster`, `orchestrator`, `transcoder`. */
  roles: readonly string[];
}

/**
 * The metrics of one node, apart from those of any other in the process: those of the process itself (`process_*`,
 * `nodejs_*`) and `millrace_build_info`, one sample for every role. The metrics of the roles are added by their classes
 * ({@link file://./broadcaster-metrics.ts} and its neighbours), each once.
 */
export function createRegistry({ version, roles }: NodeRegistryOptions): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const info = new Gauge({
    name: 'millrace_build_info',
    help: 'Always 1; the labels say which version of Millrace runs in which role.',
    labelNames: ['version', 'role'],
    registers: [registry],
  });
  for (const role of roles) info.set({ version, role }, 1);
  return registry;
}
