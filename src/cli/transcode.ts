import { TranscodeError } from '../transcoder/error.js';
import { presets } from '../transcoder/presets.js';
import { Transcoder } from '../transcoder/transcoder.js';

import { exitCodeOf, exitCodes, type Command } from './command.js';
import { inFlags } from './flag-names.js';
import { Interruption } from './interruption.js';
import { openReport } from './open-report.js';
import { parseTranscodeArguments, type TranscodeArguments } from './transcode-arguments.js';
import { UsageError } from './usage-error.js';

const help = `millrace transcode INPUT --rendition PROFILE=OUTPUT …

Pulls the source while it is being produced, decodes it once, and pushes every rendition as it is made.

  INPUT     http(s), rtmp(s), srt, rtsp(s) URL, a file, or - for the standard input
  PROFILE   a preset's name (below), or WIDTHxHEIGHT[@FPS]:BITRATE such as 1280x720@30:3000k;
            a side of 0 follows the source's aspect, no FPS keeps the source's;
            :hevc, :av1, :hevc-10 or :av1-10 behind it is that rendition's coding
  OUTPUT    http(s), rtmp(s), srt URL, a file, or - for the standard output (needs --output-format)

What to make
  -r, --rendition PROFILE=OUTPUT     once per rendition
      --tune latency|quality         for live, or for files                         [latency]
      --preset ultrafast…veryslow    how much work goes into compression            [veryfast]
      --gop SECONDS|intra            from keyframe to keyframe                      [2]
      --codec h264|hevc|av1          of renditions that do not say                  [h264]
      --bit-depth 8|10               10, for hevc and av1, keeps HDR                [8]
      --encoder-profile baseline|main|high
      --audio copy|aac|opus|drop     encodes as AAC what the container cannot carry [copy]
      --from SECONDS                 start this far into the source                 [0]
      --duration SECONDS             take this much of the source                   [all]

Where it runs
      --accel auto|none|nvidia[:N,…] a GPU, or one of those with these numbers      [auto]
      --pace auto|live|read-ahead    whether the source may be made to wait         [auto]

How to talk to the servers
      --format mpegts|flv|mp4|matroska|hls   the input's container                  [found out]
      --output-format mpegts|flv|mp4         the outputs'                           [by the URL]
      --header "Name: value"         sent with the request for the source; repeatable
      --output-header "Name: value"  sent with every upload; repeatable
      --method PUT|POST              of uploads over HTTP                           [PUT]
      --connect-timeout SECONDS      for the connection and the first answer        [10]
      --stall-timeout SECONDS        in which nothing moves                         [10]
      --ca-file FILE                 PEM with the authorities to trust              [the system's]
      --insecure                     accept any TLS certificate
      --allow-scheme SCHEME          only URLs of this kind (https, file …); repeatable
      --allow-network CIDR           talk to these networks only; repeatable
      --deny-network CIDR            never to these; repeatable

What is said
      --json                         every event as a line of JSON on the standard output
  -q, --quiet                        failures and warnings only
      --verbose                      the log lines of the libraries inside too

Presets: height, frame rate, aspect
${presetLines()}

Ctrl-C ends the source there and finishes every output; a second one breaks off.
Exit code: 0 every rendition was delivered, 1 one or all failed, 2 usage, 130 Ctrl-C, 143 SIGTERM.

  millrace transcode https://host/live/source.ts \\
    -r P720p30fps16x9=rtmp://host/live/a/720p -r 0x360:800k=srt://host:9000?streamid=a360
`;

export const command: Command = { help, run };

function presetLines(): string {
  const rows: string[] = [];
  for (const name of Object.keys(presets)) {
    const row = rows.at(-1);
    if (row === undefined || row.length > 80) rows.push(`  ${name}`);
    else rows[rows.length - 1] = `${row}  ${name}`;
  }
  return rows.join('\n');
}

async function run(args: string[]): Promise<number> {
  const wanted = parseTranscodeArguments(args);
  const breakOff = new AbortController();
  const transcoder = create(wanted, breakOff.signal);
  const report = openReport(wanted);
  const interruption = new Interruption({
    end: () => {
      report.remark('Ending the outputs properly; the same again breaks off.');
      // The outcome, good or bad, comes through the iteration below.
      transcoder.stop().catch(() => undefined);
    },
    breakOff: () => {
      breakOff.abort();
    },
  });
  if (wanted.insecure)
    report.remark('TLS certificates are not checked (--insecure): anyone in between can read along.');
  try {
    for await (const event of transcoder) {
      report.event(event);
      if (event.type === 'ended') return interruption.exitCode ?? exitCodeOf(event.result);
    }
    return exitCodes.failed;
  } catch (error) {
    if (breakOff.signal.aborted) report.brokenOff();
    else report.failed(error);
    return interruption.exitCode ?? exitCodes.failed;
  } finally {
    interruption.release();
    report.close();
  }
}

/** What the library finds wrong with the options is the user's to mend, as any other mistake on the command line. */
function create(wanted: TranscodeArguments, signal: AbortSignal): Transcoder {
  try {
    return new Transcoder({ ...wanted.job, signal });
  } catch (error) {
    if (!(error instanceof TranscodeError) || error.code !== 'OPTIONS_INVALID') throw error;
    throw new UsageError(inFlags(error.message, wanted.job.renditions.length), { cause: error });
  }
}
