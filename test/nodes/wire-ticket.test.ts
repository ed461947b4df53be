import { describe, expect, it } from 'vitest';

import { orderedJob, ticketOf, wireTicket } from '../../src/nodes/wire-ticket.js';
import { VideoCodec, type ValidOrder } from '../../src/rpc/order.js';
import { Signer } from '../../src/trust/keys/signer.js';
import { ticketFor } from '../../src/trust/orders/ordered-job.js';
import { ticketMessage } from '../../src/trust/orders/ticket.js';
import { defaultDomain } from '../../src/trust/typed-data/domain.js';
import { sampleOrder, sampleRendition } from './wire-samples.js';

const broadcaster = new Signer(`0x${'b0'.repeat(32)}`);
const salt = `0x${'a5'.repeat(32)}`;
const terms = {
  broadcaster: broadcaster.address,
  orchestrator: new Signer(`0x${'01'.repeat(32)}`).address,
  ...{ price: { wei: 1, pixels: 1 }, notBefore: 1, notAfter: 2, windowMs: 2000 },
};

function orderOf(codec: VideoCodec): ValidOrder {
  const { name, profile, outputUrl } = sampleRendition('720p');
  return sampleOrder({ renditions: [{ name, profile: { ...profile, codec }, outputUrl }] });
}

function signedFor(order: ValidOrder) {
  return wireTicket(ticketMessage.sign(defaultDomain, ticketFor(orderedJob(order), terms, salt), broadcaster), salt);
}

const codings = [
  [VideoCodec.VIDEO_CODEC_H264, 'h264'],
  [VideoCodec.VIDEO_CODEC_HEVC, 'hevc'],
  [VideoCodec.VIDEO_CODEC_HEVC_10, 'hevc-10'],
  [VideoCodec.VIDEO_CODEC_AV1, 'av1'],
  [VideoCodec.VIDEO_CODEC_AV1_10, 'av1-10'],
] as const;

describe.each(codings)('The ticket of an order of %s', (codec, name) => {
  it(`says ${name}, and verifies on the other side`, () => {
    const arrived = ticketOf(orderOf(codec), signedFor(orderOf(codec)));
    expect(arrived.message.renditions[0]?.profile.codec).toBe(name);
    expect(ticketMessage.check(defaultDomain, arrived, broadcaster.address)).toMatchObject({ valid: true });
  });

  it('is not one of an order with another codec or depth', () => {
    for (const [other] of codings.filter(([one]) => one !== codec)) {
      const arrived = ticketOf(orderOf(other), signedFor(orderOf(codec)));
      expect(ticketMessage.check(defaultDomain, arrived, broadcaster.address)).toMatchObject({ fault: 'wrongSigner' });
    }
  });
});
