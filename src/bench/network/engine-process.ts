// Runs the ladder with nothing of the network around it, as a program of the user's would.
// Run by the part `latency`: SOURCE-URL OUTPUT-URL …
import { gopSeconds, ladder } from '../ladder.js';
import { Transcoder } from '../../transcoder/transcoder.js';

const [source = '', ...outputs] = process.argv.slice(2);
await new Transcoder({
  input: source,
  renditions: ladder.map(({ name, width, height, bitrateBps }, index) => ({
    name,
    profile: { width, height, bitrate: bitrateBps, gop: gopSeconds },
    output: outputs[index] ?? '',
  })),
  progressIntervalMs: 250,
}).run();
