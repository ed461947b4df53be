import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { test as base } from 'vitest';

import { CertificateAuthority } from '../servers/certificate-authority.js';
import { MediaServer } from '../servers/media-server.js';
import { NginxRtmp } from '../servers/nginx-rtmp.js';

/** What a test asks for by name gets started for it, and ended after it. */
export interface Fixtures {
  /** An empty folder. */
  folder: string;
  /** An HTTP server. */
  http: MediaServer;
  /** An authority that signed the certificate of `https`. */
  authority: CertificateAuthority;
  /** An HTTPS server. */
  https: MediaServer;
  /** An RTMP server. */
  nginx: NginxRtmp;
}

/* eslint-disable no-empty-pattern -- vitest insists on a pattern */
export const test = base.extend<Fixtures>({
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-e2e-'));
    await use(folder);
    rmSync(folder, { recursive: true, force: true });
  },
  http: async ({}, use) => {
    await using server = await MediaServer.start();
    await use(server);
  },
  authority: async ({}, use) => {
    using authority = new CertificateAuthority();
    await use(authority);
  },
  https: async ({ authority }, use) => {
    await using server = await MediaServer.start(authority.issue());
    await use(server);
  },
  nginx: async ({}, use) => {
    await using server = await NginxRtmp.start();
    await use(server);
  },
});
