// Stable codes of the engine, of errors and of warnings: the job left the device, or failed, for the device's sake.
const faults: ReadonlySet<string> = new Set([
  'DEVICE_UNAVAILABLE',
  'DEVICE_LOST',
  'DEVICE_OUT_OF_MEMORY',
  'DEVICE_FAILED',
  'DEVICE_LEFT',
]);

/** Whether an error or a warning of a job counts against the device that the job is at. */
export function isDeviceFault(code: string): boolean {
  return faults.has(code);
}

/** Whether it says that the driver refused an encoder because there are as many as it allows. */
export function isSessionRefusal(code: string): boolean {
  return code === 'DEVICE_SESSIONS_EXHAUSTED';
}
