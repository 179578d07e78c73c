/** Taking a training job: everything about it is checked, then it is entered, and planner and job are hinted. */
import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { FastifyBaseLogger } from 'fastify';
import { TainError } from '../contracts/errors.ts';
import type { GpuJobOrder } from '../contracts/gpu-jobs.schema.ts';
import { isAllowed, POLICY, seesOnlyOwn } from '../contracts/policy.ts';
import { enterJob } from '../db/gpu-job-changes.ts';
import { readPlannerView, type PlannerView } from '../db/gpu-job-views.ts';
import type { JobNeeds, JobOrder } from '../db/gpu-jobs.ts';
import { readPolicyAt } from '../db/gpu-policy.ts';
import { resourcesOf } from '../db/gpu-planner-input.ts';
import { lastGpuPosition } from '../db/gpu-position.ts';
import { teamOf } from '../db/gpu-share-use.ts';
import { checkOrder } from '../domain/gpu-jobs/check-order.ts';
import { checkParameters, templateOf } from '../domain/gpu-jobs/templates.ts';
import type { Job } from '../domain/gpu/model.ts';
import { checkJobPaths } from '../platform/executors/job-paths.ts';
import { hintJob, hintPlanner } from '../platform/gpu-hints.ts';
import type { Sql } from '../platform/postgres.ts';
import type { Caller } from './token-check.ts';

export type Training = {
  readonly sql: Sql;
  readonly client: Client;
  /** Folders that configurations and working folders lie in. */
  readonly roots: readonly string[];
};

/** How often a job is tried again by cause; a machine that is short of something is waited for. */
const RETRIES = { short: 1000, infra: 3, user: 0 };

/** What templates are told to do, so that a job loses nothing when it makes way. */
const CHECKPOINT_S = 60;

/**
 * A job as it would be entered.
 * @throws TainError of the job (job.*), gpu.order-invalid, gpu.not-own, auth.forbidden
 */
async function makeOrder({ sql, roots }: Training, caller: Caller, wish: GpuJobOrder): Promise<JobOrder> {
  const owner = wish.user ?? caller.sub;
  const { sub, role } = caller;
  if (owner !== sub && seesOnlyOwn(role, 'allocations'))
    throw new TainError('gpu.not-own', { role, area: 'allocations', user: owner });
  if (wish.nice < 0) requireFavour(caller);
  const { gpus, model, migProfile, shares, cpus, memoryMib } = wish.resources;
  if (shares !== null && (migProfile !== null || gpus !== 1))
    throw new TainError('gpu.order-invalid', {
      field: 'resources.shares',
      value: shares,
      rule: 'parts',
      limit: '',
    });
  const expiresAt = wish.expiresAt === null ? null : new Date(wish.expiresAt);
  if (expiresAt !== null && expiresAt.getTime() <= Date.now())
    throw new TainError('gpu.order-invalid', {
      field: 'expiresAt',
      value: wish.expiresAt!,
      rule: 'expired',
      limit: '',
    });
  const template = templateOf(wish.template);
  checkParameters(template, wish.parameters);
  const paths = await checkJobPaths(wish, roots);

  const { policy: document } = await readPolicyAt(sql, await lastGpuPosition(sql));
  const team = teamOf(document, owner);
  const needs: JobNeeds = {
    ...{ nodes: 1, gpus, model, migProfile, shares, cpuMillis: Math.round(cpus * 1000), memoryMib },
  };
  const { inputs } = await readPlannerView(sql);
  checkOrder(
    { user: owner, team, qos: wish.qos, resources: resourcesOf(needs) },
    inputs.capacity,
    inputs.policy,
  );
  return {
    ...needs,
    ...{
      jobId: `j-${randomBytes(6).toString('hex')}`,
      owner,
      team,
      requestKey: wish.requestKey,
      array: null,
    },
    // As they were given: the template says what they come to when it starts.
    ...{ template: template.name, params: wish.parameters, configPath: paths.config, workdir: paths.workDir },
    walltimeS: Math.max(1, Math.round(wish.walltimeMinutes * 60)),
    ...{
      graceS: wish.graceSeconds,
      checkpointS: CHECKPOINT_S,
      minRunS: Math.round(wish.minimumRunMinutes * 60),
    },
    ...{ isPreemptible: wish.preemptible, qos: wish.qos, nice: wish.nice, isHeld: wish.hold, expiresAt },
    retries: RETRIES,
    dependsOn: wish.dependsOn.map(({ job, condition }) => ({ jobId: job, condition })),
  };
}

/** @throws TainError auth.forbidden */
export function requireFavour({ role }: Caller): void {
  const action = 'gpu.jobs.favour';
  if (!isAllowed(role, action))
    throw new TainError('auth.forbidden', { role, action, roles: POLICY[action].join(', ') });
}

/**
 * Enters a job. Once this answers it is in the queue, whatever dies.
 * @returns its id
 * @throws TainError as the checks do, gpu.workdir-busy, gpu.job-not-found
 */
export async function submitTraining(
  training: Training,
  caller: Caller,
  wish: GpuJobOrder,
  log: FastifyBaseLogger,
): Promise<string> {
  const order = await makeOrder(training, caller, wish);
  const jobId = await enterJob(training.sql, { actor: caller.sub, role: caller.role }, order);
  await hintBoth(training.client, jobId, log);
  return jobId;
}

/** Has planner and job look. A hint that is lost costs seconds: it fails no request. */
export async function hintBoth(client: Client, jobId: string, log: FastifyBaseLogger): Promise<void> {
  const hints = await Promise.allSettled([hintPlanner(client), hintJob(client, jobId)]);
  for (const hint of hints)
    if (hint.status === 'rejected') log.warn({ err: hint.reason as unknown, job: jobId }, 'gpu.hint-lost');
}

/** What would become of a job if it were submitted now. @throws TainError as the checks of a submission do */
export async function imagineTraining(
  training: Training,
  caller: Caller,
  wish: GpuJobOrder,
): Promise<{ readonly job: Job; readonly view: PlannerView }> {
  const order = await makeOrder(training, caller, wish);
  const view = await readPlannerView(training.sql);
  const { now } = view.inputs;
  const job: Job = {
    ...{
      id: order.jobId,
      user: order.owner,
      team: order.team,
      qos: order.qos,
      submittedAt: now,
      eligibleAt: now,
    },
    ...{ isHeld: false, nice: order.nice, resources: resourcesOf(order), walltimeMs: order.walltimeS * 1000 },
    ...{ predictedMs: null, nearNodes: [], preemptions: 0 },
  };
  const { usage } = view.inputs;
  const hasTeam = usage.accounts.some(({ name }) => name === job.team);
  const accounts = hasTeam
    ? usage.accounts
    : [...usage.accounts, { name: job.team, parent: null, shares: 1 }];
  return { job, view: { ...view, inputs: { ...view.inputs, usage: { ...usage, accounts } } } };
}
