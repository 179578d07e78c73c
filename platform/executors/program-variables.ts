/** What every program is told, wherever it runs (contracts/job-run.ts). */
import { PROGRAM_VARIABLES } from '../../contracts/job-run.ts';
import type { JobLaunch } from './executor.ts';

/** @param run what marks its processes */
export const programVariables = (
  { name, config, workDir, resumeFrom }: JobLaunch,
  run: string,
): Record<string, string> => ({
  [PROGRAM_VARIABLES.job]: name,
  [PROGRAM_VARIABLES.run]: run,
  [PROGRAM_VARIABLES.config]: config,
  [PROGRAM_VARIABLES.workDir]: workDir,
  ...(resumeFrom !== undefined && { [PROGRAM_VARIABLES.resumeFrom]: String(resumeFrom) }),
});
