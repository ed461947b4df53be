import { readFileSync } from 'node:fs';

import { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';

import type { Endpoint } from './endpoint.js';
import { isLoopback } from './loopback.js';

/** A certificate and its key, as PEM files. */
export interface Identity {
  certificateFile: string;
  keyFile: string;
}

/** How a server proves itself, and whom it trusts without a secret. */
export interface ServerTls extends Identity {
  /** PEM file with authorities: nobody connects without a certificate that one of them has signed. */
  clientCaFile?: string;
}

/** How a client checks a server, and proves itself. */
export interface ClientTls {
  /** Use TLS between loopback addresses too, where it is off by default. */
  always?: boolean;
  /** PEM file with the authorities to trust. Default: Node's. Asks for TLS, loopback or not. */
  caFile?: string;
  /** Accept any certificate. Default `false`. */
  insecure?: boolean;
  identity?: Identity;
}

/** @throws Error of the system when a file cannot be read. */
export function serverCredentials(tls: ServerTls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  return ServerCredentials.createSsl(
    tls.clientCaFile === undefined ? null : readFileSync(tls.clientCaFile),
    [{ cert_chain: readFileSync(tls.certificateFile), private_key: readFileSync(tls.keyFile) }],
    tls.clientCaFile !== undefined,
  );
}

/** @throws Error of the system when a file cannot be read. */
export function clientCredentials({ host }: Endpoint, tls: ClientTls): ChannelCredentials {
  const asked = tls.always === true || tls.caFile !== undefined || tls.identity !== undefined;
  if (isLoopback(host) && !asked) return ChannelCredentials.createInsecure();
  return ChannelCredentials.createSsl(
    tls.caFile === undefined ? null : readFileSync(tls.caFile),
    tls.identity === undefined ? null : readFileSync(tls.identity.keyFile),
    tls.identity === undefined ? null : readFileSync(tls.identity.certificateFile),
    { rejectUnauthorized: tls.insecure !== true },
  );
}
