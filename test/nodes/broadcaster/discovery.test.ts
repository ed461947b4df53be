import { expect, test } from 'vitest';

import { orchestratorList, parseOrchestratorAddress } from '../../../src/nodes/broadcaster/discovery.js';
import { StaticOrchestrators } from '../../../src/nodes/broadcaster/static-orchestrators.js';

test.each([
  ['127.0.0.1:8935', '127.0.0.1:8935'],
  [' Orchestrator.Example:08935 ', 'orchestrator.example:8935'],
  ['https://orchestrator.example:8935', 'orchestrator.example:8935'],
  ['https://orchestrator.example:443/', 'orchestrator.example:443'],
  ['[::1]:8935', '[::1]:8935'],
])('%j is the address %s.', (text, address) => {
  expect(parseOrchestratorAddress(text)).toBe(address);
});

test.each([
  '',
  'orchestrator.example',
  'https://orchestrator.example',
  'http://orchestrator.example:8935',
  'https://u:p@orchestrator.example:8935',
  'orchestrator.example:8935/path',
  'orchestrator.example:0',
  'orchestrator.example:65536',
  '::1:8935',
  '[::1:8935',
  '[:::]:8935',
  '999.1.1.1:8935',
  'a b:1',
])('%j is no address.', (text) => {
  expect(parseOrchestratorAddress(text)).toBeUndefined();
});

test('A list has each address once, and says which entries were left out, without showing them.', () => {
  const list = orchestratorList([
    'a:1',
    { address: 'https://A:1', score: 1 },
    'u:s3cret@b:1',
    7,
    null,
    { address: 'b:2' },
  ]);

  expect(list.addresses).toEqual(['a:1', 'b:2']);
  expect(list.faults).toHaveLength(3);
  expect(list.faults[0]).toBe("Entry 3 is no orchestrator's host:port.");
});

test('The addresses of the option are taken, repeated or with commas between them.', async () => {
  await using source = new StaticOrchestrators(['a:1, b:2', 'c:3', 'a:1']);
  await source.start();

  expect(source.addresses()).toEqual(['a:1', 'b:2', 'c:3']);
  expect(() => new StaticOrchestrators('a:1,b')).toThrow(/^--orch-addr takes host:port.* Entry 2 /);
});
