import type { ChannelOptions } from '@grpc/grpc-js';

/**
 * How a client's channel behaves. A server that has vanished is noticed in under two seconds, also while no call runs;
 * one that is not there is asked again after a tenth of a second, and at least every two.
 */
export const channelOptions: ChannelOptions = {
  'grpc.keepalive_time_ms': 700,
  'grpc.keepalive_timeout_ms': 1200,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2000,
  'grpc.max_receive_message_length': 512 * 1024,
  // A call that starts work must not be repeated behind its caller's back.
  'grpc.enable_retries': 0,
  // Channels with the same target share a connection otherwise, and one peer's trouble would be another's.
  'grpc.use_local_subchannel_pool': 1,
  // Nobody asks for gRPC's own statistics.
  'grpc.enable_channelz': 0,
};
