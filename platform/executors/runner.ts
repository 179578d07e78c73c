/**
 * The runner of one run: `node runner.ts FOLDER`. It stands on its own, in a session of its own, and says all that it
 * has to say in files of that folder. The worker that started it may die and come back.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobExit } from '../../contracts/job-run.ts';
import { identifyProcess } from '../embedded/process.ts';
import { jobFiles, unseenExit, type JobFiles, type LaunchRecord } from './job-files.ts';
import { openJobProcesses } from './job-processes.ts';
import { superviseRun } from './supervise-run.ts';

/** Between two tries to write on a disk that is full. */
const AGAIN_MS = 1000;
/** When the machine is shut down: systemd waits for 90 s, others for less. */
const SHUTDOWN_NOTICE_MS = 5000;
const SHUTDOWN_GRACE_MS = 3000;

const files = jobFiles(process.argv[2]!);
const launch = files.readLaunch();
const self = { kind: 'runner', pid: process.pid, started: identifyProcess(process.pid)! } as const;
// Another runner has it, or it was killed before this one came.
if (!launch || !files.claim(self)) process.exit(0);

for (const signal of ['SIGHUP', 'SIGINT'] as const) process.on(signal, () => undefined);
process.on('SIGTERM', () => {
  // Who was asked already is on the way.
  if (files.readAsk()) return;
  files.writeAsk({
    id: randomUUID(),
    cause: 'shutdown',
    reason: 'the machine is shut down',
    noticeMs: SHUTDOWN_NOTICE_MS,
    graceMs: SHUTDOWN_GRACE_MS,
    kill: false,
  });
});

const exit = await superviseRun(files, launch).catch((error: unknown) => giveUp(files, launch, error));
for (;;) {
  try {
    files.createExit(exit);
    break;
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    await sleep(AGAIN_MS);
  }
}
process.exit(0);

/** Something that nobody thought of: nothing of the run may stay behind. */
async function giveUp(of: JobFiles, { cgroupParent }: LaunchRecord, error: unknown): Promise<JobExit> {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  const program = of.readProgram();
  const processes = openJobProcesses(of.key, cgroupParent, program);
  while ((await processes.kill(AGAIN_MS)) === null);
  return unseenExit('runner-lost', String(error), program);
}
