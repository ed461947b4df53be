import { Counter, type Registry } from 'prom-client';

import { BoundedLabel } from './bounded-label.js';

/** gRPC's own words for its status codes, by number. */
const statusNames = [
  ...['OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS'],
  ...['PERMISSION_DENIED', 'RESOURCE_EXHAUSTED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED'],
  ...['INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED'],
];

/** What is counted of gRPC calls, made or answered: `millrace_grpc_*`. One per registry. */
export class GrpcMetrics {
  readonly #calls: Counter<'method' | 'code'>;
  readonly #errors: Counter<'method'>;
  readonly #methods = new BoundedLabel(32);

  constructor(registry: Registry) {
    const registers = [registry];
    this.#calls = new Counter({
      name: 'millrace_grpc_calls_total',
      help: 'gRPC calls that ended, by method and status.',
      labelNames: ['method', 'code'],
      registers,
    });
    this.#errors = new Counter({
      name: 'millrace_grpc_errors_total',
      help: 'gRPC calls that ended with a status other than OK and CANCELLED.',
      labelNames: ['method'],
      registers,
    });
  }

  /**
   * A call ended.
   *
   * @param method its path (`/millrace.v1.TranscoderService/Connect`) or its bare name
   * @param code gRPC's status code, 0 to 16
   */
  call(method: string, code: number): void {
    const known = this.#methods.of(method.slice(method.lastIndexOf('/') + 1));
    const status = statusNames[code] ?? 'UNKNOWN';
    this.#calls.inc({ method: known, code: status });
    if (status !== 'OK' && status !== 'CANCELLED') this.#errors.inc({ method: known });
  }
}
