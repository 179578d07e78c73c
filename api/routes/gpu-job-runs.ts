/** What a training job writes and what it uses, while it runs and afterwards. */
import path from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import * as schema from '../../contracts/gpu-jobs.schema.ts';
import { seesOnlyOwn } from '../../contracts/policy.ts';
import { listJobs, type JobShown } from '../../db/gpu-job-views.ts';
import { listJobUsage } from '../../db/gpu-usage.ts';
import { readByteRange } from '../../domain/reports/byte-range.ts';
import { findOutput, streamOutput, type RunOutput } from '../../platform/executors/run-output.ts';
import type { Sql } from '../../platform/postgres.ts';
import type { Caller } from '../token-check.ts';
import { openEventDesk } from '../event-desk.ts';
import { followOutput } from '../follow-output.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { isOverState } from '../views/gpu-jobs.ts';

type GpuRunDependencies = {
  readonly sql: Sql;
  /** Where runs and what is kept of them lie. */
  readonly stateDir: string;
  readonly clientTimeoutMs: number;
};

export function gpuJobRunRoutes({
  sql,
  stateDir,
  clientTimeoutMs,
}: GpuRunDependencies): FastifyPluginAsyncZod {
  const desk = openEventDesk(clientTimeoutMs);

  /** @throws TainError gpu.job-not-found, also for one of somebody else that the caller may not see */
  async function findJob(
    { sub, role }: Caller,
    area: 'allocations' | 'metrics',
    jobId: string,
  ): Promise<JobShown> {
    const owner = seesOnlyOwn(role, area) ? sub : null;
    const [job] = await listJobs(sql, { owner, isOpen: false, jobId, limit: 1 });
    if (!job) throw new TainError('gpu.job-not-found', { job: jobId });
    return job;
  }

  const outputOf = (jobId: string, attempt: number, stream: 'stdout' | 'stderr'): Promise<RunOutput | null> =>
    findOutput(
      [
        path.join(stateDir, 'gpu', 'results', jobId, String(attempt), 'logs'),
        path.join(stateDir, 'gpu', 'runs', `${jobId}-${attempt}`),
      ],
      stream,
    );

  return async (app) => {
    app.addHook('preClose', () => desk.close());

    app.get(
      '/v1/gpu/jobs/:job/logs',
      {
        onRequest: may('gpu.allocations.read'),
        schema: {
          ...{ tags: ['gpu'], params: schema.GpuJobName, querystring: schema.GpuLogQuery },
          summary: 'What an attempt of a job has written, whole or a range of it',
          description:
            'Bytes are numbered from the first that the program wrote; when it writes too much the oldest are dropped. ' +
            'Absent attempt: the last one that there is.',
          response: { 200: schema.GpuLogText, 206: schema.GpuLogText, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const job = await findJob(request.user, 'allocations', request.params.job);
        const { stream, attempt = Math.max(1, job.now.attempt) } = request.query;
        const output = await outputOf(job.jobId, attempt, stream);
        if (output === null) throw new TainError('gpu.no-output', { job: job.jobId, attempt, stream });
        const { first: kept, end } = output;
        const range = readByteRange(request.headers.range, end);
        reply.header('accept-ranges', 'bytes').header('cache-control', 'no-store');
        if (range === 'unsatisfiable' || (range !== null && range.last < kept)) {
          reply.header('content-range', `bytes */${end}`);
          const asked = String(request.headers.range);
          throw new TainError('gpu.output-range', { range: asked, first: kept, end });
        }
        const first = Math.max(kept, range?.first ?? kept);
        const last = range?.last ?? end - 1;
        reply
          .code(range === null ? 200 : 206)
          .type('text/plain; charset=utf-8')
          .header('x-content-type-options', 'nosniff');
        if (range !== null) reply.header('content-range', `bytes ${first}-${last}/${end}`);
        return sendOutput(reply, output, first, last);
      },
    );

    app.get(
      '/v1/gpu/jobs/:job/logs/follow',
      {
        onRequest: may('gpu.allocations.read'),
        // Its answer has no end.
        exposeHeadRoute: false,
        schema: {
          ...{ tags: ['gpu'], params: schema.GpuJobName, querystring: schema.GpuFollowQuery },
          headers: schema.GpuFollowHeaders,
          summary: 'What a job writes, as it writes it, as server-sent events',
          description:
            'Events `output` with a GpuOutput each, and `end` when the job has ended. An `id` is attempt and number of the ' +
            'next byte: whoever comes back with Last-Event-ID goes on there.',
          response: { 200: schema.GpuOutputStream, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { user, params } = request;
        const { jobId, now } = await findJob(user, 'allocations', params.job);
        // A client that went away meanwhile would be waited for in vain.
        if (reply.raw.destroyed) return reply.hijack();
        const { stream, attempt = Math.max(1, now.attempt) } = request.query;
        const known = /^(\d+)-(\d+)$/.exec(request.headers['last-event-id'] ?? '');
        const place = known ? { attempt: Number(known[1]), at: Number(known[2]) } : { attempt, at: 0 };
        const source = {
          look: async () => {
            const { now: standing } = await findJob(user, 'allocations', jobId);
            const { attempt: last, state } = standing;
            return { attempt: Math.max(1, last), state, isOver: isOverState(state) };
          },
          output: (of: number) => outputOf(jobId, of, stream),
        };
        return desk.open(`${user.role} ${user.sub}`, reply, (out, limits, signal) =>
          followOutput(out, source, place, limits, user.expiresAt, signal),
        );
      },
    );

    app.get(
      '/v1/gpu/jobs/:job/metrics',
      {
        onRequest: may('gpu.metrics.read'),
        schema: {
          ...{ tags: ['gpu'], params: schema.GpuJobName, querystring: schema.GpuJobMetricsQuery },
          summary: 'What a job used, sample by sample, the newest last',
          response: { 200: schema.GpuJobMetrics, ...PROBLEMS },
        },
      },
      async (request) => {
        const { jobId } = await findJob(request.user, 'metrics', request.params.job);
        return { jobId, samples: await listJobUsage(sql, jobId, request.query.limit) };
      },
    );
  };
}

/** Read with back-pressure: no faster than the client takes it. */
const sendOutput = (reply: FastifyReply, output: RunOutput, first: number, last: number): FastifyReply =>
  reply.send(Readable.from(streamOutput(output, first, last)));
