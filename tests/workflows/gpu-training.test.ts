import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { GpuJobDetail, GpuJobMetrics, GpuJobView } from '../../contracts/gpu-jobs.schema.ts';
import { QUEUES } from '../../contracts/queues.ts';
import { setNodeState } from '../../db/gpu-nodes.ts';
import { hintPlanner } from '../../platform/gpu-hints.ts';
import { setActivityRate } from '../../platform/task-queue-rate.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, holdTraining } from '../support/gpu.ts';
import { useTemporal } from '../support/temporal.ts';
import { useTraining } from '../support/training.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const training = useTraining(database, temporal);
const EVERY = 20;
let app: FastifyInstance;
let device: string;

/** A card and an API of their own for each test, as each has folders of its own. */
beforeEach(async () => {
  const nodes = await database.sql<{ node: string }[]>`select node from gpu_nodes where state = 'open'`;
  for (const { node } of nodes)
    await setNodeState(database.sql, BY, { node, state: 'draining', reason: 'the next test' });
  const { devices } = await addNode(database.sql, [{ model: 'RTX-4090-24GB' }]);
  device = devices[0]!;
  await app?.close();
  app = await buildTestApp({ sql: database.sql, client: temporal.client }, training.settings());
});

afterAll(async () => {
  await app.close();
});

const as = (subject = 'kim') => ({ headers: bearer(tokenFor('user', subject)) });
const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload, ...as() });
const detail = async (jobId: string): Promise<GpuJobDetail> =>
  (await app.inject({ method: 'GET', url: `/v1/gpu/jobs/${jobId}`, ...as() })).json<GpuJobDetail>();

async function submit(parameters: object, change: object = {}): Promise<string> {
  const answer = await post('/v1/gpu/jobs', {
    ...training.folders(),
    parameters: { 'checkpoint-every': EVERY, ...parameters },
    resources: { memoryMib: 512 },
    ...change,
  });
  expect(answer.statusCode).toBe(202);
  return answer.json<GpuJobView>().jobId;
}

const reaches = (jobId: string, ...states: GpuJobView['state'][]): Promise<GpuJobDetail> =>
  until(async () => {
    const found = await detail(jobId);
    if (!states.includes(found.job.state)) throw new Error(`It is ${found.job.state}.`);
    return found;
  }, 40_000);

const statesOf = ({ timeline }: GpuJobDetail) => timeline.map(({ state }) => state).filter(Boolean);

/** Steps that an attempt of a job did, by its own output. */
const stepsOf = (jobId: string, attempt: number): number[] =>
  readFileSync(training.at('gpu', 'results', jobId, String(attempt), 'logs', 'stdout.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"event":"step"'))
    .map((line) => (JSON.parse(line) as { step: number }).step);

const hasStarted = (jobId: string, attempt = 1): Promise<void> =>
  until(async () => {
    const file = training.at('gpu', 'runs', `${jobId}-${attempt}`, 'stdout.log');
    if (!readFileSync(file, 'utf8').includes(`"step":${EVERY},`)) throw new Error('It has not got so far.');
  }, 40_000);

/** Reads server-sent events, whole ones, until this holds of them or the stream ends. */
async function readStream(
  url: string,
  headers: Record<string, string>,
  isEnough: (text: string) => boolean,
): Promise<string> {
  const response = await fetch(url, { headers });
  let text = '';
  const decoder = new TextDecoder();
  for await (const part of response.body!) {
    text += decoder.decode(part as Uint8Array, { stream: true });
    if (isEnough(text) && text.endsWith('\n\n')) break;
  }
  return text;
}

const outputsOf = (stream: string): { attempt: number; text: string }[] =>
  [...stream.matchAll(/^event: output\ndata: (.*)$/gm)].map(
    (match) => JSON.parse(match[1]!) as { attempt: number; text: string },
  );

describe('a training job', () => {
  it('that is submitted over HTTP runs to its end, is collected, billed and cleaned up', async () => {
    await training.withWorkers(async () => {
      const answer = await post('/submit', { user: 'kim', ...training.folders() });
      expect(answer.json<object>()).toMatchObject({ status: 'queued', position: 1 });
      const { job_id: jobId } = answer.json<{ job_id: string }>();
      const done = await reaches(jobId, 'completed');

      expect(statesOf(done)).toEqual([
        ...['requested', 'validated', 'queued', 'reserved', 'starting', 'running', 'collecting', 'cleaning'],
        'completed',
      ]);
      expect(done.timeline.at(-1)!.facts).toMatchObject({
        exit: { cause: 'finished', code: 0 },
        results: { files: 4, differences: 0 },
      });
      expect(stepsOf(jobId, 1)).toHaveLength(300);
      expect(done.billed.gpuSeconds).toBeGreaterThan(0);
      expect(done.billed.keptGpuSeconds).toBeCloseTo(done.billed.gpuSeconds);
      expect(training.lockEvents(device)).toEqual([`taken ${jobId}-1`, `released ${jobId}-1`]);
      expect(training.runsLeft()).toEqual([]);
      const left = await database.sql`select from gpu_claims where job_id = ${jobId} and released_at is null`;
      expect(left).toHaveLength(0);
      await until(async () => {
        const { status } = await temporal.client.workflow.getHandle(`gpu/${jobId}`).describe();
        if (status.name !== 'COMPLETED') throw new Error(status.name);
      });
    });
  });

  it('whose workflow is lost behind its clean-up ends as it ran, with what was kept of it', async () => {
    const { sql } = database;
    await sql`create function refuse_end() returns trigger language plpgsql as $$ begin raise 'not yet'; end $$`;
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
        expect(facts).toMatchObject({ exit: { code: 0 }, results: { files: 4, differences: 0 } });
        expect(stepsOf(jobId, 1)).toHaveLength(40);
      })
      .finally(allow);
  });

  it('is followed while it writes, over a break and another attempt, and read in ranges afterwards', async () => {
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    await training.withWorkers(async () => {
      const jobId = await submit({ steps: 120, 'pace-ms': 20 });
      await hasStarted(jobId);
      const logs = `/v1/gpu/jobs/${jobId}/logs`;
      const before = await readStream(`${url}${logs}/follow`, as().headers, (text) =>
        text.includes('"step\\":3'),
      );
      await post(`/v1/gpu/jobs/${jobId}/requeue`, { reason: 'to move it' });
      const lastId = /^id: (.*)$/m.exec(before.split('\n\n').at(-2)!)![1]!;
      const headers = { ...as().headers, 'last-event-id': lastId };
      const after = await readStream(`${url}${logs}/follow`, headers, (text) => text.includes('event: end'));
      await reaches(jobId, 'completed');
      const ask = (range?: string, query = '') =>
        app.inject({
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
      const metrics = await app.inject({ method: 'GET', url: `/v1/gpu/jobs/${jobId}/metrics`, ...as() });

      const pieces = outputsOf(before + after);
      const textOf = (attempt: number): string =>
        pieces.flatMap((piece) => (piece.attempt === attempt ? [piece.text] : [])).join('');
      expect([textOf(1), textOf(2)]).toEqual([first.body, whole.body]);
      expect(after).toContain('"state":"completed"');
      expect(part).toMatchObject({ statusCode: 206, body: whole.body.slice(5, 15) });
      expect(part.headers['content-range']).toBe(`bytes 5-14/${whole.body.length}`);
      expect(beyond.json<object>()).toMatchObject({ status: 416, code: 'gpu.output-range' });
      expect((await ask(undefined, '?attempt=9')).json<object>()).toMatchObject({ code: 'gpu.no-output' });
      expect(metrics.json<GpuJobMetrics>().samples[0]).toMatchObject({ device, gpuPercent: null });
      const others = await app.inject({ method: 'GET', url: logs, ...as('lee') });
      expect(others.statusCode).toBe(404);
    });
  });

  it('waits for another one, is told why, and starts as soon as that has ended', async () => {
    await training.withWorkers(async () => {
      const first = await submit({ steps: 2000, 'pace-ms': 20 });
      await reaches(first, 'running');
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
      expect(training.lockEvents(device)).toEqual([
        ...[`taken ${first}-1`, `released ${first}-1`, `taken ${second}-1`, `released ${second}-1`],
      ]);
    });
  });

  it('goes on when its worker is killed in the middle, and ends once', async () => {
    const before = await training.startProcess();
    const jobId = await submit({ steps: 150, 'pace-ms': 40 });
    await reaches(jobId, 'running');
    await hasStarted(jobId);
    await before.kill();
    await training.startProcess();
    const done = await reaches(jobId, 'completed');

    expect(done.job).toMatchObject({ attempt: 1, retries: { infrastructure: 0 } });
    expect(stepsOf(jobId, 1)).toEqual(Array.from({ length: 150 }, (_, step) => step + 1));
    expect(statesOf(done).filter((state) => state === 'completed')).toHaveLength(1);
    expect(training.lockEvents(device)).toEqual([`taken ${jobId}-1`, `released ${jobId}-1`]);
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
      expect(done.billed.keptGpuSeconds).toBeCloseTo(done.billed.gpuSeconds);
    });
  });

  it('stands still while the governor freezes training, with walltime and bill', async () => {
    await training.withWorkers(async () => {
      const jobId = await submit({ steps: 200, 'pace-ms': 10 });
      await hasStarted(jobId);
      await holdTraining(database.sql, 'freeze');
      await until(async () => {
        if (!(await detail(jobId)).job.isFrozen) throw new Error('It runs.');
      });
      await holdTraining(database.sql, 'none');
      const done = await reaches(jobId, 'completed');

      expect(done.billed.frozenGpuSeconds).toBeGreaterThan(0);
      expect(done.timeline.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['frozen', 'thawed']));
    });
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
      expect(training.lockEvents(device)).toEqual([`taken ${next}-1`, `released ${next}-1`]);
    });
  });

  it('is ended when its walltime is over, with its checkpoint written', async () => {
    await training.withWorkers(async () => {
      const jobId = await submit({ steps: 5000, 'pace-ms': 20 }, { walltimeMinutes: 0.1, graceSeconds: 10 });
      const over = await reaches(jobId, 'expired');

      expect(over.job).toMatchObject({ state: 'expired', cause: 'walltime' });
      const workdir = path.basename(over.job.workdir);
      expect(readFileSync(training.at('training', workdir, 'checkpoint.json'), 'utf8')).toContain('"step"');
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
      expect(
        readFileSync(training.at('gpu', 'results', broken, '1', 'logs', 'stderr.log'), 'utf8'),
      ).toContain('layers');
      expect(training.runsLeft()).toEqual([]);
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
