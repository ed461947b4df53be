import { TranscodeError } from '../transcoder/error.js';
import type { EssenceCopy } from '../transcoder/essence.js';
import { readEssence } from '../transcoder/read-essence.js';
import { redactUrl } from '../transcoder/redact-url.js';
import { attestCopy, attestReceipts } from '../trust/bundle/attest-source.js';
import { parseBundle, type Bundle, type BundledAttempt } from '../trust/bundle/bundle.js';
import { openKeystore } from '../trust/keys/keystore.js';
import type { PasswordSource } from '../trust/keys/password.js';
import type { Signer } from '../trust/keys/signer.js';
import { ticketMessage } from '../trust/orders/ticket.js';
import { TrustError } from '../trust/trust-error.js';
import { faultOf } from '../trust/typed-data/fields.js';

import { exitCodes, type Command } from './command.js';
import { parseCommandLine, wholeNumber } from './command-line.js';
import { readingOptions, unreadableText, type EssenceReader } from './essence-reader.js';
import { isHttpUrl, readEvidence } from './evidence-file.js';
import { UsageError } from './usage-error.js';

const passwordVariable = 'MILLRACE_KEYSTORE_PASSWORD';

const help = `millrace attest URL --bundle FILE|URL|--ticket FILE --keystore FILE

Signs, for the broadcaster, what a copy of the source has: the windows that the receipts of a bundle have too, or, with a
ticket alone, those of a copy that begins where the attempt began to read. Writes the bundle with the attestation in it,
or the attestation, to the standard output.

  URL                        the media server's source, or a file

      --bundle FILE|URL      the receipts whose source is attested; an http(s) URL, such as a broadcaster's …/receipts,
                             is asked when the source has been read
      --attempt N            which attempt of the bundle                            [the last]
      --ticket FILE          the signed ticket, where there are no receipts yet
      --seconds N            read this much of the source, as a live one has no end [all]
      --chain-id N           of the ticket's signature                              [1]
      --keystore FILE        the broadcaster's key
      --password-file FILE   its password                 [the variable ${passwordVariable}]

Exit code: 0 it is attested, 1 it is not, 2 usage.

  millrace attest rtmp://host/live/a --bundle receipts.json --keystore broadcaster.json > attested.json
`;

export const command: Command = { help, run: async (args) => attest(args, readEssence) };

/** The command, with whatever reads the copy. */
export async function attest(args: string[], read: EssenceReader): Promise<number> {
  const { values, positionals } = parseCommandLine(args, {
    bundle: { type: 'string' },
    attempt: { type: 'string' },
    ticket: { type: 'string' },
    seconds: { type: 'string' },
    'chain-id': { type: 'string' },
    keystore: { type: 'string' },
    'password-file': { type: 'string' },
  });
  const [source, ...surplus] = positionals;
  if (source === undefined) throw new UsageError('No URL was given: name the source, or a file with a copy of it.');
  if (surplus.length > 0)
    throw new UsageError(`There is one URL, but more was given: “${surplus.map(redactUrl).join(' ')}”.`);
  if (values.keystore === undefined) throw new UsageError("No key was given: name the broadcaster's with --keystore.");
  const { bundle: bundlePath, ticket: ticketPath } = values;
  if ((bundlePath === undefined) === (ticketPath === undefined))
    throw new UsageError('Either --bundle or --ticket says what is attested, and only one of them.');
  const chainId =
    values['chain-id'] === undefined
      ? undefined
      : wholeNumber('--chain-id', values['chain-id'], { min: 1, max: Number.MAX_SAFE_INTEGER });
  const attempt =
    values.attempt === undefined ? undefined : wholeNumber('--attempt', values.attempt, { min: 1, max: 1_000_000 });
  if (bundlePath === undefined ? attempt !== undefined : chainId !== undefined)
    throw new UsageError('--attempt goes with --bundle, and --chain-id with --ticket.');
  const passwordFile = values['password-file'];
  const password: PasswordSource = passwordFile === undefined ? { variable: passwordVariable } : { file: passwordFile };
  const options = readingOptions(values.seconds);
  const copy = async () => copyOf(source, read, options);
  const key = { path: values.keystore, password };
  const result =
    bundlePath === undefined
      ? await attestTicket(await readEvidence(ticketPath ?? '', 'ticket'), chainId ?? 1, { copy, key })
      : await attestBundle(bundlePath, attempt, { copy, key });
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return exitCodes.ok;
}

interface Means {
  /** Reads the copy. */
  copy: () => Promise<EssenceCopy>;
  key: { path: string; password: PasswordSource };
}

async function attestTicket(evidence: unknown, chainId: number, { copy, key }: Means): Promise<object> {
  const parsed = ticketMessage.signedSchema.safeParse(evidence);
  if (!parsed.success) throw new TrustError('EVIDENCE_INVALID', `This is no signed ticket. ${faultOf(parsed.error)}`);
  const signer: Signer = await openKeystore(key);
  return attestCopy(await copy(), parsed.data, { domain: { chainId }, signer });
}

async function attestBundle(place: string, attempt: number | undefined, { copy, key }: Means): Promise<Bundle> {
  const stored = isHttpUrl(place) ? undefined : parseBundle(await readEvidence(place, 'bundle'));
  // What is wrong with a file is told before anything is fetched.
  if (stored !== undefined) attemptIn(stored, attempt);
  const signer: Signer = await openKeystore(key);
  const source = await copy();
  // The bundle of a job that goes on is always older than its media.
  const bundle = stored ?? parseBundle(await readEvidence(place, 'bundle'));
  const { index, attested } = attemptIn(bundle, attempt);
  const { missed, ...attestation } = attestReceipts(source, attested, { domain: bundle.domain, signer });
  if (missed > 0)
    process.stderr.write(`millrace: ${missed} windows of the receipts are not whole in this copy, and are left out.\n`);
  return { ...bundle, attempts: bundle.attempts.with(index, { ...attested, attestation }) };
}

/** The attempt of that number, or the last one. */
function attemptIn({ attempts }: Bundle, attempt: number | undefined): { index: number; attested: BundledAttempt } {
  const index =
    attempt === undefined
      ? attempts.length - 1
      : attempts.findIndex(({ ticket }) => ticket.message.attempt === attempt);
  const attested = attempts[index];
  if (attested === undefined) throw new UsageError(`The bundle has no attempt ${attempt ?? ''}.`);
  return { index, attested };
}

async function copyOf(
  source: string,
  read: EssenceReader,
  options: Parameters<EssenceReader>[1],
): Promise<EssenceCopy> {
  try {
    return await read(source, options);
  } catch (error) {
    if (!(error instanceof TranscodeError)) throw error;
    throw new Error(unreadableText('the source', error), { cause: error });
  }
}
