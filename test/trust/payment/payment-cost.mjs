// What payment costs an orchestrator, in CPU time of one core per window: taking a payment, looking whether the balance
// covers the next window, debiting the one that was made, and writing its receipt down. Not a test:
//
//   node test/trust/payment/payment-cost.mjs [windows per ticket, 1 unless given]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { id } from 'ethers/hash';

import { Signer } from '../../../dist/trust/keys/signer.js';
import { SqliteLedger } from '../../../dist/trust/ledger/sqlite-ledger.js';
import { Payee } from '../../../dist/trust/payment/payee.js';
import { Payer } from '../../../dist/trust/payment/payer.js';
import { personalSignerOf } from '../../../dist/trust/payment/personal-signature.js';

const windowsPerTicket = Number(process.argv[2] ?? 1);
const jobs = 200;
const rounds = 20;
const windowSeconds = 2;
// Three rungs (720p, 480p, 360p) at 30 frames per second, and a price at which the fee of a window is 9.3e9 wei.
const windowPixels = BigInt((1280 * 720 + 854 * 480 + 640 * 360) * 30 * windowSeconds);
const work = { nextPixels: windowPixels, aheadPixels: 2n * windowPixels };
const price = { wei: 100n, pixels: 1n };
const fee = windowPixels * price.wei;
const ether = 10n ** 18n;
const funds = { depositWei: ether, reserveWei: ether, claimableReserveWei: ether, withdrawRound: 0n };
const view = { block: 1000n, round: 7n, roundBlockHash: new Uint8Array(32).fill(7), gasPriceWei: 100_000n };

const folder = mkdtempSync(join(tmpdir(), 'millrace-payment-cost-'));
const ledger = new SqliteLedger(join(folder, 'ledger.sqlite'));
const recipient = personalSignerOf(new Signer(id('an orchestrator'))).address;
const payee = new Payee({ recipient, price, view: () => view, keepWinner: (winner) => ledger.keepWinner(winner) });
const sessions = Array.from({ length: jobs }, (_, job) => {
  const signer = personalSignerOf(new Signer(id(`broadcaster ${job}`)));
  const payer = new Payer({ signer, recipient, maxPrice: price, work: () => work });
  const parameters = payee.parametersFor(signer.address, funds, 0n, (fee * BigInt(windowsPerTicket) * 102n) / 100n);
  payer.accept(parameters, { ...view, funds });
  return { account: { sender: signer.address, session: `job ${job}` }, payer };
});

let [cpuUs, tickets, windows] = [0, 0, 0];
for (let round = 0; round < rounds; round++) {
  // The broadcasters' share of the work is none of the orchestrator's.
  const due = sessions.map(({ account, payer }) => {
    const { kind, payment } = payer.due({ ...view, funds });
    payer.debit(windowPixels);
    return { account, payment: kind === 'payment' ? payment : undefined };
  });
  const before = process.cpuUsage();
  for (const { account, payment } of due) {
    if (payment !== undefined) payee.receive(account, payment);
    if (payee.shortfall(account, windowPixels) !== undefined) throw new Error('The balance does not cover the window.');
    payee.debit(account, windowPixels);
    const hash = Buffer.from(id(`${account.session} ${round}`).slice(2), 'hex');
    const json = JSON.stringify({ window: round, signature: 'ab'.repeat(65), renditions: 'x'.repeat(900) });
    ledger.keepReceipts([{ hash, jobId: account.session, attempt: 1, index: round, json }]);
  }
  const { user, system } = process.cpuUsage(before);
  // The first pays the windows ahead, and the code is not warm yet.
  if (round < 4) continue;
  cpuUs += user + system;
  windows += jobs;
  tickets += due.reduce((sum, { payment }) => sum + (payment?.tickets.length ?? 0), 0);
}
ledger.close();
rmSync(folder, { recursive: true });

const perWindowMs = cpuUs / windows / 1000;
const share = (perWindowMs / 1000 / windowSeconds) * jobs * 100;
process.stdout.write(
  `${perWindowMs.toFixed(2)} ms CPU per window with ${(tickets / windows).toFixed(2)} tickets; ` +
    `${jobs} jobs with windows of ${windowSeconds} s: ${share.toFixed(1)} % of one core\n`,
);
