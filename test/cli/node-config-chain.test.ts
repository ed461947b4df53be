import { resolve } from 'node:path';

import { describe, expect, test } from 'vitest';

import { readNodeConfig } from '../../src/cli/node-config/read-node-config.js';
import { UsageError } from '../../src/cli/usage-error.js';

const B = ['--broadcaster', '--orch-addr', '10.0.0.1:8935'];
const O = ['--orchestrator', '--orch-secret', 's3cret'];
const url = 'https://user:hunter2@chain.example/v1/key?token=hunter2';
const controller = `0x${'aB'.repeat(20)}`;

const read = (...args: string[]) => readNodeConfig(args, {});

function fault(...args: string[]): string {
  try {
    read(...args);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('Nothing was wrong.');
}

describe('A node', () => {
  test('is offchain unless it is told otherwise', () => {
    expect(read(...B).chain).toBeUndefined();
    expect(read(...O)).not.toHaveProperty('chain');
    expect(read(...O).orchestrator).not.toHaveProperty('ledger');
  });

  test('is on Arbitrum One when only the URL is given', () => {
    expect(read(...B, '--eth-url', url).chain).toEqual({
      ...{ url, chainId: 42_161, controller: '0xd8e8328501e9645d16cf49539efc04f734606ee4', pollMs: 5000 },
    });
  });

  test('is on any chain that is described', () => {
    const chain = ['--eth-url', url, '--eth-chain-id', '1', '--eth-controller', controller, '--eth-poll', '12'];
    expect(read(...O, ...chain).chain).toEqual({
      url,
      chainId: 1,
      controller: controller.toLowerCase(),
      pollMs: 12_000,
    });
  });
});

test('A broadcaster can be told how much it puts at stake', () => {
  const limits = ['--max-ticket-value', '5', '--max-payment-value', '100000000000000000000'];
  expect(read(...B, '--eth-url', url, ...limits).broadcaster?.limits).toEqual({
    ...{ maxTicketValueWei: 5n, maxPaymentValueWei: 10n ** 20n },
  });
});

test('An orchestrator can be told what to ask for, and where to keep it', () => {
  const tickets = ['--ticket-value', '7', '--max-face-value', '8', '--redeem-gas', '350000', '--ledger', 'kept.sqlite'];
  expect(read(...O, '--eth-url', url, ...tickets).orchestrator).toMatchObject({
    ...{ tickets: { ticketValueWei: 7n, maxFaceValueWei: 8n, redeemGas: 350_000n }, ledger: resolve('kept.sqlite') },
  });
});

describe('An orchestrator with a ledger', () => {
  const days = (given: string) => read(...O, '--ledger', 'kept.sqlite', '--keep-receipts', given).orchestrator;

  test('keeps receipts for as many days as it is told, or for good', () => {
    expect(days('7')?.keepReceiptsMs).toBe(7 * 86_400_000);
    expect(days('forever')?.keepReceiptsMs).toBe('forever');
  });

  test('keeps them for a day at least', () => {
    for (const given of ['0', '0.5', '36501', 'never'])
      expect(() => days(given)).toThrow(
        `--keep-receipts takes a whole number of days from 1 to 36500, or forever, not “${given}”.`,
      );
  });
});

describe('It is refused to set', () => {
  test('what means nothing offchain', () => {
    expect(fault(...B, '--max-ticket-value', '5')).toBe('--max-ticket-value goes with --eth-url.');
    expect(fault(...O, '--redeem-gas', '5')).toBe('--redeem-gas goes with --eth-url.');
  });

  test('how long receipts are kept, where none are', () => {
    expect(fault(...O, '--keep-receipts', '7')).toBe('--keep-receipts goes with --ledger or --eth-url.');
  });

  test('another chain without its controller', () => {
    const words = '--eth-chain-id needs --eth-controller, except for Arbitrum One (42161).';
    expect(fault(...B, '--eth-url', url, '--eth-chain-id', '1')).toBe(words);
  });

  test('a URL that is none, which is not shown', () => {
    expect(fault(...B, '--eth-url', 'ws://user:hunter2@chain.example')).toBe('--eth-url takes an http or https URL.');
  });

  test('amounts that are none', () => {
    for (const amount of ['0', '-1', '1.5', '1e9', 'all'])
      expect(fault(...O, '--eth-url', url, `--ticket-value=${amount}`)).toMatch(/^--ticket-value takes a whole number/);
  });
});
