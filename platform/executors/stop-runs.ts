/** Ends all runs of a folder as when the machine is shut down: with a notice and a checkpoint, by their runners. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { goneWithin, isAlive, sendSignal } from '../embedded/process.ts';
import { systemErrorCode } from '../embedded/start-error.ts';
import { jobFiles } from './job-files.ts';

/** Longer than a runner takes for notice, SIGTERM and SIGKILL. */
const WAIT_MS = 20_000;

/**
 * What is ended goes on from its checkpoint when its job is started again. Safe to repeat.
 * @param directory of the process executor
 * @returns how many ran
 */
export async function stopRuns(directory: string): Promise<number> {
  const runners = namesIn(directory).flatMap((name) => {
    const files = jobFiles(path.resolve(directory, name));
    const claim = files.readClaim();
    return claim?.kind === 'runner' && !files.readExit() && isAlive(claim) ? [claim] : [];
  });
  for (const { pid } of runners) sendSignal(pid, 'SIGTERM');
  await Promise.all(runners.map((runner) => goneWithin(runner, WAIT_MS)));
  return runners.length;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
