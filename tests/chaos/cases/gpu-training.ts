/**
 * Kills during training: the worker that plans and watches, Temporal, Postgres, or the runner of a run. More jobs than
 * cards are queued, and a kill counts only while runs are under way. Each job must end once and with its last step; that no
 * card was held twice is said by the programs' own locks and logs, not by what Tain has written down.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LIFECYCLES } from '../../../contracts/lifecycles.ts';
import { enterJobs } from '../../../db/gpu-job-changes.ts';
import type { JobOrder } from '../../../db/gpu-jobs.ts';
import { createRandom } from '../../../demo/random.ts';
import { BY, order } from '../../support/gpu.ts';
import { until } from '../../support/until.ts';
import { median } from '../../bench/figures.ts';
import type { ChaosRequest, ChaosResult } from '../run.ts';
import {
  startTrainingMachine,
  TRAINING_VICTIMS,
  type TrainingMachine,
  type TrainingVictim,
} from '../training-machine.ts';

const JOBS = 100;
const CARDS = 4;
/** Long enough to be hit, short enough for a hundred. */
const PARAMETERS = { steps: 60, 'pace-ms': 25, 'checkpoint-every': 10 };
/** A runner that is killed costs its job a try; none is to run out of them. */
const RETRIES = { infra: 1000, user: 0 };
const JOB_TIMEOUT_MS = 300_000;

export async function chaosGpuTraining({
  kills,
  seed,
  rows = JOBS,
  say,
}: ChaosRequest): Promise<ChaosResult> {
  const random = createRandom(seed);
  const done: Record<TrainingVictim, number> = { worker: 0, temporal: 0, postgres: 0, runner: 0 };
  const recoveries: Record<TrainingVictim, number[]> = { worker: [], temporal: [], postgres: [], runner: [] };
  const killsSoFar = (): number => Object.values(done).reduce((sum, count) => sum + count, 0);
  const result = { records: 0, lost: 0, doubled: 0, differing: 0, unequal: 0, attempts: 0, taken: 0 };
  let next: TrainingVictim[] = [];
  const machine = await startTrainingMachine(CARDS);
  try {
    for (let round = 1; round === 1 || killsSoFar() < kills; round += 1) {
      const jobs = await submitAll(machine, `r${round}`, rows);
      let over = Date.now() + JOB_TIMEOUT_MS;
      let open = jobs.length;
      while (open > 0) {
        if (Date.now() > over) throw new Error(`Nothing ends: ${await describeStand(machine)}`);
        await sleep(random.int(300, 2500));
        const left = await countOpen(machine, jobs);
        if (left < open) over = Date.now() + JOB_TIMEOUT_MS;
        open = left;
        const running = machine.running();
        if (killsSoFar() >= kills || running.length === 0) continue;
        // Each has its turn before one has another.
        if (next.length === 0) next = [...TRAINING_VICTIMS];
        const victim = random.pick(next);
        next.splice(next.indexOf(victim), 1);
        const begun = Date.now();
        await machine.kill(victim, random.pick(running));
        done[victim] += 1;
        recoveries[victim].push(Date.now() - begun);
        say(`kill ${killsSoFar()}: ${victim}, with ${running.length} runs under way and ${open} jobs open`);
      }
      const found = await proveEnds(machine, jobs);
      for (const key of ['lost', 'doubled', 'differing', 'attempts'] as const) result[key] += found[key];
      result.records += jobs.length;
      say(`round ${round}: ${JSON.stringify(found)}`);
    }
    const locks = proveLocks(machine);
    const leaks = await findLeaks(machine);
    for (const leak of leaks) say(`left behind: ${leak}`);
    result.doubled += locks.refused;
    result.unequal += leaks.length;
    result.taken += locks.taken;
    const recoveryMs = Object.fromEntries(
      TRAINING_VICTIMS.map((victim) => [victim, median(recoveries[victim]) ?? null]),
    );
    return { kills: done, ...result, refused: locks.refused, recoveryMs };
  } finally {
    await machine.stop();
  }
}

/** Queues jobs, one more for the same card than there are cards many times over. @returns their ids */
async function submitAll(machine: TrainingMachine, round: string, count: number): Promise<string[]> {
  const orders: JobOrder[] = [];
  for (let at = 0; at < count; at += 1) {
    const name = `${round}-${at}`;
    const folders = await machine.folders(name);
    orders.push(
      order({
        ...{ ...folders, requestKey: name, template: 'proto-gcn', params: PARAMETERS, retries: RETRIES },
        ...{ owner: `user-${at % 5}`, team: 'none', memoryMib: 512 },
      }),
    );
  }
  const jobs: string[] = [];
  // Ten at a time: a transaction has its limit.
  for (let at = 0; at < orders.length; at += 10)
    jobs.push(...(await machine.ask((sql) => enterJobs(sql, BY, orders.slice(at, at + 10)))));
  return jobs;
}

const countOpen = (machine: TrainingMachine, jobs: readonly string[]): Promise<number> =>
  machine.ask(async (sql) => {
    const [row] = await sql<{ open: number }[]>`
      select count(*)::int as open from gpu_job_state
      where job_id = any(${jobs}) and state not in ('completed', 'failed', 'cancelled', 'expired')`;
    return row!.open;
  });

/** Did each job end, once, well, and with its last step? */
async function proveEnds(machine: TrainingMachine, jobs: readonly string[]) {
  const ends = await machine.ask(
    (sql) => sql<{ jobId: string; state: string; attempt: number; ends: number }[]>`
      select job_id as "jobId", now.state, now.attempt,
             count(*) filter (where event.state in ('completed', 'failed', 'cancelled', 'expired'))::int as ends
      from gpu_job_state as now join gpu_job_event as event using (job_id)
      where job_id = any(${jobs}) group by job_id, now.state, now.attempt`,
  );
  const isWhole = (jobId: string): boolean => machine.stepsOf(jobId).at(-1) === PARAMETERS.steps;
  return {
    lost: jobs.length - ends.filter((one) => one.ends > 0).length,
    doubled: ends.filter((one) => one.ends > 1).length,
    differing: ends.filter(({ jobId, state }) => state !== 'completed' || !isWhole(jobId)).length,
    attempts: ends.reduce((sum, { attempt }) => sum + attempt, 0),
  };
}

/**
 * A program takes the lock of its card and writes it down, or is refused because a living process has it: each refusal is a
 * card that was given away twice.
 */
function proveLocks(machine: TrainingMachine): { readonly taken: number; readonly refused: number } {
  const events = machine.devices.flatMap((device) => machine.lockEvents(device));
  const count = (what: string): number => events.filter(({ event }) => event === what).length;
  return { taken: count('taken'), refused: count('refused') };
}

/** What is there still though every job has ended. */
async function findLeaks(machine: TrainingMachine): Promise<string[]> {
  const { client } = machine;
  const prefix = LIFECYCLES.gpuJob.workflowId('');
  const workflowsLeft = async (): Promise<string[]> => {
    const left: string[] = [];
    const query = 'WorkflowType = "gpuJob" AND ExecutionStatus = "Running"';
    for await (const { workflowId } of client.workflow.list({ query })) left.push(workflowId);
    return left.filter((id) => id.startsWith(prefix));
  };
  // A workflow ends a moment behind its job.
  const workflows = await until(async () => {
    const left = await workflowsLeft();
    if (left.length > 0) throw new Error(`${left.length} workflows run`);
    return left;
  }, JOB_TIMEOUT_MS).catch(workflowsLeft);
  const held = await machine.ask(
    (sql) => sql<{ what: string }[]>`
      select 'claim of ' || job_id as what from gpu_claims where released_at is null
      union all select 'allocation of ' || job_id from gpu_allocations where released_at is null`,
  );
  return [
    ...held.map(({ what }) => what),
    ...machine.held().map((device) => `a process on ${device}`),
    ...machine.runsLeft().map((run) => `the run ${run}`),
    ...machine.running().map((run) => `the runner of ${run}`),
    ...workflows.map((id) => `the workflow ${id}`),
  ];
}

/** For whoever has to find out why nothing goes on. */
const describeStand = async (machine: TrainingMachine): Promise<string> =>
  JSON.stringify({
    jobs: await machine.ask(
      (sql) => sql`select state, cause, count(*) from gpu_job_state group by state, cause`,
    ),
    running: machine.running(),
  });
