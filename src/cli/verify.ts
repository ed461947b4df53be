import { TranscodeError } from '../transcoder/error.js';
import { readEssence } from '../transcoder/read-essence.js';
import { redactUrl } from '../transcoder/redact-url.js';
import type { BundleVerdict, Remark } from '../trust/bundle/verdict.js';
import { verifyBundle, type ExpectedParties, type MediumCopy } from '../trust/bundle/verify-bundle.js';
import { address } from '../trust/keys/signature.js';

import { exitCodes, type Command } from './command.js';
import { parseCommandLine } from './command-line.js';
import { isLiveUrl, readingOptions, unreadableText, type EssenceReader } from './essence-reader.js';
import { isHttpUrl, readEvidence } from './evidence-file.js';
import { inkFor } from './ink.js';
import { UsageError } from './usage-error.js';
import { verifyReport } from './verify-report.js';

const help = `millrace verify BUNDLE [--source URL|FILE] [--rendition NAME=URL|FILE] …

Checks a bundle of receipts: who signed what, whether the receipts follow on one another, and whether copies of the media
are, access unit for access unit, what was signed. A copy may come through any server and container.

  BUNDLE                         a file, or an http(s) URL, such as a broadcaster's …/receipts: that is asked when the
                                 copies have been read, so that there are receipts for what a live one has

      --source URL|FILE              a copy of the source
  -r, --rendition NAME=URL|FILE      a copy of a rendition, by its name in the bundle; repeatable
      --broadcaster ADDRESS          who must have ordered                          [anybody]
      --orchestrator ADDRESS         who must have done it                          [anybody]
      --seconds N                    read this much of each copy, as a live one has no end [all]
      --json                         the verdict as one JSON object

Anybody can sign a bundle of their own making: name the parties to know whose it is.

Exit code: 0 all of it holds, and there is something that does: a window of a rendition, and one of every medium that a
copy was given of; 1 something does not, or is not whole in the copies, or cannot be read; 2 usage.

  millrace verify receipts.json --source source.ts -r 720p=https://host/live/a/720p.mp4
  millrace verify http://host:8936/live/a/0/receipts -r 720p=rtmp://host/live/a/720p --seconds 10
`;

export const command: Command = { help, run: async (args) => verify(args, readEssence) };

/** The command, with whatever reads the copies. */
export async function verify(args: string[], read: EssenceReader): Promise<number> {
  const { values, positionals } = parseCommandLine(args, {
    source: { type: 'string' },
    rendition: { type: 'string', short: 'r', multiple: true },
    broadcaster: { type: 'string' },
    orchestrator: { type: 'string' },
    seconds: { type: 'string' },
    json: { type: 'boolean' },
  });
  const [place, ...surplus] = positionals;
  if (place === undefined) throw new UsageError('No BUNDLE was given: name the file or the URL with the receipts.');
  if (surplus.length > 0)
    throw new UsageError(`There is one BUNDLE, but more was given: “${surplus.map(redactUrl).join(' ')}”.`);
  const expected: ExpectedParties = {
    ...party('broadcaster', values.broadcaster),
    ...party('orchestrator', values.orchestrator),
  };
  const options = readingOptions(values.seconds);
  const renditions = (values.rendition ?? []).map(namedCopy);
  const stored = isHttpUrl(place) ? undefined : await readEvidence(place, 'bundle');
  // Without copies first: what is no bundle is told before anything is fetched.
  if (stored !== undefined) await verifyBundle(stored, {}, expected);
  let source: MediumCopy | undefined;
  const named: [string, MediumCopy][] = [];
  const faults: Remark[] = [];
  const wanted = [...(values.source === undefined ? [] : [{ name: undefined, url: values.source }]), ...renditions];
  for (const { name, url } of wanted) {
    try {
      const copy: MediumCopy = { ...(await read(url, options)), isLive: isLiveUrl(url) };
      if (name === undefined) source = copy;
      else named.push([name, copy]);
    } catch (error) {
      if (!(error instanceof TranscodeError)) throw error;
      faults.push({ code: 'COPY_UNREADABLE', message: unreadableText(name ?? 'the source', error) });
    }
  }
  // The bundle of a job that goes on is always older than its media.
  const bundle = stored ?? (await readEvidence(place, 'bundle'));
  const copies = { ...(source && { source }), renditions: Object.fromEntries(named) };
  const verdict = withFaults(await verifyBundle(bundle, copies, expected), faults);
  process.stdout.write(values.json ? `${JSON.stringify(verdict)}\n` : verifyReport(verdict, inkFor(process.stdout)));
  return verdict.holds ? exitCodes.ok : exitCodes.failed;
}

function withFaults(verdict: BundleVerdict, faults: readonly Remark[]): BundleVerdict {
  return { ...verdict, holds: verdict.holds && faults.length === 0, faults: [...faults, ...verdict.faults] };
}

/** Reads one `--rendition`. The first `=` divides: a name has none, a URL may have any number. */
function namedCopy(argument: string): { name: string; url: string } {
  const divider = argument.indexOf('=');
  if (divider > 0 && divider < argument.length - 1)
    return { name: argument.slice(0, divider), url: argument.slice(divider + 1) };
  throw new UsageError(`--rendition takes NAME=URL or NAME=FILE, not “${redactUrl(argument)}”.`);
}

function party(option: keyof ExpectedParties, value: string | undefined): ExpectedParties {
  if (value === undefined) return {};
  const parsed = address.safeParse(value.toLowerCase());
  if (!parsed.success) throw new UsageError(`--${option} takes 0x and 40 hex digits, not “${value}”.`);
  return { [option]: parsed.data };
}
