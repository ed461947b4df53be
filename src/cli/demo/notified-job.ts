import { z } from 'zod';

/** What a media server tells a broadcaster of a stream. */
export interface NotifiedStream {
  /** Where notifications go: `http://host:port/live/stream/0.ts`. */
  url: string;
  inputUrl: string;
  outputUrl: string;
  profiles: readonly { name: string; width: number; height: number; bitrate: number; fps: number; gop: string }[];
}

const fault = z.object({ class: z.string(), code: z.string(), message: z.string() });

const rendition = z.object({
  name: z.string(),
  state: z.enum(['waiting', 'running', 'finished', 'failed']),
  framesOut: z.number(),
  framesDropped: z.number(),
  bytes: z.number(),
  pixelsEncoded: z.number(),
  bitrateBps: z.number(),
  latency: z.object({ p50Ms: z.number(), p99Ms: z.number(), maxMs: z.number() }).optional(),
});

const event = z.discriminatedUnion('event', [
  z.object({ event: z.literal('accepted'), attempt: z.number(), transcoder: z.string() }),
  z.object({ event: z.literal('urls'), urls: z.array(z.string()) }),
  z.object({
    event: z.literal('started'),
    source: z.object({
      videoCodec: z.string(),
      width: z.number(),
      height: z.number(),
      fps: z.number(),
      audioCodec: z.string(),
    }),
  }),
  z.object({ event: z.literal('first-frame'), rendition: z.string(), sinceNotificationMs: z.number() }),
  z.object({
    event: z.literal('progress'),
    attempt: z.number(),
    progress: z.object({ realTimeRatio: z.number(), renditions: z.array(rendition) }),
  }),
  z.object({
    event: z.literal('receipt'),
    attempt: z.number(),
    receipt: z.object({
      message: z.object({
        index: z.number(),
        renditions: z.array(z.object({ frames: z.number(), pixels: z.number() })),
      }),
    }),
  }),
  z.object({
    event: z.literal('verification'),
    attempt: z.number(),
    window: z.number(),
    rendition: z.string(),
    outcome: z.enum(['verified', 'failed', 'undecided']),
  }),
  z.object({ event: z.literal('warning'), code: z.string(), message: z.string() }),
  z.object({ event: z.literal('failover'), attempt: z.number(), cause: fault }),
  z.object({ event: z.literal('rendition-failed'), rendition: z.string(), fault }),
  z.object({ event: z.literal('rendition-finished'), rendition: z.string() }),
  z.object({ event: z.literal('finished') }),
  z.object({ event: z.literal('failed'), fault }),
  z.object({ event: z.literal('cancelled'), outputs: z.enum(['finished', 'broken off']) }),
]);

/** An event of a job, as the broadcaster writes it. */
export type NotifiedEvent = z.infer<typeof event>;
export type NotifiedRendition = z.infer<typeof rendition>;

/**
 * Notifies the broadcaster of a stream, and yields what it tells of the job; the last event says how it ended.
 *
 * @throws Error with the broadcaster's sentence when it does not take the stream.
 * @throws the signal's reason; the broadcaster then breaks the job off.
 */
export async function* notify(stream: NotifiedStream, signal: AbortSignal): AsyncGenerator<NotifiedEvent> {
  const { url, ...configuration } = stream;
  const response = await fetch(url, {
    method: 'POST',
    headers: { accept: 'application/x-ndjson', 'livepeer-transcode-configuration': JSON.stringify(configuration) },
    signal,
  });
  if (!response.ok || response.body === null) {
    const problem = (await response.json()) as { detail?: string };
    throw new Error(problem.detail ?? `The broadcaster answered ${response.status}.`);
  }
  let rest = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield event.parse(JSON.parse(line));
    }
  } catch (error) {
    // A job that failed ends its response so; its last event has said why.
    if (!(error instanceof TypeError)) throw error;
  }
}

/** Asks the broadcaster to end a job properly. */
export async function cancel({ url }: Pick<NotifiedStream, 'url'>): Promise<void> {
  await fetch(url, { method: 'DELETE' });
}
