/** The parts of the network's benchmark, in the order in which they run. */
export const networkParts = [
  'open',
  'first-byte',
  'latency',
  'kill',
  'freeze',
  'assignments',
  'memory',
  'receipts',
  'day',
] as const;
export type NetworkPart = (typeof networkParts)[number];
