import { Registry } from 'prom-client';
import { expect, test } from 'vitest';

import { openPurse, type Owned } from '../../src/cli/node-payment.js';
import { readNodeConfig } from '../../src/cli/node-config/read-node-config.js';
import { Signer } from '../../src/trust/keys/signer.js';
import { silentLog } from '../nodes/silent-log.js';
import { Anvil } from '../trust/chain/anvil.js';

test('A broadcaster looks at what it has put in itself, and at nobody’s share of it, least of all its own', async () => {
  await using anvil = await Anvil.start();
  await anvil.transact('fundDepositAndReserve', [5n, 7n], 12n);
  const chain = ['--eth-url', anvil.url, '--eth-chain-id', `${Anvil.chainId}`, '--eth-controller', anvil.controller];
  const config = readNodeConfig(['--broadcaster', '--orch-addr', '10.0.0.1:8935', ...chain], {});
  if (config.broadcaster === undefined) throw new Error('It is a broadcaster.');
  const signer = new Signer(anvil.broadcaster.privateKey);
  const owned: Owned = [];
  const purse = await openPurse(
    config,
    config.broadcaster,
    { signer, log: silentLog, registry: new Registry() },
    owned,
  );
  const funds = { depositWei: 5n, reserveWei: 7n, claimableReserveWei: 0n, withdrawRound: 0n };
  expect(purse?.view().funds).toEqual(funds);
  for (const end of owned.reverse()) await end();
});
