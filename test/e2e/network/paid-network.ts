import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { encryptKeystoreJson } from 'ethers';
import type { SigningKey } from 'ethers/crypto';
import { computeAddress } from 'ethers/transaction';

import type { NodeProcess } from '../../servers/node-process.js';
import { Anvil } from '../../trust/chain/anvil.js';
import { Network, withKey } from './network.js';
import { keepSecret } from './transcript.js';

const ether = 10n ** 18n;
const password = keepSecret('the-password-of-the-tests');

/** What a winning ticket pays in this network, where nine in ten win. */
export const faceValueWei = 10n ** 15n;
const ticketValueWei = (faceValueWei * 9n) / 10n;

/** Nodes with a real chain, on which a double of Livepeer's contracts holds an ether of the broadcaster and one in reserve. */
export class PaidNetwork implements AsyncDisposable {
  readonly anvil: Anvil;
  readonly #network = new Network();
  readonly #folder = mkdtempSync(join(tmpdir(), 'millrace-paid-'));

  static async start(): Promise<PaidNetwork> {
    const anvil = await Anvil.start();
    await anvil.transact('fundDepositAndReserve', [ether, ether], 2n * ether);
    return new PaidNetwork(anvil);
  }

  private constructor(anvil: Anvil) {
    this.anvil = anvil;
  }

  /** The orchestrator's ledger. */
  get ledger(): string {
    return join(this.#folder, 'ledger.sqlite');
  }

  /** An orchestrator with a transcoder in its process. A pixel is so dear that a few windows cost a ticket. */
  async orchestrator(): Promise<NodeProcess> {
    const tickets = ['--ticket-value', `${ticketValueWei}`, '--max-face-value', `${faceValueWei}`, '--redeem-gas', '1'];
    const media = ['--transcoder', '--pixels-per-second', '1000000000'];
    const key = await this.#key('orchestrator', this.anvil.orchestrator);
    const price = ['--price', '1000000000', '--ledger', this.ledger];
    const node = await this.#network.orchestrator(...media, ...price, ...tickets, ...key, ...this.#chain);
    await node.logged(({ msg }) => msg === 'connected to the orchestrator');
    return node;
  }

  async broadcaster(orchestrator: string): Promise<NodeProcess> {
    const limits = ['--max-ticket-value', `${ticketValueWei + 1n}`, '--max-payment-value', `${ether}`];
    const key = await this.#key('broadcaster', this.anvil.broadcaster);
    return this.#network.broadcaster([orchestrator], '--receipt-window', '0.5', ...limits, ...key, ...this.#chain);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#network[Symbol.asyncDispose]();
    await this.anvil[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }

  get #chain(): string[] {
    const config = join(this.#folder, 'chain.json');
    writeFileSync(config, JSON.stringify({ ethUrl: withKey(this.anvil.url) }));
    const chain = ['--config', config, '--eth-chain-id', `${Anvil.chainId}`, '--eth-poll', '0.2'];
    return [...chain, '--eth-controller', this.anvil.controller];
  }

  async #key(role: string, key: SigningKey): Promise<string[]> {
    keepSecret(key.privateKey.slice(2));
    const account = { privateKey: key.privateKey, address: computeAddress(key) };
    writeFileSync(
      join(this.#folder, `${role}.json`),
      await encryptKeystoreJson(account, password, { scrypt: { N: 1024 } }),
    );
    writeFileSync(join(this.#folder, 'password'), password);
    return ['--keystore-dir', this.#folder, '--keystore-password', join(this.#folder, 'password')];
  }
}
