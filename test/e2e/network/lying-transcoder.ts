import { fileURLToPath } from 'node:url';

import type { NodeProcess } from '../../servers/node-process.js';
import { ServerProcess } from '../../servers/server-process.js';
import { orchestratorSecret } from './network.js';

/**
 * What a transcoder may lie about. `none`: it does the same, and does not lie. `evasive`: it sends black, and in the end says
 * that the source failed. `unlucky`: the source failed it, and it does not lie.
 */
export type Lie = 'none' | 'unlucky' | 'black' | 'evasive' | 'silent' | 'frozen' | 'upscaled' | 'overclaimed';

const program = fileURLToPath(new URL('lying-transcoder-process.mjs', import.meta.url));

/**
 * A double of a transcoder that cheats, in a process of its own. It pulls and pushes as an honest one, and signs honestly
 * for what it read and sent; but what it sends is black, stands still or was made larger from half the size, or it sends
 * a quarter of the pixels and claims all. A silent one sends black pictures and tells nothing of the source.
 */
export class LyingTranscoder implements AsyncDisposable {
  readonly #process: ServerProcess;

  private constructor(lie: Lie, [host = '', port = '']: readonly string[]) {
    this.#process = new ServerProcess(process.execPath, [program, lie, lie, host, port]);
    this.#process.stdin.end(orchestratorSecret);
  }

  /** Starts it, and resolves when its orchestrator has let it in. */
  static async start(lie: Lie, orchestrator: NodeProcess): Promise<LyingTranscoder> {
    const started = new LyingTranscoder(lie, orchestrator.serviceAddress.split(':'));
    await orchestrator.logged(({ msg, transcoder }) => msg === 'transcoder connected' && transcoder === lie);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
