import { join } from 'node:path';

import type { Registry } from 'prom-client';

import { Purse } from '../nodes/broadcaster/purse.js';
import { PaymentDesk } from '../nodes/orchestrator/payment-desk.js';
import { ReceiptArchive } from '../nodes/orchestrator/receipt-archive.js';
import { Redemption } from '../nodes/orchestrator/redemption.js';
import { BroadcasterPaymentMetrics } from '../observe/broadcaster-payment-metrics.js';
import type { Log } from '../observe/log.js';
import { OrchestratorPaymentMetrics } from '../observe/orchestrator-payment-metrics.js';
import { Redeemer } from '../trust/chain/redeemer.js';
import { TicketBrokerChain } from '../trust/chain/ticket-broker-chain.js';
import type { Signer } from '../trust/keys/signer.js';
import { SqliteLedger } from '../trust/ledger/sqlite-ledger.js';
import { personalSignerOf } from '../trust/payment/personal-signature.js';
import { defaultSenderLimits } from '../trust/payment/sender-checks.js';
import { defaultDomain, type SigningDomain } from '../trust/typed-data/domain.js';

import type { BroadcasterConfig, ChainConfig, NodeConfig, OrchestratorConfig } from './node-config/node-config.js';

/** What ends what a node owns, the newest first. */
export type Owned = (() => Promise<void> | void)[];

/** What a role of a node has to do with payment. */
export interface RolePayment {
  signer: Signer;
  log: Log;
  registry: Registry;
}

/** What the signatures of a node belong to: those of one chain mean nothing on another, nor offchain. */
export function domainOf({ chain }: NodeConfig): SigningDomain {
  return chain === undefined ? defaultDomain : { chainId: chain.chainId };
}

/**
 * What an orchestrator takes payment with, as its configuration has it; nothing where nothing is owed. What is behind it
 * is owned by the node from then on, to be ended after the orchestrator.
 *
 * @throws ChainError or LedgerError
 */
export async function openPaymentDesk(
  config: NodeConfig,
  { ledger: file, keepReceiptsMs, price, tickets }: OrchestratorConfig,
  { signer, log, registry }: RolePayment,
  owned: Owned,
): Promise<{ payment?: PaymentDesk; archive?: ReceiptArchive }> {
  const { chain: chainConfig, keystore } = config;
  if (chainConfig === undefined && file === undefined) return {};
  const ledger = new SqliteLedger(file ?? join(keystore.dir, 'orchestrator.sqlite'));
  owned.push(() => {
    ledger.close();
  });
  const archive = new ReceiptArchive({
    ledger,
    ...(keepReceiptsMs !== 'forever' && { keepForMs: keepReceiptsMs }),
    log,
  });
  owned.push(() => {
    archive[Symbol.dispose]();
  });
  if (chainConfig === undefined) return { archive };
  const metrics = new OrchestratorPaymentMetrics(registry);
  const { address: recipient } = personalSignerOf(signer);
  const chain = await connect(chainConfig, recipient, owned);
  const payment = new PaymentDesk({
    chain,
    ledger,
    recipient,
    price: { wei: BigInt(price.wei), pixels: BigInt(price.pixels) },
    ...tickets,
    log,
    metrics,
  });
  const redeemer = new Redeemer({ ledger, chain, redemption: chain.redemptionBy(signer.signingKey()) });
  const redeeming = new Redemption(redeemer, chainConfig.pollMs, log, metrics);
  owned.push(() => redeeming[Symbol.asyncDispose]());
  return { payment, archive };
}

/**
 * What a broadcaster pays from; nothing without a chain. It is owned by the node from then on, to be ended after the broadcaster.
 *
 * @throws ChainError
 */
export async function openPurse(
  { chain: chainConfig }: NodeConfig,
  { limits }: BroadcasterConfig,
  { signer, log, registry }: RolePayment,
  owned: Owned,
): Promise<Purse | undefined> {
  if (chainConfig === undefined) return undefined;
  const purse = await Purse.open({
    chain: await connect(chainConfig, undefined, owned),
    signer: personalSignerOf(signer),
    limits: { ...defaultSenderLimits, ...limits },
    pollEveryMs: chainConfig.pollMs,
    log,
    metrics: new BroadcasterPaymentMetrics(registry),
  });
  owned.push(() => purse[Symbol.asyncDispose]());
  return purse;
}

/** @param claimant who is to be paid from here; absent: nobody is */
async function connect(
  { url, chainId, controller }: ChainConfig,
  claimant: Uint8Array | undefined,
  owned: Owned,
): Promise<TicketBrokerChain> {
  const chain = await TicketBrokerChain.connect({
    rpcUrl: url,
    chainId: BigInt(chainId),
    controller,
    ...(claimant !== undefined && { claimant }),
  });
  owned.push(() => {
    chain.close();
  });
  return chain;
}
