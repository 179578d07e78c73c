/** Training jobs: submitted, listed, explained and changed. Who sees only their own is told only that. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import { NoQuery } from '../../contracts/files.schema.ts';
import * as schema from '../../contracts/gpu-jobs.schema.ts';
import { changesAll, isAllowed, seesOnlyOwn } from '../../contracts/policy.ts';
import { changeArray, changeJob, type JobChange } from '../../db/gpu-job-changes.ts';
import { readBill } from '../../db/gpu-job-runs.ts';
import {
  listJobs,
  listNeeded,
  readPlannerView,
  type JobShown,
  type PlannerView,
} from '../../db/gpu-job-views.ts';
import { listJobEvents } from '../../db/gpu-jobs.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { answerLanguage } from '../plugins/language.ts';
import {
  hintBoth,
  hintTasks,
  imagineTraining,
  requireFavour,
  submitArray,
  submitTraining,
  type Training,
} from '../submit-training.ts';
import type { Caller } from '../token-check.ts';
import {
  viewDetail,
  viewJob,
  viewQueue,
  viewStatus,
  viewWhatIf,
  withoutPrices,
  type Reader,
} from '../views/gpu-jobs.ts';

const MAX_QUEUE = 1000;

export function gpuJobRoutes(training: Training): FastifyPluginAsyncZod {
  const { sql, client } = training;

  /** @throws TainError gpu.job-not-found, also for one of somebody else that the caller may not see */
  async function findJob({ sub, role }: Caller, jobId: string): Promise<JobShown> {
    const owner = seesOnlyOwn(role, 'allocations') ? sub : null;
    const [job] = await listJobs(sql, { owner, isOpen: false, jobId, limit: 1 });
    if (!job) throw new TainError('gpu.job-not-found', { job: jobId });
    return job;
  }

  /**
   * A job that the caller may change.
   * @throws TainError gpu.job-not-found; gpu.not-own for one of somebody else that he may only see
   */
  async function findJobToChange(caller: Caller, jobId: string): Promise<JobShown> {
    const job = await findJob(caller, jobId);
    requireOwn(caller, job.owner);
    return job;
  }

  /** What the planner sees; who may not see cost gets no prices. */
  async function lookFor({ role }: Caller): Promise<PlannerView> {
    const view = await readPlannerView(sql);
    return isAllowed(role, 'gpu.cost.read') ? view : withoutPrices(view);
  }

  async function change(
    request: FastifyRequest,
    jobId: string,
    wish: JobChange,
    reason: string,
  ): Promise<schema.GpuJobView> {
    await findJobToChange(request.user, jobId);
    const { sub, role } = request.user;
    await changeJob(sql, { actor: sub, role }, jobId, wish, reason);
    await hintBoth(client, jobId, request.log);
    return viewJob(await findJob(request.user, jobId));
  }

  /** @throws TainError gpu.array-not-found, also for one that the caller may not see; gpu.not-own for one that he may */
  async function changeTasks(
    { user: caller, log }: FastifyRequest,
    arrayId: string,
    wish: JobChange,
    reason: string,
  ): Promise<schema.GpuArrayChange> {
    const { sub, role } = caller;
    const owner = whose(caller, undefined);
    // All tasks of an array are of one person.
    const [first] = await listJobs(sql, { owner, isOpen: false, arrayId, limit: 1 });
    if (!first) throw new TainError('gpu.array-not-found', { array: arrayId });
    requireOwn(caller, first.owner);
    const changes = await changeArray(sql, { actor: sub, role }, arrayId, wish, reason);
    const jobs = await listJobs(sql, { owner, isOpen: false, arrayId, limit: changes.length });
    const byId = new Map(jobs.map((job) => [job.jobId, job]));
    const changed = changes.filter(({ problem }) => problem === null);
    await hintTasks(
      client,
      // Others have no workflow yet: the planner sees to it when they start.
      changed.map(({ jobId }) => jobId).filter((jobId) => byId.get(jobId)!.now.attempt > 0),
      log,
    );
    const tasks = changes.map(({ jobId, problem }) => ({ job: viewJob(byId.get(jobId)!), problem }));
    return { changed: changed.length, tasks };
  }

  return async (app) => {
    const common = { tags: ['gpu'], querystring: NoQuery };
    const ofJob = { ...common, params: schema.GpuJobName };

    app.post(
      '/v1/gpu/jobs',
      {
        onRequest: may('gpu.jobs.submit'),
        schema: {
          ...common,
          summary: 'Submit a training job',
          description: 'What can never run is refused; what only lacks room now waits.',
          body: schema.GpuJobOrder,
          response: { 202: schema.GpuJobView, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const jobId = await submitTraining(training, request.user, request.body, request.log);
        return reply.code(202).send(viewJob(await findJob(request.user, jobId)));
      },
    );

    app.post(
      '/v1/gpu/arrays',
      {
        onRequest: may('gpu.jobs.submit'),
        schema: {
          ...common,
          summary: 'Submit training jobs that differ by their number',
          description: 'All are entered or none. Of those that have room no more than `atOnce` run at once.',
          body: schema.GpuArrayOrder,
          response: { 202: schema.GpuJobList, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const [first] = await submitArray(training, request.user, request.body, request.log);
        const arrayId = (await findJob(request.user, first!)).array!.id;
        const { tasks: limit } = request.body;
        const jobs = await listJobs(sql, { owner: null, isOpen: false, arrayId, limit });
        return reply.code(202).send({ jobs: jobs.reverse().map(viewJob) });
      },
    );

    app.get(
      '/v1/gpu/jobs',
      {
        onRequest: may('gpu.allocations.read'),
        schema: {
          ...{ tags: ['gpu'], summary: 'Training jobs, the newest first', querystring: schema.GpuJobQuery },
          response: { 200: schema.GpuJobPage, ...PROBLEMS },
        },
      },
      async (request) => {
        const { user, state, array: arrayId, cursor: before, limit } = request.query;
        const owner = whose(request.user, user);
        const jobs = await listJobs(sql, { owner, isOpen: state === 'open', arrayId, before, limit });
        return { jobs: jobs.map(viewJob), next: jobs.length === limit ? jobs.at(-1)!.position : null };
      },
    );

    app.get(
      '/v1/gpu/jobs/:job',
      {
        onRequest: may('gpu.allocations.read'),
        schema: {
          ...ofJob,
          summary: 'A training job: where it is, why it waits, what it was billed',
          response: { 200: schema.GpuJobDetail, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const job = await findJob(request.user, request.params.job);
        const { jobId } = job;
        const [bill, events] = [await readBill(sql, jobId), await listJobEvents(sql, jobId)];
        const [needed, view] = [await listNeeded(sql, jobId), await lookFor(request.user)];
        return viewDetail(job, { bill, events, needed }, view, readerOf(request, reply));
      },
    );

    for (const kind of schema.GPU_JOB_OPERATIONS)
      app.post(
        `/v1/gpu/jobs/:job/${kind}`,
        {
          onRequest: may('gpu.jobs.operate'),
          schema: {
            ...ofJob,
            summary: SUMMARIES[kind],
            body: schema.GpuJobWish,
            response: { 200: schema.GpuJobView, ...PROBLEMS },
          },
        },
        async (request) => change(request, request.params.job, { kind }, request.body.reason),
      );

    for (const kind of schema.GPU_JOB_OPERATIONS)
      app.post(
        `/v1/gpu/arrays/:array/${kind}`,
        {
          onRequest: may('gpu.jobs.operate'),
          schema: {
            ...{ ...common, params: schema.GpuArrayName, body: schema.GpuJobWish },
            summary: `${SUMMARIES[kind]}: all tasks of an array`,
            description: 'In one transaction. Of which it is not possible stays as it is, and is told why.',
            response: { 200: schema.GpuArrayChange, ...PROBLEMS },
          },
        },
        async (request) => changeTasks(request, request.params.array, { kind }, request.body.reason),
      );

    app.post(
      '/v1/gpu/jobs/:job/reprioritise',
      {
        onRequest: may('gpu.jobs.operate'),
        schema: {
          ...ofJob,
          summary: 'Change the nice or the QoS of a job',
          body: schema.GpuJobPriority,
          response: { 200: schema.GpuJobView, ...PROBLEMS },
        },
      },
      async (request) => {
        const { qos, nice, reason } = request.body;
        const { now } = await findJobToChange(request.user, request.params.job);
        if (qos !== undefined || (nice !== undefined && nice < now.nice)) requireFavour(request.user);
        if (qos !== undefined) await requireQos(qos);
        const wish = { ...(qos !== undefined && { qos }), ...(nice !== undefined && { nice }) };
        return change(request, request.params.job, { kind: 'reprioritise', ...wish }, reason);
      },
    );

    app.post(
      '/v1/gpu/jobs/:job/extend',
      {
        onRequest: may('gpu.jobs.favour'),
        schema: {
          ...ofJob,
          summary: 'Give a job another walltime',
          body: schema.GpuJobExtension,
          response: { 200: schema.GpuJobView, ...PROBLEMS },
        },
      },
      async (request) => {
        const { walltimeMinutes, reason } = request.body;
        const walltimeS = Math.max(1, Math.round(walltimeMinutes * 60));
        return change(request, request.params.job, { kind: 'extend', walltimeS }, reason);
      },
    );

    app.get(
      '/v1/gpu/queue',
      {
        onRequest: may('gpu.allocations.read'),
        schema: {
          ...common,
          summary: 'What runs, and what waits in which order and why',
          response: { 200: schema.GpuQueueView, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const owner = whose(request.user, undefined);
        const jobs = await listJobs(sql, { owner, isOpen: true, isByTurn: true, limit: MAX_QUEUE });
        return viewQueue(jobs, await lookFor(request.user), readerOf(request, reply));
      },
    );

    app.post(
      '/v1/gpu/what-if',
      {
        onRequest: may('gpu.jobs.submit'),
        schema: {
          ...common,
          summary: 'When a job would start if it were submitted now, and whom it would keep waiting',
          body: schema.GpuJobOrder,
          response: { 200: schema.GpuWhatIfView, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { job, view } = await imagineTraining(training, request.user, request.body);
        const seen = isAllowed(request.user.role, 'gpu.cost.read') ? view : withoutPrices(view);
        return viewWhatIf(job, seen, readerOf(request, reply));
      },
    );

    app.post(
      '/submit',
      {
        onRequest: may('gpu.jobs.submit'),
        schema: {
          ...common,
          summary: 'Submit the sample training of a user',
          body: schema.SeedOrder,
          response: { 202: schema.SeedAccepted, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const wish = schema.GpuJobOrder.parse(request.body);
        const jobId = await submitTraining(training, request.user, wish, request.log);
        const jobs = await listJobs(sql, { owner: null, isOpen: false, jobId, limit: 1 });
        const [shown] = viewStatus('', jobs, await readPlannerView(sql)).jobs;
        return reply.code(202).send({ status: 'queued', job_id: jobId, position: shown?.position ?? null });
      },
    );

    app.get(
      '/status/:user',
      {
        onRequest: may('gpu.allocations.read'),
        schema: {
          ...common,
          summary: 'Open training jobs of a user: position and estimated wait',
          params: schema.SeedUser,
          response: { 200: schema.SeedStatus, ...PROBLEMS },
        },
      },
      async (request) => {
        const { user } = request.params;
        const owner = whose(request.user, user);
        const jobs = await listJobs(sql, { owner, isOpen: true, isByTurn: true, limit: MAX_QUEUE });
        return viewStatus(user, jobs, await readPlannerView(sql));
      },
    );
  };

  /** @throws TainError gpu.order-invalid */
  async function requireQos(qos: string): Promise<void> {
    const { policy } = (await readPlannerView(sql)).inputs;
    if (Object.hasOwn(policy.qos, qos)) return;
    const limit = Object.keys(policy.qos).join(', ');
    throw new TainError('gpu.order-invalid', { field: 'qos', value: qos, rule: 'qos', limit });
  }
}

const SUMMARIES: Readonly<Record<(typeof schema.GPU_JOB_OPERATIONS)[number], string>> = {
  hold: 'Hold a job until it is released',
  release: 'Let a job that is held go on',
  cancel: 'Cancel a job; what runs is ended and its devices are freed',
  requeue: 'Have what runs make way and wait again, from its checkpoint',
};

const readerOf = (request: FastifyRequest, reply: FastifyReply): Reader => ({
  owner: whose(request.user, undefined),
  language: answerLanguage(request, reply),
});

/** @throws TainError gpu.not-own */
function requireOwn({ sub, role }: Caller, owner: string): void {
  if (owner !== sub && !changesAll(role, 'allocations'))
    throw new TainError('gpu.not-own', { role, area: 'allocations', user: owner });
}

/**
 * Whose jobs an answer is about; null: everybody's.
 * @throws TainError gpu.not-own
 */
function whose({ sub, role }: Caller, user: string | undefined): string | null {
  if (!seesOnlyOwn(role, 'allocations')) return user ?? null;
  if (user !== undefined && user !== sub)
    throw new TainError('gpu.not-own', { role, area: 'allocations', user });
  return sub;
}
