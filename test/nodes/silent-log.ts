import { createLog } from '../../src/observe/log.js';

/** Writes nothing. */
export const silentLog = createLog({ level: 'silent' });
