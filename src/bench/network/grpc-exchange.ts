import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';

import { OrchestratorServiceService, type RunJobResponse } from '../../rpc/generated/millrace/v1/orchestrator.js';

const headerBytes = 5;

/**
 * Says one thing, a {@link frame}, over RunJob and hears everything that is answered, up to the end that the orchestrator makes. It speaks
 * gRPC's framing by itself: a load that shares the machine with what it loads is to take as little of it as possible.
 */
export function exchange(
  session: ClientHttp2Session,
  request: Buffer,
  onResponse: (response: RunJobResponse) => void,
): Promise<void> {
  const { path, responseDeserialize } = OrchestratorServiceService.runJob;
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/grpc', te: 'trailers' };
    const stream = session.request({ ':method': 'POST', ':path': path, ...headers });
    let rest: Buffer = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      for (let length = frameBytes(rest); length !== undefined; length = frameBytes(rest)) {
        onResponse(responseDeserialize(rest.subarray(headerBytes, length)));
        rest = rest.subarray(length);
      }
    });
    let status: string | string[] | undefined;
    stream.once('trailers', (trailers: IncomingHttpHeaders) => {
      status = trailers['grpc-status'];
    });
    stream.once('error', reject);
    stream.once('close', () => {
      if (status === '0') resolve();
      else reject(new Error(`A call ended with the status ${String(status)}.`));
    });
    stream.once('end', () => stream.end());
    stream.write(request);
  });
}

/** A message as it stands on the wire: not compressed, its length, itself. */
export function frame(message: Buffer): Buffer {
  const framed = Buffer.alloc(headerBytes + message.length);
  framed.writeUInt32BE(message.length, 1);
  message.copy(framed, headerBytes);
  return framed;
}

/** How many bytes the first frame has; `undefined` while it is not there as a whole. */
export function frameBytes(bytes: Buffer): number | undefined {
  if (bytes.length < headerBytes) return undefined;
  const length = headerBytes + bytes.readUInt32BE(1);
  return length <= bytes.length ? length : undefined;
}
