// An orchestrator that is paid, wins and redeems without a pause, until it is killed. Says every ticket that it won once
// the payment counts: `won HASH`.
import { SigningKey } from 'ethers/crypto';

import { Redeemer } from '../../../dist/trust/chain/redeemer.js';
import { TicketBrokerChain } from '../../../dist/trust/chain/ticket-broker-chain.js';
import { SqliteLedger } from '../../../dist/trust/ledger/sqlite-ledger.js';
import { Signer } from '../../../dist/trust/keys/signer.js';
import { Payee } from '../../../dist/trust/payment/payee.js';
import { Payer } from '../../../dist/trust/payment/payer.js';
import { personalSignerOf } from '../../../dist/trust/payment/personal-signature.js';

const { rpcUrl, controller, file, broadcasterKey, orchestratorKey, faceValue } = JSON.parse(process.argv[2]);
const faceValueWei = BigInt(faceValue);
const signer = personalSignerOf(new Signer(broadcasterKey));
const redeemKey = new SigningKey(orchestratorKey);
const recipient = personalSignerOf(new Signer(orchestratorKey)).address;
const chain = await TicketBrokerChain.connect({ rpcUrl, chainId: 31_337n, controller, claimant: recipient });
const ledger = new SqliteLedger(file);
const won = [];
const price = { wei: faceValueWei / 2n, pixels: 1n };
const payee = new Payee({
  recipient,
  price,
  view: () => chain.view(),
  keepWinner: (winner) => {
    ledger.keepWinner(winner);
    won.push(winner);
  },
  ticketValueWei: (faceValueWei * 9n) / 10n,
  redeemGas: 1n,
  maxFaceValueWei: faceValueWei,
});
const limits = { maxTicketValueWei: 10n ** 18n, maxPaymentValueWei: 10n ** 18n, depositMultiplier: 1n };
const redeemer = new Redeemer({ ledger, chain, redemption: chain.redemptionBy(redeemKey), confirmations: 3 });
const account = { sender: signer.address, session: `session of ${process.pid}` };

for (;;) {
  const { block, round } = await chain.refresh();
  const funds = await chain.senderFunds(signer.address);
  const work = () => ({ nextPixels: 1n, aheadPixels: 2n });
  const payer = new Payer({ signer, recipient, maxPrice: price, work, limits });
  payer.accept(payee.parametersFor(signer.address, funds, 0n), { block, round, funds });
  const due = payer.due({ block, round, funds });
  payee.receive(account, { ...due.payment, tickets: due.payment.tickets.slice(0, 1) });
  for (const { hash } of won.splice(0)) process.stdout.write(`won ${Buffer.from(hash).toString('hex')}\n`);
  await redeemer.step();
  await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    // The parameters expire after 40 blocks, and only then is a ticket redeemed.
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'anvil_mine', params: ['0x4'] }),
  });
}
