import { describe, expect, it } from '@jest/globals';
import type { GpuJobMetrics } from '../../contracts/gpu-jobs.schema.ts';
import { QUEUES } from '../../contracts/queues.ts';
import { hintPlanner } from '../../platform/gpu-hints.ts';
import { setActivityRate } from '../../platform/task-queue-rate.ts';
import { useDatabase } from '../support/database.ts';
import { holdTraining } from '../support/gpu.ts';
import { useTemporal } from '../support/temporal.ts';
import { useTraining } from '../support/training.ts';
import { describeTraining, useTrainingDesk } from '../support/training-course.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const training = useTraining(database, temporal);
const desk = useTrainingDesk(database, temporal, training);
const { as, post, detail, submit, reaches, statesOf, stepsOf, hasStarted } = desk;

describeTraining('as processes of this machine', desk, ['stdout', 'stderr']);

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
    const url = await desk.app().listen({ port: 0, host: '127.0.0.1' });
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
      expect(metrics.json<GpuJobMetrics>().samples[0]).toMatchObject({
        device: desk.device(),
        gpuPercent: null,
      });
      const others = await desk.app().inject({ method: 'GET', url: logs, ...as('lee') });
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
      expect(training.lockEvents(desk.device())).toEqual([
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
    expect(training.lockEvents(desk.device())).toEqual([`taken ${jobId}-1`, `released ${jobId}-1`]);
  });

  it('that makes way when it is told keeps all of its work on the bill', async () => {
    await training.withWorkers(async () => {
      const jobId = await submit({ steps: 150, 'pace-ms': 20 });
      await hasStarted(jobId);
      await holdTraining(database.sql, 'preempt');
      await hintPlanner(temporal.client);
      await reaches(jobId, 'queued');
      await holdTraining(database.sql, 'none');
      await hintPlanner(temporal.client);
      const done = await reaches(jobId, 'completed');

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
      expect(training.lockEvents(desk.device())).toEqual([`taken ${next}-1`, `released ${next}-1`]);
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
