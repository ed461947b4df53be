import {
  InterceptingCall,
  ServerInterceptingCall,
  ServerListenerBuilder,
  ResponderBuilder,
  status,
  type Interceptor,
  type ServerInterceptor,
} from '@grpc/grpc-js';

/** Hears of every call that has ended: its method's path, and gRPC's status code. */
export type OnCallEnded = (path: string, code: number) => void;

/** Counts the calls that a server answers. */
export function countingServerInterceptor(onCallEnded: OnCallEnded = ignore): ServerInterceptor {
  return ({ path }, call) => {
    let counted = false;
    const count = (code: number): void => {
      if (counted) return;
      counted = true;
      onCallEnded(path, code);
    };
    return new ServerInterceptingCall(
      call,
      new ResponderBuilder()
        .withStart((next) => {
          next(
            new ServerListenerBuilder()
              .withOnCancel(() => {
                count(status.CANCELLED);
              })
              .build(),
          );
        })
        .withSendStatus((outcome, next) => {
          count(outcome.code);
          next(outcome);
        })
        .build(),
    );
  };
}

/** Counts the calls that a client makes. */
export function countingInterceptor(onCallEnded: OnCallEnded = ignore): Interceptor {
  return (options, nextCall) =>
    new InterceptingCall(nextCall(options), {
      start: (metadata, _listener, next) => {
        next(metadata, {
          onReceiveStatus: (outcome, nextStatus) => {
            onCallEnded(options.method_definition.path, outcome.code);
            nextStatus(outcome);
          },
        });
      },
    });
}

function ignore(): void {
  // Nobody counts.
}
