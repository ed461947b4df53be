import { ladderOf } from '../../../src/nodes/broadcaster/ladder.js';
import type { Notification } from '../../../src/nodes/broadcaster/notification.js';

/** A live stream without an end that is to have two renditions. */
export function sampleNotification(changes: Partial<Notification> = {}): Notification {
  return {
    stream: 'stream',
    sequence: 0,
    extension: 'ts',
    inputUrl: 'http://source.example/0.ts',
    outputUrl: 'rtmp://output.example/live/out',
    videoCodec: 'h264',
    pixelFormat: 0,
    durationMs: undefined,
    ladder: ladderOf({ presets: ['P240p30fps16x9', 'P360p30fps16x9'] }),
    ...changes,
  };
}
