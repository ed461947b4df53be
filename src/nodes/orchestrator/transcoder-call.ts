import { status, type ServerDuplexStream } from '@grpc/grpc-js';

import { FaultClass, attemptEvent } from '../../rpc/attempt-event.js';
import type { AttemptEvent } from '../../rpc/generated/millrace/v1/job.js';
import type { ConnectRequest, ConnectResponse } from '../../rpc/generated/millrace/v1/transcoder.js';
import { hello as helloSchema, type Welcome } from '../../rpc/hello.js';
import { WireFault, checked } from '../../rpc/wire-fault.js';
import type { Log } from '../../observe/log.js';
import { nodeFault } from '../fault.js';
import type { ConnectedTranscoder, Send } from './connected-transcoder.js';
import type { Fleet } from './fleet.js';

export interface TranscoderCallOptions {
  fleet: Fleet;
  /** What a transcoder is told at first, but for what was revoked. */
  terms: Omit<Welcome, 'revoked'>;
  log: Log;
  onConnected: (transcoder: ConnectedTranscoder) => void;
}

type Call = ServerDuplexStream<ConnectRequest, ConnectResponse>;
type Request = NonNullable<ConnectRequest['request']>;

// A transcoder says hello with its first breath.
const helloTimeoutMs = 3000;

/** One connection of a transcoder: from its hello to the end of the stream. */
export class TranscoderCall {
  readonly #call: Call;
  readonly #options: TranscoderCallOptions;
  #transcoder: ConnectedTranscoder | undefined;
  readonly #send: Send = (response) => {
    if (!this.#over) this.#call.write({ response });
  };
  #over = false;
  readonly #helloTimer: NodeJS.Timeout;

  /** Listens to the call until it ends. */
  constructor(call: Call, options: TranscoderCallOptions) {
    this.#call = call;
    this.#options = options;
    this.#helloTimer = setTimeout(() => {
      call.emit('error', { code: status.DEADLINE_EXCEEDED, details: 'No hello came.' });
      this.#end();
    }, helloTimeoutMs);
    call.on('data', (message: ConnectRequest) => {
      this.#receive(message);
    });
    for (const event of ['end', 'error', 'cancelled', 'close'] as const) {
      call.on(event, () => {
        this.#end();
      });
    }
  }

  #receive({ request }: ConnectRequest): void {
    if (this.#over) return;
    try {
      if (request === undefined) throw new WireFault('The message says nothing.');
      if (request.$case === 'hello') this.#hello(request);
      else if (this.#transcoder === undefined) throw new WireFault('The first message is not a hello.');
      else this.#heard(this.#transcoder, request);
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      this.#options.log.warn({ transcoder: this.#transcoder?.name, err: error }, 'a transcoder said what cannot be');
      this.#call.emit('error', { code: status.INVALID_ARGUMENT, details: error.message });
      this.#end();
    }
  }

  #hello(request: Extract<Request, { $case: 'hello' }>): void {
    if (this.#transcoder !== undefined) throw new WireFault('A second hello.');
    const { fleet, terms, onConnected } = this.#options;
    const hello = checked(helloSchema, request.value);
    clearTimeout(this.#helloTimer);
    const transcoder = fleet.welcome(hello);
    this.#transcoder = transcoder;
    transcoder.connected(this.#send);
    const revoked = hello.running.filter((attempt) => transcoder.jobOf(attempt) === undefined);
    transcoder.send({ $case: 'welcome', value: { ...terms, revoked } });
    onConnected(transcoder);
  }

  #heard(transcoder: ConnectedTranscoder, request: Exclude<Request, { $case: 'hello' }>): void {
    transcoder.heard();
    switch (request.$case) {
      case 'heartbeat':
        break;
      case 'accepted':
        transcoder.jobOf(request.value)?.accepted(transcoder, request.value.attempt);
        break;
      case 'refused':
        transcoder.jobOf(request.value)?.refused(transcoder, request.value.attempt);
        break;
      case 'event':
        this.#event(transcoder, request.value);
        break;
      case 'draining':
        this.#options.fleet.drain(transcoder);
    }
  }

  /** What cannot be, in one attempt, ends that attempt and none of the transcoder's others. */
  #event(transcoder: ConnectedTranscoder, message: AttemptEvent): void {
    const job = transcoder.jobOf(message);
    if (job === undefined) return;
    try {
      const { attempt, event } = checked(attemptEvent, message);
      job.event(transcoder, attempt, event);
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      const { jobId, attempt } = message;
      this.#options.log.warn(
        { transcoder: transcoder.name, job: jobId, attempt, err: error },
        'a transcoder told what cannot be',
      );
      job.transcoderLost(transcoder, nodeFault(FaultClass.FAULT_CLASS_TRANSCODER, 'PROTOCOL', error.message), true);
    }
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#helloTimer);
    this.#call.end();
    if (this.#transcoder !== undefined) this.#options.fleet.disconnected(this.#transcoder, this.#send);
  }
}
