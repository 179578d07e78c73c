/**
 * Training jobs over HTTP, as tests of the gpu role need them, and the course that a job runs through on every executor: the same
 * assertions for all of them.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { GpuJobDetail, GpuJobMetrics, GpuJobView } from '../../contracts/gpu-jobs.schema.ts';
import { QUEUES } from '../../contracts/queues.ts';
import { setNodeState } from '../../db/gpu-nodes.ts';
import { hintPlanner } from '../../platform/gpu-hints.ts';
import { setActivityRate } from '../../platform/task-queue-rate.ts';
import { bearer, buildTestApp, tokenFor } from './api.ts';
import type { TestDatabase } from './database.ts';
import { outputsOf, readStream } from './event-stream.ts';
import { addNode, BY, holdTraining } from './gpu.ts';
import type { TestTemporal } from './temporal.ts';
import type { useTraining } from './training.ts';
import { until } from './until.ts';

/** Steps between two checkpoints. */
const EVERY = 20;
/** Of a job to which something happens behind its first checkpoint: some six seconds, and the machine may be slow. */
export const LONG = { steps: 300, 'pace-ms': 20 };
const CARD = { model: 'RTX-4090-24GB' };

/** Enters a card of a node by hand, so that the planner does not know when others have it. */
export const cardOn = async (database: TestDatabase, node?: string): Promise<string> =>
  (await addNode(database.sql, [CARD], node === undefined ? {} : { node })).devices[0]!;

/**
 * A card and an API of their own for each test, as each has folders of its own.
 * @param enterCard enters the card and gives its id: of any node, unless runs are pinned to theirs
 */
export function useTrainingDesk(
  database: TestDatabase,
  temporal: TestTemporal,
  training: ReturnType<typeof useTraining>,
  enterCard: () => Promise<string> = () => cardOn(database),
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
      expect([answer.statusCode, answer.body]).toEqual([202, expect.any(String)]);
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
    /** What the first attempt of a job that runs has written until now. */
    running: (jobId: string): string =>
      readFileSync(training.at('gpu', 'runs', `${jobId}-1`, 'stdout.log'), 'utf8'),
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

export type TrainingPlace = {
  /** Files that the output of a run makes: both streams, or both in one. */
  readonly streams: readonly [string] | readonly ['stdout', 'stderr'];
  /** What is left of all runs beside their folders. */
  readonly leftOf?: () => Promise<number>;
  /** Who took and left the card, where the programs of this machine say so. */
  readonly locks?: () => string[];
  /** What the role in a process of its own is told of where runs are. */
  readonly environment?: () => Record<string, string>;
};

/** @param title where jobs run */
export function describeTraining(
  title: string,
  desk: TrainingDesk,
  { streams, locks, leftOf = () => Promise.resolve(0), environment = () => ({}) }: TrainingPlace,
): void {
  const { database, temporal, training, as, post, detail, submit, reaches, statesOf, stepsOf, hasStarted } =
    desk;
  const isAllGone = async (): Promise<void> => {
    expect(training.runsLeft()).toEqual([]);
    expect(await leftOf()).toBe(0);
  };

  describe(`a training job ${title}`, () => {
    it('that is submitted over HTTP runs to its end, is collected, billed and cleaned up', async () => {
      await training.withWorkers(async () => {
        const answer = await post('/submit', { user: 'kim', ...training.folders() });
        expect(answer.json<object>()).toMatchObject({ status: 'queued', position: 1 });
        const { job_id: jobId } = answer.json<{ job_id: string }>();
        const done = await reaches(jobId, 'completed');

        expect(statesOf(done)).toEqual([
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
        const jobId = await submit(LONG);
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
        expect(second.at(-1)).toBe(LONG.steps);
        expect(desk.logOf(jobId, 2)).toContain(`"resumeFrom":${first.at(-1)!}`);
        // What made way when it was told keeps all of its work on the bill; on a cluster, up to the last checkpoint that was seen.
        if (locks) expect(done.billed.keptGpuSeconds).toBeCloseTo(done.billed.gpuSeconds);
        await isAllGone();
      });
    });

    it('that is cancelled while it runs ends, and gives its card to the next one, which is told why it waits', async () => {
      await training.withWorkers(async () => {
        const first = await submit({ steps: 2000, 'pace-ms': 20 });
        await hasStarted(first);
        const second = await submit({ steps: 5 });
        const waiting = await detail(second);
        await post(`/v1/gpu/jobs/${first}/cancel`, { reason: 'no longer needed' });
        const cancelled = await reaches(first, 'cancelled');
        const done = await reaches(second, 'completed');

        expect(waiting.explanation).toMatchObject({
          position: 1,
          blockers: [{ code: 'gpus-busy' }, { code: 'freed-by' }],
        });
        expect(waiting.explanation!.blockers[1]!.text).toContain(first);
        expect(cancelled.job.cause).toBe('cancelled');
        const reserved = done.timeline.find(({ state }) => state === 'reserved')!;
        expect(Date.parse(reserved.at)).toBeGreaterThanOrEqual(Date.parse(cancelled.timeline.at(-1)!.at));
        if (locks)
          expect(locks()).toEqual([
            ...[`taken ${first}-1`, `released ${first}-1`, `taken ${second}-1`, `released ${second}-1`],
          ]);
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

    it('whose workflow is lost behind its clean-up ends as it ran, with what was kept of it', async () => {
      const { sql } = database;
      await sql`create or replace function refuse_end() returns trigger language plpgsql as $$ begin raise 'not yet'; end $$`;
      await sql`create trigger refuse_end before insert on gpu_job_event for each row
        when (new.state = 'completed') execute function refuse_end()`;
      const allow = () => sql`drop trigger if exists refuse_end on gpu_job_event`;
      await training
        .withWorkers(async () => {
          const jobId = await submit({ steps: 40, 'pace-ms': 1 });
          await reaches(jobId, 'cleaning');
          await until(async () => expect(training.runsLeft()).toEqual([]), 40_000);
          await temporal.client.workflow.getHandle(`gpu/${jobId}`).terminate('a test');
          await allow();
          await hintPlanner(temporal.client);
          const { job, timeline } = await reaches(jobId, 'completed', 'failed', 'queued');

          expect(job).toMatchObject({ state: 'completed', attempt: 1 });
          const { facts } = timeline.at(-1)!;
          expect(facts).toMatchObject({
            exit: { code: 0 },
            results: { files: 2 + streams.length, differences: 0 },
          });
          expect(stepsOf(jobId, 1)).toHaveLength(40);
        })
        .finally(allow);
    });

    it('is followed while it writes, over a break and another attempt, and read in ranges afterwards', async () => {
      const url = await desk.app().listen({ port: 0, host: '127.0.0.1' });
      await training.withWorkers(async () => {
        const jobId = await submit(LONG);
        await hasStarted(jobId);
        const logs = `/v1/gpu/jobs/${jobId}/logs`;
        const before = await readStream(`${url}${logs}/follow`, as().headers, (text) =>
          text.includes('"step\\":3'),
        );
        await post(`/v1/gpu/jobs/${jobId}/requeue`, { reason: 'to move it' });
        const lastId = /^id: (.*)$/m.exec(before.split('\n\n').at(-2)!)![1]!;
        const headers = { ...as().headers, 'last-event-id': lastId };
        const after = await readStream(`${url}${logs}/follow`, headers, (text) =>
          text.includes('event: end'),
        );
        await reaches(jobId, 'completed');
        const ask = (range?: string, query = '') =>
          desk.app().inject({
            method: 'GET',
            url: `${logs}${query}`,
            headers: { ...as().headers, ...(range && { range }) },
          });
        const [whole, part, beyond, first] = [
          await ask(),
          await ask('bytes=5-14'),
          await ask('bytes=99999999-'),
          await ask(undefined, '?attempt=1'),
        ];
        const metrics = await desk
          .app()
          .inject({ method: 'GET', url: `/v1/gpu/jobs/${jobId}/metrics`, ...as() });

        const pieces = outputsOf(before + after);
        const textOf = (attempt: number): string =>
          pieces.flatMap((piece) => (piece.attempt === attempt ? [piece.text] : [])).join('');
        expect([textOf(1), textOf(2)]).toEqual([first.body, whole.body]);
        expect(after).toContain('"state":"completed"');
        expect(part).toMatchObject({ statusCode: 206, body: whole.body.slice(5, 15) });
        expect(part.headers['content-range']).toBe(`bytes 5-14/${whole.body.length}`);
        expect(beyond.json<object>()).toMatchObject({ status: 416, code: 'gpu.output-range' });
        expect((await ask(undefined, '?attempt=9')).json<object>()).toMatchObject({ code: 'gpu.no-output' });
        // Elsewhere nobody measures.
        if (locks)
          expect(metrics.json<GpuJobMetrics>().samples[0]).toMatchObject({
            device: desk.device(),
            gpuPercent: null,
          });
        const others = await desk.app().inject({ method: 'GET', url: logs, ...as('lee') });
        expect(others.statusCode).toBe(404);
      });
    });

    it('goes on when its worker is killed in the middle, and ends once', async () => {
      const before = await training.startProcess(environment());
      const jobId = await submit({ steps: 150, 'pace-ms': 40 });
      await reaches(jobId, 'running');
      await hasStarted(jobId);
      await before.kill();
      await training.startProcess(environment());
      const done = await reaches(jobId, 'completed');

      expect(done.job).toMatchObject({ attempt: 1, retries: { infrastructure: 0 } });
      expect(stepsOf(jobId, 1)).toEqual(Array.from({ length: 150 }, (_, step) => step + 1));
      expect(statesOf(done).filter((state) => state === 'completed')).toHaveLength(1);
      if (locks) expect(locks()).toEqual([`taken ${jobId}-1`, `released ${jobId}-1`]);
      await isAllGone();
    });

    it('that is cancelled while training is held frees its card, started or not', async () => {
      await training.withWorkers(async () => {
        await setActivityRate(temporal.client, QUEUES.gpuTraining, 0, 'a test');
        const jobId = await submit({ steps: 5 });
        const reserved = await reaches(jobId, 'reserved');
        await post(`/v1/gpu/jobs/${jobId}/cancel`, { reason: 'no longer needed' });
        const cancelled = await reaches(jobId, 'cancelled');
        await setActivityRate(temporal.client, QUEUES.gpuTraining, null, 'a test');
        const next = await submit({ steps: 5 });
        await reaches(next, 'completed');

        expect(reserved.job.state).toBe('reserved');
        expect(statesOf(cancelled)).not.toContain('running');
        if (locks) expect(locks()).toEqual([`taken ${next}-1`, `released ${next}-1`]);
      });
    });

    it('waits for what it depends on, and fails when that can no more succeed', async () => {
      await training.withWorkers(async () => {
        const first = await submit({ steps: 5 }, { hold: true });
        const second = await submit({ steps: 5 }, { dependsOn: [{ job: first }] });
        const third = await submit({ steps: 5 }, { dependsOn: [{ job: second, condition: 'any' }] });
        expect((await detail(second)).explanation!.blockers[0]!.code).toBe('depends');
        await post(`/v1/gpu/jobs/${first}/cancel`, { reason: 'no longer needed' });

        expect((await reaches(second, 'failed')).job.cause).toBe('dependency');
        expect((await reaches(third, 'completed')).job.cause).toBeNull();
      });
    });
  });
}
