import { describe, expect } from 'vitest';

import { GrowingSource } from '../../servers/growing-source.js';
import { liveSource, test } from './fixtures.js';
import { notify, tiny, withKey } from './network.js';
import { testSecrets } from './transcript.js';

describe('A media server whose certificate is of an authority of its own', () => {
  test.for([
    { outcome: 'verified', trusts: true },
    { outcome: 'undecided', trusts: false },
  ])(
    'is where samples are $outcome, as --ca-file is given to the broadcaster, too: $trusts',
    async ({ outcome, trusts }, { network, https, authority }) => {
      const trust = ['--ca-file', authority.file];
      const orchestrator = await network.orchestrator();
      await network.transcoder('one', orchestrator.serviceAddress, ...trust);
      const looking = ['--verify-rate', '1', '--receipt-window', '1', ...(trusts ? trust : [])];
      const broadcaster = await network.broadcaster([orchestrator.serviceAddress], ...looking);
      const source = new GrowingSource(await liveSource(2), 2);
      using job = notify(broadcaster, '/live/secure/1.ts', {
        inputUrl: withKey(https.on('/in.ts', source.handler)),
        outputUrl: withKey(https.url('/out')),
        profiles: [tiny('small')],
      });
      expect(await job.ended()).toBe('complete');
      await broadcaster.logged(({ msg }) => msg === 'verification', 2);
      const looks = broadcaster.lines.filter(({ msg }) => msg === 'verification');
      expect(looks).toMatchObject([{ outcome }, { outcome }]);
      if (!trusts) expect(String(looks[0]?.['findings'])).toContain('RENDITION_UNAVAILABLE: TLS_UNTRUSTED');
    },
  );
});

testSecrets();
