/** Taking a training job: everything about it is checked, then it is entered, and planner and job are hinted. */
import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { FastifyBaseLogger } from 'fastify';
import type { JSONValue } from 'postgres';
import { TainError } from '../contracts/errors.ts';
import type { GpuArrayOrder, GpuJobOrder } from '../contracts/gpu-jobs.schema.ts';
import { isAllowed, POLICY, seesOnlyOwn } from '../contracts/policy.ts';
import { enterJobs } from '../db/gpu-job-changes.ts';
import { readPlannerView, type PlannerView } from '../db/gpu-job-views.ts';
import type { JobNeeds, JobOrder } from '../db/gpu-jobs.ts';
import { readPolicyAt } from '../db/gpu-policy.ts';
import { resourcesOf } from '../db/gpu-planner-input.ts';
import { lastGpuPosition } from '../db/gpu-position.ts';
import { teamOf } from '../db/gpu-share-use.ts';
import { checkOrder } from '../domain/gpu-jobs/check-order.ts';
import { checkParameters, templateOf } from '../domain/gpu-jobs/templates.ts';
import type { Job } from '../domain/gpu/model.ts';
import type { GpuPolicy } from '../domain/gpu/policy.ts';
import { migModelsOf, weighMig } from '../domain/gpu/weigh-request.ts';
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

/** How often a job is tried again by cause. */
const RETRIES = { infra: 3, user: 0 };

/** Noted of a job that loses nothing when it makes way; of others nothing, and their last checkpoint counts. */
const CHECKPOINT_S = 60;

/** A task of an array: its order has its number in the place of {index}. */
type Task = {
  readonly wish: GpuJobOrder;
  readonly array: JobOrder['array'];
  /** What was asked for, before the number was put in: a key stands for all of it. */
  readonly request: GpuJobOrder | GpuArrayOrder;
};

/**
 * Jobs as they would be entered.
 * @throws TainError of the job (job.*), gpu.order-invalid, gpu.not-own, auth.forbidden
 */
async function makeOrders(
  { sql, roots }: Training,
  caller: Caller,
  tasks: readonly Task[],
): Promise<{ readonly orders: JobOrder[]; readonly view: PlannerView }> {
  const { policy: document } = await readPolicyAt(sql, await lastGpuPosition(sql));
  const view = await readPlannerView(sql);
  const orders: JobOrder[] = [];
  for (const { wish, array, request } of tasks) {
    const { owner, needs, expiresAt } = checkWish(caller, wish);
    const template = templateOf(wish.template);
    checkParameters(template, wish.parameters);
    const paths = await checkJobPaths(wish, roots);
    const team = teamOf(document, owner);
    const { capacity, policy } = view.inputs;
    const qos = wish.qos ?? usualQos(policy);
    checkOrder({ user: owner, team, qos, resources: resourcesOf(needs) }, capacity, policy);
    if (isFavoured({ qos, minimumRunMinutes: wish.minimumRunMinutes }, policy)) requireFavour(caller);
    orders.push({
      ...needs,
      ...{ jobId: array === null ? newId('j') : `${array.id}-${array.index}`, owner, team, array },
      // Of its owner: what others call theirs is nothing to him.
      requestKey:
        wish.requestKey === null
          ? null
          : JSON.stringify([owner, wish.requestKey, ...(array ? [array.index] : [])]),
      request: wish.requestKey === null ? null : requestOf(request),
      // As they were given: the template says what they come to when it starts.
      ...{ template: template.name, params: wish.parameters },
      ...{ configPath: paths.config, workdir: paths.workDir },
      walltimeS: Math.max(1, Math.round(wish.walltimeMinutes * 60)),
      ...{ graceS: wish.graceSeconds, checkpointS: template.savesOnNotice ? CHECKPOINT_S : null },
      minRunS: Math.round(wish.minimumRunMinutes * 60),
      ...{ isPreemptible: wish.preemptible, qos, nice: wish.nice, isHeld: wish.hold, expiresAt },
      retries: RETRIES,
      dependsOn: wish.dependsOn.map(({ job, condition }) => ({ jobId: job, condition })),
    });
  }
  return { orders, view };
}

/** The QoS that a job has of which nothing is said: this one, or the least where the policy has no such. */
const USUAL_QOS = 'normal';

function usualQos({ qos }: GpuPolicy): string {
  if (Object.hasOwn(qos, USUAL_QOS)) return USUAL_QOS;
  const least = Object.keys(qos).sort((one, other) => qos[one]!.priority - qos[other]!.priority);
  return least[0]!;
}

/** Is it better than what everybody may ask for: the usual QoS, and the time that nobody is preempted in? */
function isFavoured(
  { qos, minimumRunMinutes }: { readonly qos: string; readonly minimumRunMinutes: number },
  policy: GpuPolicy,
): boolean {
  const usual = policy.qos[usualQos(policy)]!.priority;
  return policy.qos[qos]!.priority > usual || minimumRunMinutes * 60_000 > policy.preemption.minimumRunMs;
}

/** What is compared when a key comes again: all but the key, and whose it is, which is a part of it. */
function requestOf({ requestKey: _key, user: _user, ...request }: GpuJobOrder): JSONValue {
  return JSON.parse(JSON.stringify(request)) as JSONValue;
}

const newId = (kind: 'j' | 'a'): string => `${kind}-${randomBytes(6).toString('hex')}`;

/** What can be said of an order without looking at anything. @throws TainError gpu.not-own, auth.forbidden, gpu.order-invalid */
function checkWish(caller: Caller, wish: GpuJobOrder) {
  const { sub, role } = caller;
  const owner = wish.user ?? sub;
  if (owner !== sub && seesOnlyOwn(role, 'allocations'))
    throw new TainError('gpu.not-own', { role, area: 'allocations', user: owner });
  if (wish.nice < 0 || !wish.preemptible) requireFavour(caller);
  const { cpus, ...parts } = wish.resources;
  const { gpus, migProfile, shares } = parts;
  const refuse = (field: string, value: string | number, rule: string): never => {
    throw new TainError('gpu.order-invalid', { field, value, rule, limit: '' });
  };
  if (shares !== null && (migProfile !== null || gpus !== 1)) refuse('resources.shares', shares, 'parts');
  const expiresAt = wish.expiresAt === null ? null : new Date(wish.expiresAt);
  if (expiresAt !== null && expiresAt.getTime() <= Date.now())
    refuse('expiresAt', wish.expiresAt!, 'expired');
  const needs: JobNeeds = { ...parts, nodes: 1, cpuMillis: Math.round(cpus * 1000) };
  return { owner, needs, expiresAt };
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
 * @throws TainError as the checks do, gpu.workdir-busy, gpu.job-not-found, gpu.request-differs
 */
export async function submitTraining(
  training: Training,
  caller: Caller,
  wish: GpuJobOrder,
  log: FastifyBaseLogger,
): Promise<string> {
  const { orders } = await makeOrders(training, caller, [{ wish, array: null, request: wish }]);
  const [jobId] = await enterJobs(training.sql, { actor: caller.sub, role: caller.role }, orders);
  await hintBoth(training.client, jobId!, log);
  return jobId!;
}

/**
 * Enters the tasks of an array, all or none. The planner sees to their workflows when they start.
 * @returns their ids, by their numbers
 * @throws TainError as submitTraining
 */
export async function submitArray(
  training: Training,
  caller: Caller,
  request: GpuArrayOrder,
  log: FastifyBaseLogger,
): Promise<string[]> {
  const { tasks, atOnce, ...wish } = request;
  const id = newId('a');
  const all = Array.from({ length: tasks }, (_, index): Task => ({
    wish: taskOf(wish, index),
    array: { id, index, limit: atOnce },
    request,
  }));
  const { orders } = await makeOrders(training, caller, all);
  const jobIds = await enterJobs(training.sql, { actor: caller.sub, role: caller.role }, orders);
  await hintTasks(training.client, [], log);
  return jobIds;
}

/** The order of a task: its number in the place of {index}. */
function taskOf(wish: GpuJobOrder, index: number): GpuJobOrder {
  const fill = (text: string): string => text.replaceAll('{index}', String(index));
  return {
    ...wish,
    ...{ config: fill(wish.config), workdir: fill(wish.workdir) },
    parameters: Object.fromEntries(
      Object.entries(wish.parameters).map(([name, value]) => [
        name,
        typeof value === 'string' ? fill(value) : value,
      ]),
    ),
  };
}

/** Has planner and job look. A hint that is lost costs seconds: it fails no request. */
export const hintBoth = (client: Client, jobId: string, log: FastifyBaseLogger): Promise<void> =>
  hintTasks(client, [jobId], log);

/** The same of several jobs. */
export async function hintTasks(
  client: Client,
  jobIds: readonly string[],
  log: FastifyBaseLogger,
): Promise<void> {
  const hints = [hintPlanner(client), ...jobIds.map((jobId) => hintJob(client, jobId))];
  for (const hint of await Promise.allSettled(hints))
    if (hint.status === 'rejected') log.warn({ err: hint.reason as unknown, jobs: jobIds }, 'gpu.hint-lost');
}

/** What would become of a job if it were submitted now. @throws TainError as the checks of a submission do */
export async function imagineTraining(
  training: Training,
  caller: Caller,
  wish: GpuJobOrder,
): Promise<{ readonly job: Job; readonly view: PlannerView }> {
  const { orders, view } = await makeOrders(training, caller, [{ wish, array: null, request: wish }]);
  const order = orders[0]!;
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
    ...{ isHeld: false, nice: order.nice, walltimeMs: order.walltimeS * 1000 },
    resources: weighMig(resourcesOf(order), migModelsOf(view.inputs.capacity.nodes), false),
    ...{ predictedMs: null, nearNodes: [], preemptions: 0 },
  };
  const { usage } = view.inputs;
  const hasTeam = usage.accounts.some(({ name }) => name === job.team);
  const accounts = hasTeam
    ? usage.accounts
    : [...usage.accounts, { name: job.team, parent: null, shares: 1 }];
  return { job, view: { ...view, inputs: { ...view.inputs, usage: { ...usage, accounts } } } };
}
