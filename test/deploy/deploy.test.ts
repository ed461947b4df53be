import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { readNodeConfig } from '../../src/cli/node-config/read-node-config.js';
import { isSettingName } from '../../src/cli/node-config/settings.js';
import { exitCodes } from '../../src/cli/command.js';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

describe('the systemd unit', () => {
  const unit = read('deploy/millrace-node@.service');
  const valueOf = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1];

  it('gives a node more time to stop than draining takes by default', () => {
    const { transcoder } = readNodeConfig(['--orchestrator', '--transcoder'], {});
    expect(Number(valueOf('TimeoutStopSec')) * 1000).toBeGreaterThan((transcoder?.drainTimeoutMs ?? 0) + 10_000);
  });

  it('tells the node alone to stop, not its workers', () => {
    expect([valueOf('KillSignal'), valueOf('KillMode')]).toEqual(['SIGTERM', 'mixed']);
  });

  it('starts a node again when it failed, but not when its settings are wrong', () => {
    expect(valueOf('Restart')).toBe('on-failure');
    expect(valueOf('RestartPreventExitStatus')).toBe(String(exitCodes.usage));
  });

  it('names flags that a node has', () => {
    const flags = [...(valueOf('ExecStart') ?? '').matchAll(/--([a-z-]+)/g)].map(([, flag = '']) => flag);
    expect(flags).toEqual(['config']);
    expect(flags.every(isSettingName)).toBe(true);
  });
});

describe('the container file', () => {
  const lines = read('deploy/Containerfile').replace(/\\\n/g, '').split('\n');

  it('copies what is in the repository', () => {
    const sources = lines
      .filter((line) => line.startsWith('COPY') && !line.includes('--from'))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(sources.length).toBeGreaterThan(10);
    expect(sources.filter((path) => !existsSync(fileURLToPath(new URL(path, root))))).toEqual([]);
  });

  it('runs as no root', () => {
    expect(lines.findLast((line) => line.startsWith('USER'))).toBe('USER 1000:1000');
  });

  it('lets the driver’s encoders in', () => {
    expect(lines.join('\n')).toMatch(/NVIDIA_DRIVER_CAPABILITIES=\S*video/);
  });

  it('is asked whether it is ready where the node says it', () => {
    const [, address] = /MILLRACE_STATUS_ADDR=(\S+)/.exec(lines.join('\n')) ?? [];
    const { statusAddr } = readNodeConfig(['--orchestrator', '--transcoder'], { MILLRACE_STATUS_ADDR: address });
    expect(statusAddr).toEqual({ host: '0.0.0.0', port: 7935, fallback: false });
    expect(lines.find((line) => line.startsWith('HEALTHCHECK'))).toContain('CMD ["node", "-e", "fetch(`');
  });
});
