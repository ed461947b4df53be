import type { Chain, SenderFunds } from '../../trust/chain/chain.js';
import { ChainError } from '../../trust/chain/chain-error.js';
import { toHex } from '../hex.js';

/** What the chain says of a sender, or is about to. */
interface Answer {
  readonly funds: Promise<SenderFunds>;
  /** Until when it is not asked for again. */
  freshUntilMs: number;
}

const freshMs = 10_000;
/** How many senders with funds are remembered, and how many without. */
const mostSenders = 1000;
/** How many questions about strangers are under way at a time. */
const mostQuestions = 16;

/**
 * What senders have put into the contract, asked for at most every ten seconds. Anybody may call himself a sender, and make
 * the chain be asked: strangers are asked about a few at a time, and those who are known to have funds neither wait for
 * them nor are forgotten because of them.
 */
export class SendersFunds {
  readonly #chain: Pick<Chain, 'senderFunds'>;
  /** Both the oldest first. */
  readonly #funded = new Map<string, Answer>();
  readonly #strangers = new Map<string, Answer>();
  #questions = 0;

  constructor(chain: Pick<Chain, 'senderFunds'>) {
    this.#chain = chain;
  }

  /** Throws a {@link ChainError} when the chain cannot be asked, or too much already is. */
  async of(sender: Uint8Array): Promise<SenderFunds> {
    const key = toHex(sender);
    const funded = this.#funded.get(key);
    const known = funded ?? this.#strangers.get(key);
    if (known !== undefined && performance.now() < known.freshUntilMs) return known.funds;
    if (funded !== undefined) return this.#ask(sender, key, this.#funded).funds;
    if (this.#questions >= mostQuestions) {
      throw new ChainError('CHAIN_UNREACHABLE', 'The chain is asked about too many unknown senders: try again later.');
    }
    this.#questions += 1;
    try {
      return await this.#ask(sender, key, this.#strangers).funds;
    } finally {
      this.#questions -= 1;
    }
  }

  #ask(sender: Uint8Array, key: string, among: Map<string, Answer>): Answer {
    const answer = { funds: this.#chain.senderFunds(sender), freshUntilMs: performance.now() + freshMs };
    remember(among, key, answer);
    answer.funds.then(
      ({ depositWei, reserveWei }) => {
        if (among.get(key) !== answer) return;
        among.delete(key);
        remember(depositWei > 0n && reserveWei > 0n ? this.#funded : this.#strangers, key, answer);
      },
      () => (answer.freshUntilMs = 0),
    );
    return answer;
  }
}

/** As the newest; the oldest makes room. */
function remember(answers: Map<string, Answer>, key: string, answer: Answer): void {
  answers.delete(key);
  const [oldest] = answers.keys();
  if (oldest !== undefined && answers.size >= mostSenders) answers.delete(oldest);
  answers.set(key, answer);
}
