/**
 * Training jobs over HTTP, as tests of the gpu role need them, and the course that a job runs through on every executor: the same
 * assertions for all of them.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { GpuJobDetail, GpuJobView } from '../../contracts/gpu-jobs.schema.ts';
import { setNodeState } from '../../db/gpu-nodes.ts';
import { hintPlanner } from '../../platform/gpu-hints.ts';
import { bearer, buildTestApp, tokenFor } from './api.ts';
import type { TestDatabase } from './database.ts';
import { addNode, BY, holdTraining } from './gpu.ts';
import type { TestTemporal } from './temporal.ts';
import type { useTraining } from './training.ts';
import { until } from './until.ts';

/** Steps between two checkpoints. */
const EVERY = 20;
export const CARD = { model: 'RTX-4090-24GB' };

/**
 * A card and an API of their own for each test, as each has folders of its own.
 * @param enterCard enters the card and gives its id; `addNode` where any name of a node will do
 */
export function useTrainingDesk(
  database: TestDatabase,
  temporal: TestTemporal,
  training: ReturnType<typeof useTraining>,
  enterCard: () => Promise<string> = async () => (await addNode(database.sql, [CARD])).devices[0]!,
) {
  let app: FastifyInstance;
  let device: string;

  beforeEach(async () => {
    const nodes = await database.sql<{ node: string }[]>`select node from gpu_nodes where state = 'open'`;
    for (const { node } of nodes)
      await setNodeState(database.sql, BY, { node, state: 'draining', reason: 'the next test' });
    device = await enterCard();
    await app?.close();
    app = await buildTestApp({ sql: database.sql, client: temporal.client }, training.settings());
  });
  afterAll(() => app.close());

  const as = (subject = 'kim') => ({ headers: bearer(tokenFor('user', subject)) });
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload, ...as() });
  const detail = async (jobId: string): Promise<GpuJobDetail> =>
    (await app.inject({ method: 'GET', url: `/v1/gpu/jobs/${jobId}`, ...as() })).json<GpuJobDetail>();
  const logOf = (jobId: string, attempt: number, stream = 'stdout'): string =>
    readFileSync(training.at('gpu', 'results', jobId, String(attempt), 'logs', `${stream}.log`), 'utf8');

  return {
    ...{ database, temporal, training, as, post, detail, logOf },
    app: () => app,
    device: () => device,
    async submit(parameters: object, change: object = {}): Promise<string> {
      const answer = await post('/v1/gpu/jobs', {
        ...training.folders(),
        parameters: { 'checkpoint-every': EVERY, ...parameters },
        resources: { memoryMib: 512 },
        ...change,
      });
      expect(answer.statusCode).toBe(202);
      return answer.json<GpuJobView>().jobId;
    },
    reaches: (jobId: string, ...states: GpuJobView['state'][]): Promise<GpuJobDetail> =>
      until(async () => {
        const found = await detail(jobId);
        if (!states.includes(found.job.state)) throw new Error(`It is ${found.job.state}.`);
        return found;
      }, 40_000),
    statesOf: ({ timeline }: GpuJobDetail) => timeline.map(({ state }) => state).filter(Boolean),
    /** Steps that an attempt of a job did, by its own output. */
    stepsOf: (jobId: string, attempt: number): number[] =>
      [...logOf(jobId, attempt).matchAll(/"event":"step","step":(\d+)/g)].map((match) => Number(match[1])),
    /** Waits until an attempt has come to its first checkpoint. */
    hasStarted: (jobId: string, attempt = 1): Promise<void> =>
      until(async () => {
        const file = training.at('gpu', 'runs', `${jobId}-${attempt}`, 'stdout.log');
        if (!existsSync(file) || !readFileSync(file, 'utf8').includes(`"step":${EVERY},`))
          throw new Error('It has not got so far.');
      }, 40_000),
  };
}

export type TrainingDesk = ReturnType<typeof useTrainingDesk>;

/**
 * @param title where jobs run
 * @param streams files that the output of a run makes: both streams, or both in one
 * @param leftOf what is left of all runs beside their folders
 */
export function describeTraining(
  title: string,
  desk: TrainingDesk,
  streams: readonly [string] | readonly ['stdout', 'stderr'],
  leftOf: () => Promise<number> = () => Promise.resolve(0),
): void {
  const { database, temporal, training, submit, reaches, stepsOf, hasStarted } = desk;
  const isAllGone = async (): Promise<void> => {
    expect(training.runsLeft()).toEqual([]);
    expect(await leftOf()).toBe(0);
  };

  describe(`a training job ${title}`, () => {
    it('that is submitted over HTTP runs to its end, is collected, billed and cleaned up', async () => {
      await training.withWorkers(async () => {
        const answer = await desk.post('/submit', { user: 'kim', ...training.folders() });
        expect(answer.json<object>()).toMatchObject({ status: 'queued', position: 1 });
        const { job_id: jobId } = answer.json<{ job_id: string }>();
        const done = await reaches(jobId, 'completed');

        expect(desk.statesOf(done)).toEqual([
          ...[
            'requested',
            'validated',
            'queued',
            'reserved',
            'starting',
            'running',
            'collecting',
            'cleaning',
          ],
          'completed',
        ]);
        expect(done.timeline.at(-1)!.facts).toMatchObject({
          exit: { cause: 'finished', code: 0 },
          results: { files: 2 + streams.length, differences: 0 },
        });
        expect(stepsOf(jobId, 1)).toHaveLength(300);
        expect(done.billed.gpuSeconds).toBeGreaterThan(0);
        expect(done.billed.keptGpuSeconds).toBeCloseTo(done.billed.gpuSeconds);
        await isAllGone();
        const { sql } = database;
        const left = await sql`select from gpu_claims where job_id = ${jobId} and released_at is null`;
        expect(left).toHaveLength(0);
        await until(async () => {
          const { status } = await temporal.client.workflow.getHandle(`gpu/${jobId}`).describe();
          if (status.name !== 'COMPLETED') throw new Error(status.name);
        });
      });
    });

    it('that is preempted goes on from its checkpoint, loses no step, and is not counted as failed', async () => {
      await training.withWorkers(async () => {
        const jobId = await submit({ steps: 150, 'pace-ms': 20 });
        await hasStarted(jobId);
        await holdTraining(database.sql, 'preempt');
        await hintPlanner(temporal.client);
        const waiting = await reaches(jobId, 'queued');
        await holdTraining(database.sql, 'none');
        await hintPlanner(temporal.client);
        const done = await reaches(jobId, 'completed');

        expect(waiting.job).toMatchObject({ cause: 'preempted', retries: { preempted: 1, userError: 0 } });
        expect(done.job).toMatchObject({
          attempt: 2,
          retries: { preempted: 1, infrastructure: 0, userError: 0 },
        });
        const [first, second] = [stepsOf(jobId, 1), stepsOf(jobId, 2)];
        expect(second[0]).toBe(first.at(-1)! + 1);
        expect(second.at(-1)).toBe(150);
        expect(desk.logOf(jobId, 2)).toContain(`"resumeFrom":${first.at(-1)!}`);
        await isAllGone();
      });
    });

    it('that is cancelled while it runs ends, and gives its card to the next one', async () => {
      await training.withWorkers(async () => {
        const first = await submit({ steps: 2000, 'pace-ms': 20 });
        await hasStarted(first);
        const second = await submit({ steps: 5 });
        await desk.post(`/v1/gpu/jobs/${first}/cancel`, { reason: 'no longer needed' });
        const cancelled = await reaches(first, 'cancelled');
        const done = await reaches(second, 'completed');

        expect(cancelled.job.cause).toBe('cancelled');
        const reserved = done.timeline.find(({ state }) => state === 'reserved')!;
        expect(Date.parse(reserved.at)).toBeGreaterThanOrEqual(Date.parse(cancelled.timeline.at(-1)!.at));
        await isAllGone();
      });
    });

    it('is ended when its walltime is over, with its checkpoint written', async () => {
      await training.withWorkers(async () => {
        const limits = { walltimeMinutes: 0.1, graceSeconds: 10 };
        const jobId = await submit({ steps: 5000, 'pace-ms': 20 }, limits);
        const over = await reaches(jobId, 'expired');

        expect(over.job).toMatchObject({ state: 'expired', cause: 'walltime' });
        const workdir = path.basename(over.job.workdir);
        expect(readFileSync(training.at('training', workdir, 'checkpoint.json'), 'utf8')).toContain('"step"');
        await isAllGone();
      });
    });

    it('that fails is cleaned up and told apart, and the next one goes on', async () => {
      await training.withWorkers(async () => {
        const folders = training.folders('broken');
        writeFileSync(folders.config, '{"layers": 3}');
        const broken = await submit({ steps: 5 }, folders);
        const next = await submit({ steps: 5 });
        const failed = await reaches(broken, 'failed');
        await reaches(next, 'completed');

        expect(failed.job.cause).toBe('user-error');
        expect(failed.timeline.at(-1)!.facts).toMatchObject({ exit: { cause: 'failed', code: 78 } });
        expect(desk.logOf(broken, 1, streams.at(-1))).toContain('layers');
        await isAllGone();
      });
    });
  });
}
