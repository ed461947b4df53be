import { exitCodes, type Command } from './command.js';
import { Interruption } from './interruption.js';
import { nodeHelp } from './node-config/help.js';
import { readNodeConfig } from './node-config/read-node-config.js';

export const command: Command = { help: nodeHelp, run };

async function run(args: string[]): Promise<number> {
  const config = readNodeConfig(args, process.env);
  // Secrets may stand in the arguments, which everybody on the machine can read.
  process.title = 'millrace node';
  const ending = new AbortController();
  const end = (): void => {
    ending.abort();
  };
  const interruption = new Interruption({
    end,
    // Whoever signals twice does not wait for what is running; workers notice that this process is gone.
    breakOff: () => process.exit(exitCodes.failed),
  });
  // Whoever started it with a channel to it, as the demo does, is gone: nobody would ever end it.
  process.once('disconnect', end);
  try {
    // Loaded when there is something to serve: it takes a while.
    const { Node } = await import('./node-process.js');
    await using node = await Node.start(config, ending.signal);
    await aborted(ending.signal);
    await node.drain();
    return exitCodes.ok;
  } catch (error) {
    // It was told to end while it was starting.
    if (ending.signal.aborted && error === ending.signal.reason) return exitCodes.ok;
    throw error;
  } finally {
    process.off('disconnect', end);
    interruption.release();
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
