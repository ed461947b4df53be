import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { SigningKey } from 'ethers/crypto';
import { ContractFactory, type Contract } from 'ethers/contract';
import { JsonRpcProvider } from 'ethers/providers';
import { computeAddress } from 'ethers/transaction';
import { id } from 'ethers/hash';
import { getBytes } from 'ethers/utils';
import { Wallet } from 'ethers/wallet';

import { freeTcpPort } from '../../servers/free-port.js';

const require = createRequire(import.meta.url);

/** A real chain of its own (anvil), with the double of Livepeer's contracts on it and two accounts with plenty of ether. */
export class Anvil implements AsyncDisposable {
  static readonly chainId = 31_337n;
  readonly url: string;
  /** The contract's address: 0x and 40 digits. */
  readonly controller: string;
  readonly provider: JsonRpcProvider;
  readonly contract: Contract;
  readonly broadcaster: SigningKey;
  readonly orchestrator: SigningKey;
  readonly #process: ChildProcess;

  static async start(): Promise<Anvil> {
    const port = await freeTcpPort();
    const child = spawn(binary(), ['--host', '127.0.0.1', '--port', String(port), '--no-mining', '--order', 'fifo'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8');
    while (!said.includes('Listening on')) {
      const [text] = (await once(child.stdout, 'data')) as [string];
      said += text;
    }
    child.stdout.resume();
    const url = `http://127.0.0.1:${port}`;
    const provider = new JsonRpcProvider(url, Anvil.chainId, {
      staticNetwork: true,
      cacheTimeout: -1,
      pollingInterval: 50,
    });
    const broadcaster = new SigningKey(id('the broadcaster of the tests'));
    const orchestrator = new SigningKey(id('the orchestrator of the tests'));
    for (const key of [broadcaster, orchestrator]) {
      await provider.send('anvil_setBalance', [computeAddress(key), '0x3635c9adc5dea00000']);
    }
    await provider.send('anvil_mine', ['0x5']);
    const { abi, bytecode } = (compiled ??= compileDouble());
    const factory = new ContractFactory(abi, bytecode, new Wallet(broadcaster, provider));
    const contract = await factory.deploy();
    await provider.send('anvil_mine', ['0x1']);
    await contract.waitForDeployment();
    const controller = await contract.getAddress();
    return new Anvil({ child, url, controller, provider, contract: contract as Contract, broadcaster, orchestrator });
  }

  private constructor(parts: {
    child: ChildProcess;
    url: string;
    controller: string;
    provider: JsonRpcProvider;
    contract: Contract;
    broadcaster: SigningKey;
    orchestrator: SigningKey;
  }) {
    this.#process = parts.child;
    this.url = parts.url;
    this.controller = parts.controller;
    this.provider = parts.provider;
    this.contract = parts.contract;
    this.broadcaster = parts.broadcaster;
    this.orchestrator = parts.orchestrator;
  }

  get recipient(): Uint8Array {
    return getBytes(computeAddress(this.orchestrator));
  }

  get sender(): Uint8Array {
    return getBytes(computeAddress(this.broadcaster));
  }

  /** Makes so many blocks; what waits goes into the first. */
  async mine(blocks = 1): Promise<void> {
    await this.provider.send('anvil_mine', [`0x${blocks.toString(16)}`]);
  }

  /** Sends a transaction of the broadcaster to the contract and makes a block with it. */
  async transact(name: string, values: unknown[] = [], value = 0n): Promise<void> {
    await this.contract.getFunction(name).send(...values, { value });
    await this.mine();
  }

  /** A figure of the contract. */
  async read(name: string, ...values: unknown[]): Promise<bigint> {
    return (await this.contract.getFunction(name).staticCall(...values)) as bigint;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.provider.destroy();
    const ended = once(this.#process, 'exit');
    this.#process.kill();
    await ended;
  }
}

/** anvil's own program: the script in front of it only finds it, and would have to be ended besides. */
function binary(): string {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const manifest = require.resolve('@foundry-rs/anvil/package.json');
  return createRequire(manifest).resolve(`@foundry-rs/anvil-${process.platform}-${architecture}/bin/anvil`);
}

/** Compiling takes seconds, once in a process. */
let compiled: { abi: string; bytecode: string } | undefined;

interface Solc {
  compile(input: string): string;
}

function compileDouble(): { abi: string; bytecode: string } {
  const file = 'ticket-broker-double.sol';
  const source = readFileSync(new URL(file, import.meta.url), 'utf8');
  const input = {
    language: 'Solidity',
    sources: { [file]: { content: source } },
    settings: {
      evmVersion: 'paris',
      viaIR: true,
      optimizer: { enabled: true, runs: 1 },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
    },
  };
  const output = JSON.parse((require('solc') as Solc).compile(JSON.stringify(input))) as {
    errors?: { severity: string; formattedMessage: string }[];
    contracts: Record<string, Record<string, { abi: object; evm: { bytecode: { object: string } } }>>;
  };
  for (const { severity, formattedMessage } of output.errors ?? []) {
    if (severity === 'error') throw new Error(formattedMessage);
  }
  const double = output.contracts[file]?.['TicketBrokerDouble'];
  if (double === undefined) throw new Error('The compiler gave no contract.');
  return { abi: JSON.stringify(double.abi), bytecode: double.evm.bytecode.object };
}
