import type { GpuReport } from '../../../transcoder/devices.js';
import { DeviceHealth } from './device-health.js';
import { EncoderSessions } from './encoder-sessions.js';

/** One GPU of a transcoder, and how it does. */
export class Card {
  readonly report: GpuReport;
  readonly health: DeviceHealth;
  readonly sessions: EncoderSessions;

  /** @param now a clock in milliseconds that only goes forward */
  constructor(report: GpuReport, now: () => number) {
    this.report = report;
    this.health = new DeviceHealth(now);
    this.sessions = new EncoderSessions(now);
  }

  get index(): number {
    return this.report.index;
  }

  /** As jobs, logs and metrics name it. */
  get label(): string {
    return `nvidia:${this.index}`;
  }
}
