import type { NamedAttempt } from '../trust/ledger/evidence-ledger.js';
import type { LedgerOrder, LedgerReceipt, LedgerWinner } from '../trust/ledger/ledger.js';
import { SqliteLedger } from '../trust/ledger/sqlite-ledger.js';
import { toHex } from '../nodes/hex.js';

import { exitCodes, type Command } from './command.js';
import { choice, parseCommandLine } from './command-line.js';
import { printable } from './ink.js';
import { etherText } from './ether-text.js';
import { UsageError } from './usage-error.js';

const help = `millrace ledger list|export|sum [--json] --ledger FILE

What an orchestrator won, what became of it, and its receipts; of a broadcaster's ledger, what it ordered and the
receipts for that. Only looks: the node may be running.

  list     the winning payment tickets, the oldest first, one per line
  export   everything, as one JSON object per line: first the tickets, each with what it takes to redeem it, then the
           orders that the orchestrator took on, the attempts that the broadcaster ordered, with what it attests, and
           the receipts for either, as they were signed
  sum      how many tickets there are and what they pay, by what became of them

      --ledger FILE  the ledger's file
      --json         list and sum: JSON, one object per line
`;

export const command: Command = { help, run };

const actions = ['list', 'export', 'sum'] as const;

function run(args: string[]): Promise<number> {
  const { values, positionals } = parseCommandLine(args, { json: { type: 'boolean' }, ledger: { type: 'string' } });
  const [action, ...others] = positionals;
  if (action === undefined) throw new UsageError('Say what to do with the ledger: list, export or sum.');
  if (others.length > 0) throw new UsageError(`millrace ledger takes no “${others.join(' ')}”.`);
  const chosen = choice('millrace ledger', action, actions);
  if (values.ledger === undefined) throw new UsageError('Say which ledger, with --ledger FILE.');
  const ledger = new SqliteLedger(values.ledger, { readOnly: true });
  try {
    switch (chosen) {
      case 'list':
        list(ledger, values.json ?? false);
        break;
      case 'export':
        for (const each of ledger.winners()) line({ type: 'ticket', ...winnerJson(each), ...redemptionJson(each) });
        for (const each of ledger.orders()) line({ type: 'order', ...orderJson(each) });
        for (const each of ledger.attempts()) line({ type: 'attempt', ...attemptJson(each) });
        for (const each of ledger.receipts()) line({ type: 'receipt', ...receiptJson(each) });
        break;
      case 'sum':
        sum(ledger, values.json ?? false);
        break;
    }
  } finally {
    ledger.close();
  }
  return Promise.resolve(exitCodes.ok);
}

function list(ledger: SqliteLedger, json: boolean): void {
  let isEmpty = true;
  for (const each of ledger.winners()) {
    isEmpty = false;
    if (json) {
      line(winnerJson(each));
      continue;
    }
    const { winner, state, keptAtMs, reason, transactionHash } = each;
    const cells = [
      new Date(keptAtMs).toISOString(),
      state.padEnd(9),
      `${etherText(winner.ticket.faceValueWei)} ETH`.padStart(24),
      `from 0x${toHex(winner.ticket.sender)}`,
      transactionHash ?? reason,
    ];
    process.stdout.write(`${printable(cells.join('  ').trimEnd())}\n`);
  }
  if (isEmpty && !json) process.stdout.write(withoutWinners(ledger));
}

function sum(ledger: SqliteLedger, json: boolean): void {
  const sums = ledger.sums();
  if (!json && sums.every(({ tickets }) => tickets === 0)) {
    process.stdout.write(withoutWinners(ledger));
    return;
  }
  for (const { state, tickets, faceValueWei } of sums) {
    if (json) line({ state, tickets, faceValueWei: String(faceValueWei) });
    else {
      const ether = `${etherText(faceValueWei)} ETH`;
      process.stdout.write(`${state.padEnd(9)}  ${String(tickets).padStart(8)} tickets  ${ether.padStart(28)}\n`);
    }
  }
}

/** A broadcaster's ledger never has any, nor that of an orchestrator offchain: that is no loss. */
function withoutWinners(ledger: SqliteLedger): string {
  const { receipts, jobs } = ledger.receiptCounts();
  const many = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  return `${many(receipts, 'receipt')} of ${many(jobs, 'job')}; no winning tickets.\n`;
}

/** What may be shown to anybody: without what it takes to redeem it. */
function winnerJson({ winner, state, keptAtMs, reason, transactionHash }: LedgerWinner): Record<string, unknown> {
  const { hash, ticket, session } = winner;
  return {
    hash: toHex(hash),
    state,
    reason,
    transactionHash,
    keptAt: new Date(keptAtMs).toISOString(),
    sender: toHex(ticket.sender),
    recipient: toHex(ticket.recipient),
    faceValueWei: String(ticket.faceValueWei),
    session,
  };
}

function redemptionJson({ winner, notBeforeBlock }: LedgerWinner): Record<string, unknown> {
  const { ticket, signature, recipientRand, expirationBlock } = winner;
  return {
    winProbability: String(ticket.winProbability),
    senderNonce: ticket.senderNonce,
    recipientRandHash: toHex(ticket.recipientRandHash),
    creationRound: String(ticket.creationRound),
    creationRoundBlockHash: toHex(ticket.creationRoundBlockHash),
    signature: toHex(signature),
    recipientRand: String(recipientRand),
    expirationBlock: String(expirationBlock),
    notBeforeBlock: String(notBeforeBlock),
  };
}

/** The hash is what receipts name it by, as their `ticket`. */
function orderJson({ hash, jobId, attempt, json }: LedgerOrder): Record<string, unknown> {
  return { hash: toHex(hash), jobId, attempt, ticket: parsed(json) };
}

function attemptJson({ jobId, attempt, segment, ticket, attestation }: NamedAttempt): Record<string, unknown> {
  const attested = attestation === undefined ? {} : { attestation: parsed(attestation) };
  return { jobId, attempt, segment, ticket: parsed(ticket), ...attested };
}

function receiptJson({ hash, jobId, attempt, index, json }: LedgerReceipt): Record<string, unknown> {
  return { hash: toHex(hash), jobId, attempt, index, receipt: parsed(json) };
}

/** A string as it is, should it not be JSON after all: an export leaves nothing out. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}

function line(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
