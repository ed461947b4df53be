import { Problem } from '../../../src/nodes/broadcaster/problem.js';

/** The problem that `action` throws; fails when it throws none. */
export function caughtProblem(action: () => unknown): Problem {
  try {
    action();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}
