import type { TranscodeError, TranscodeErrorCode } from '../transcoder/error.js';

/** Where something failed, as far as the advice differs. */
interface Place {
  /** An output, not the source. */
  output: boolean;
  kind: 'network' | 'file' | 'stream';
  /** Over HTTP, where header fields can be sent. */
  http: boolean;
  stage: TranscodeError['stage'];
  cause: unknown;
}

/** What a user of the command line can do about a failure, in a sentence. Absent: nothing that is known here. */
export function remedyFor(error: TranscodeError): string | undefined {
  const remedy = remedies[error.code];
  return typeof remedy === 'function' ? remedy(placeOf(error)) : remedy;
}

function placeOf({ stage, url, httpStatus, cause }: TranscodeError): Place {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url ?? '')?.[1]?.toLowerCase();
  const network = httpStatus !== undefined || (scheme !== undefined && scheme !== 'file');
  return {
    output: stage === 'sink' || stage === 'mux',
    kind: network ? 'network' : url === undefined ? 'stream' : 'file',
    http: httpStatus !== undefined || scheme === 'http' || scheme === 'https',
    stage,
    cause,
  };
}

const remedies: Record<TranscodeErrorCode, string | undefined | ((place: Place) => string)> = {
  OPTIONS_INVALID: undefined,
  SCHEME_DENIED:
    'Use another kind of URL, or let it in with --allow-scheme; inside a playlist only http and https may be referred to.',
  ADDRESS_DENIED: 'Let the network in with --allow-network, or take it out of --deny-network.',
  HOST_NOT_FOUND: 'Check the spelling of the host name, and that this machine can resolve names.',
  CONNECTION_REFUSED: 'Check that the server is running and that host and port are right.',
  CONNECTION_RESET: "Look into the server's log for why it closed the connection, then start again.",
  TIMED_OUT:
    'Check that the server can be reached from here (firewall, route, port); --connect-timeout gives it longer.',
  STALLED: ({ output }) =>
    `Check that the other side is still ${output ? 'reading' : 'sending'}; --stall-timeout gives it longer.`,
  TLS_UNTRUSTED: 'Trust its authority with --ca-file FILE. --insecure turns the check off, for tests.',
  TLS_FAILED: 'Check that the port speaks TLS, and which versions the server allows.',
  UNAUTHORIZED: ({ http, output }) =>
    http
      ? `Check the user name or the token; ${output ? '--output-header' : '--header'} sends an Authorization of your own.`
      : 'Check the stream key, the user name or the passphrase in the URL.',
  NOT_FOUND: ({ kind, output }) => {
    if (output) return kind === 'file' ? 'Check the path, and make its folder first.' : 'Check the path of the upload.';
    return kind === 'file'
      ? 'Check the path; one without a / in front starts at the folder where the command runs.'
      : 'Check the path, and that the stream is being published.';
  },
  HTTP_STATUS: ({ output }) =>
    `Look into the server's log for why it answered so${output ? '; --method POST uploads that way instead of by PUT' : ''}.`,
  PROTOCOL: 'Check that the URL scheme fits what the server speaks on that port.',
  FILE_FAILED: ({ output }) =>
    output
      ? 'Check that the path is not a folder, that you may write there, and that the disk has room.'
      : 'Check that the path is a file and not a folder, and that you may read it.',
  STREAM_FAILED: ({ output, cause }) => {
    if (!output) return 'Check the program that writes to this pipe.';
    return isBrokenPipe(cause)
      ? 'The reader of the pipe closed it; --duration takes only the beginning of a source.'
      : 'Check the program that reads from this pipe.';
  },
  FORMAT_INVALID: 'Name the container with --format, or check the source with a player.',
  NO_MEDIA: ({ kind, output }) => {
    if (output) return 'Check that --from is before the end of the source, and that a player shows the source.';
    return kind === 'network'
      ? 'Check that something is being published there.'
      : 'Check that the source is not empty, with a player.';
  },
  CODEC_UNSUPPORTED: ({ stage }) => {
    if (stage === 'encode') return 'Use --codec h264; millrace devices shows which codecs this machine encodes.';
    return stage === 'decode'
      ? 'millrace devices lists the codecs that this machine decodes.'
      : 'Another container may carry this codec: try another --output-format.';
  },
  DECODE_FAILED: 'Check the source with a player.',
  SCALE_FAILED: 'Try --accel none.',
  ENCODE_FAILED: 'Try --accel none, or another --preset.',
  MUX_FAILED: 'Try another --output-format.',
  DEVICE_UNAVAILABLE: 'millrace devices shows what this machine has; --accel none encodes on the CPU.',
  DEVICE_LOST: 'nvidia-smi shows whether the GPU is there; --accel none goes without.',
  DEVICE_OUT_OF_MEMORY: 'Run fewer jobs on this GPU, or name another with --accel nvidia:N.',
  DEVICE_SESSIONS_EXHAUSTED: 'Run fewer encoders on this machine; --accel auto goes on on the CPU.',
  DEVICE_FAILED: 'Try --accel none, and report this with the GPU and the version of its driver.',
  ADDON_UNAVAILABLE: undefined,
  CANCELLED: undefined,
  INTERNAL: 'This is a defect of Millrace: please report it with the command and this message.',
};

function isBrokenPipe(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EPIPE';
}
