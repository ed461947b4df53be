import type { IncomingMessage, ServerResponse } from 'node:http';

import { FaultClass, type Fault } from '../../rpc/attempt-event.js';
import { eventLine } from './event-line.js';
import type { JobEvent } from './job-events.js';
import { Problem, type ProblemCode } from './problem.js';

const ndjson = 'application/x-ndjson';
// A listener that takes nothing for this many bytes of events gets no more figures and warnings.
const slowListenerBytes = 64 * 1024;

/**
 * The response to a notification. It begins when the job was taken on, or is a problem when it was not; it lasts as long
 * as the job, and ends properly only when the job did.
 */
export class JobResponse {
  readonly #response: ServerResponse;
  readonly #lines: boolean;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#response = response;
    this.#lines = (request.headers.accept ?? '').includes(ndjson);
  }

  event(event: JobEvent): void {
    switch (event.type) {
      case 'accepted':
        this.#begin();
        this.#line(event);
        break;
      case 'urls':
        if (!this.#lines) this.#response.write(event.urls.map((url) => `${url}\n`).join(''));
        this.#line(event);
        break;
      case 'progress':
      case 'warning':
        if (this.#response.writableLength < slowListenerBytes) this.#line(event);
        break;
      case 'started':
      case 'firstFrame':
      case 'receipt':
      case 'verification':
      case 'failover':
      case 'renditionFailed':
      case 'renditionFinished':
        this.#line(event);
        break;
      case 'finished':
        this.#line(event);
        this.#response.end();
        break;
      case 'failed':
        if (!this.#response.headersSent) this.problem(problemOf(event));
        else this.#abort(event);
        break;
      case 'cancelled':
        if (!this.#response.headersSent)
          this.problem(new Problem('cancelled', 'The job was cancelled before it began.'));
        else if (event.outputs === 'broken off') this.#abort(event);
        else {
          this.#line(event);
          this.#response.end();
        }
    }
  }

  problem(problem: Problem): void {
    sendProblem(this.#response, problem);
  }

  #begin(): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(200, {
      'content-type': this.#lines ? ndjson : 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
    });
    this.#response.flushHeaders();
  }

  #line(event: JobEvent): void {
    if (this.#lines && this.#response.headersSent) this.#response.write(eventLine(event));
  }

  /** The headers have said that all is well: only a broken response can take that back. */
  #abort(event: JobEvent): void {
    if (!this.#lines) {
      this.#response.destroy();
      return;
    }
    this.#response.write(eventLine(event), () => this.#response.destroy());
  }
}

export function sendProblem(response: ServerResponse, problem: Problem): void {
  const body = problem.toBody();
  response.writeHead(problem.status, {
    'content-type': Problem.contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(problem.status === 503 && { 'retry-after': `${problem.retryAfterS}` }),
    ...(problem.status === 405 && { allow: problem.allow }),
  });
  response.end(body);
}

/** Why a job that nobody took on, or that ended before it began, is not there. */
function problemOf({ fault, retryAfterS }: Extract<JobEvent, { type: 'failed' }>): Problem {
  return new Problem(codeOf(fault), fault.message, { retryAfterS });
}

function codeOf({ class: faultClass, code }: Fault): ProblemCode {
  if (code === 'INCAPABLE') return 'codec-unsupported';
  if (code === 'FULL' || code === 'NO_ORCHESTRATOR' || code === 'TOO_DEAR') return 'no-orchestrator';
  // Whoever is there wants to be paid, and is not.
  if (code === 'INSUFFICIENT_BALANCE' || faultClass === FaultClass.FAULT_CLASS_BROADCASTER) return 'no-orchestrator';
  if (code === 'TIMED_OUT') return 'timed-out';
  return faultClass === FaultClass.FAULT_CLASS_SOURCE ? 'source-failed' : 'orchestrators-failed';
}
