import { expect, test } from 'vitest';

import { EncoderSessions } from '../../../../src/nodes/transcoder/devices/encoder-sessions.js';

function device() {
  const clock = { nowMs: 0 };
  return { clock, sessions: new EncoderSessions(() => clock.nowMs) };
}

test('No limit is assumed.', () => {
  const { sessions } = device();
  sessions.change(1000);
  expect(sessions.limit).toBeUndefined();
  expect(sessions.hasRoomFor(1000)).toBe(true);
});

test('As many as are open when the driver refuses one more are what it allows.', () => {
  const { sessions } = device();
  sessions.change(3);
  expect(sessions.refused()).toBe(3);
  expect(sessions.hasRoomFor(1)).toBe(false);
});

test('There is room again when sessions end.', () => {
  const { sessions } = device();
  sessions.change(3);
  sessions.refused();
  sessions.change(-2);
  expect(sessions.hasRoomFor(2)).toBe(true);
  expect(sessions.hasRoomFor(3)).toBe(false);
});

test('Sessions of other programs count, where the driver counts them.', () => {
  const { sessions } = device();
  sessions.change(1);
  sessions.counted(4);
  expect(sessions.refused()).toBe(4);
  sessions.counted(2);
  expect(sessions.hasRoomFor(2)).toBe(true);
  expect(sessions.hasRoomFor(3)).toBe(false);
});

test('A limit is forgotten after ten minutes: others may have left.', () => {
  const { clock, sessions } = device();
  sessions.refused();
  clock.nowMs += 10 * 60_000 - 1;
  expect(sessions.hasRoomFor(1)).toBe(false);
  clock.nowMs += 1;
  expect(sessions.hasRoomFor(1)).toBe(true);
  expect(sessions.limit).toBeUndefined();
});
