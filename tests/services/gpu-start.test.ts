import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createGpuJobStartActivities } from '../../activities/gpu-job-start.ts';
import { createGpuJobActivities, type TryReport } from '../../activities/gpu-job.ts';
import { listJobEvents, noteJob, readJobState } from '../../db/gpu-jobs.ts';
import { planNow } from '../../db/gpu-planner.ts';
import type { Executor, JobLaunch } from '../../platform/executors/executor.ts';
import { TainError } from '../../contracts/errors.ts';
import { unseenExit } from '../../platform/executors/job-files.ts';
import type { FoundImage, RunImage } from '../../platform/image-registry/run-image.ts';
import type { GpuMonitor } from '../../platform/gpu-monitor/monitor.ts';
import { inActivity } from '../support/activity.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, BY, holdTraining, move, part, queueJob, start } from '../support/gpu.ts';

const database = useDatabase();
const GOOD = { availability: { reasons: [], gpus: [] } } as never;
const SHORT = {
  availability: { reasons: [{ code: 'cpu-busy', found: '99 %', limit: '< 90 %' }], gpus: [] },
} as never;

let root = '';
/** What was started, by name. */
let started: JobLaunch[] = [];
let look: GpuMonitor['look'] = async () => GOOD;
let image: RunImage | null = null;
/** How the next start breaks; null: it does not. */
let breaks: Error | null = null;
beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'tain-start-')));
  for (const folder of ['a', 'b']) mkdirSync(path.join(root, folder));
  writeFileSync(path.join(root, 'config.json'), '{}');
  started = [];
  look = async () => GOOD;
  [image, breaks] = [null, null];
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** The executor's promise alone: what was ended before its start never starts. */
function useActivities(freeBytes = 0) {
  const forbidden = new Set<string>();
  const executor = {
    kind: 'process',
    start: async (launch: JobLaunch) => {
      if (breaks !== null) throw breaks;
      if (forbidden.has(launch.name)) return { state: 'absent' };
      started.push(launch);
      return { state: 'running' };
    },
    kill: async (name: string) => void forbidden.add(name),
  } as unknown as Executor;
  const { sql } = database;
  const client = { workflow: { signalWithStart: async () => undefined } } as never;
  const places = { node: 'node', root: '/app' };
  const training = createGpuJobStartActivities({
    ...{ sql, executor, roots: [root], places, image, freeBytes },
    monitor: { look: () => look() },
  });
  const meter = { measure: async () => undefined };
  const control = createGpuJobActivities({ sql, client, executor, meter, resultsDir: root });
  return {
    startRun: (job: string, attempt: number) => inActivity(() => training.startRun(job, attempt)),
    killed: () => [...forbidden],
    settle: (job: string, attempt: number, report: TryReport) =>
      inActivity(() => control.settleRun(job, attempt, report)),
  };
}

const queued = (folder: string) =>
  queueJob(database.sql, {
    template: 'proto-gcn',
    ...{ configPath: path.join(root, 'config.json'), workdir: path.join(root, folder) },
  });
const names = (): string[] => started.map(({ name }) => name);

describe('a start', () => {
  it('that comes late takes no card that was given to another job', async () => {
    const { node, devices } = await addNode(database.sql, [{}, {}]);
    const [a, b] = [await queued('a'), await queued('b')];
    const { startRun, settle } = useActivities();
    const { promise: seen, resolve: wake } = Promise.withResolvers<never>();
    const { promise: looks, resolve: begun } = Promise.withResolvers<void>();
    look = () => (begun(), seen);
    await start(database.sql, a, node, [part(devices[0]!)]);
    const late = startRun(a, 1);
    await looks;

    look = async () => SHORT;
    await settle(a, 1, (await startRun(a, 1)) as TryReport);
    look = async () => GOOD;
    await start(database.sql, b, node, [part(devices[0]!)]);
    await startRun(b, 1);
    await start(database.sql, a, node, [part(devices[1]!)]);
    wake(GOOD);

    expect(await late).toEqual({ kind: 'gone' });
    expect(await startRun(a, 2)).toEqual({ kind: 'started' });
    expect(names()).toEqual([`${b}-1`, `${a}-2`]);
  });

  it('that another one of the same attempt was faster than has started, and is nobody’s fault', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const a = await queued('a');
    const { startRun } = useActivities();
    await start(database.sql, a, node, [part(devices[0]!)]);
    look = async () => {
      for (const to of ['starting', 'running'] as const) await move(database.sql, a, to);
      return GOOD;
    };

    expect(await startRun(a, 1)).toEqual({ kind: 'started' });
    expect(names()).toEqual([]);
  });

  it('that found the machine short by what another one of the same attempt started leaves that alone', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const a = await queued('a');
    const { startRun, settle, killed } = useActivities();
    await start(database.sql, a, node, [part(devices[0]!)]);
    await startRun(a, 1);

    expect(await settle(a, 1, { kind: 'short', reason: 'gpu-busy', devices: [] })).toBe('running');
    expect(killed()).toEqual([]);
  });

  it('waits while the disk of its working folder has too little room, and blames no card', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const job = await queued('a');
    await start(database.sql, job, node, [part(devices[0]!)]);
    const found = await useActivities(Number.MAX_SAFE_INTEGER).startRun(job, 1);

    expect(found).toEqual({
      ...{ kind: 'short', devices: [] },
      reason: expect.stringMatching(/^disk \d+ MB \(> \d+ MB\)$/),
    });
    expect(names()).toEqual([]);
  });

  it('whose cluster had no room for it where the books had is planned elsewhere next, as is the next job', async () => {
    const [full] = [await addNode(database.sql, [{}, {}]), await addNode(database.sql, [{}, {}])];
    const job = await queued('a');
    await start(database.sql, job, full.node, [part(full.devices[0]!)]);
    await move(database.sql, job, 'starting');
    await move(database.sql, job, 'cleaning');
    await useActivities().settle(job, 1, { kind: 'no-room', reason: 'Too many pods' });
    const next = await queued('b');
    const { started: planned } = await planNow(database.sql, BY);
    const held = await database.sql`
      select node from gpu_claims where job_id = ${next} and released_at is null`;

    expect(planned).toEqual([next]);
    expect(held).not.toEqual([{ node: full.node }]);
  });

  it('tells a program of the last checkpoint that was seen, and a first attempt of none', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const job = await queued('a');
    const { startRun, settle } = useActivities();
    await start(database.sql, job, node, [part(devices[0]!)]);
    await startRun(job, 1);
    await noteJob(database.sql, BY, job, { kind: 'checkpointed', facts: { step: 40 } });
    for (const to of ['collecting', 'cleaning'] as const) await move(database.sql, job, to);
    const exit = unseenExit('preempted', 'a feed lags', null);
    await settle(job, 1, { kind: 'exit', exit, kept: { files: 0, differences: 0 } as never });
    await start(database.sql, job, node, [part(devices[0]!)]);
    await startRun(job, 2);

    expect(started.map(({ resumeFrom }) => resumeFrom)).toEqual([undefined, 40]);
  });

  it('is refused when the working folder leads to that of another since', async () => {
    const { node, devices } = await addNode(database.sql, [{}]);
    const a = await queued('a');
    await start(database.sql, a, node, [part(devices[0]!)]);
    rmSync(path.join(root, 'a'), { recursive: true });
    symlinkSync(path.join(root, 'b'), path.join(root, 'a'));

    await expect(useActivities().startRun(a, 1)).rejects.toThrow(/workdir/);
    expect(names()).toEqual([]);
  });
});

describe('the image of a job', () => {
  const TAG = 'registry.test/train:1';
  const [FIRST, SECOND] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
  const DOWN = new TainError('job.image-unchecked', {
    ...{ image: TAG, registry: 'registry.test', rule: 'slow', reason: 'registry.test' },
  });
  /** What the registry was asked for in place of the tag. */
  let pins: (string | null)[] = [];
  beforeEach(() => {
    pins = [];
  });
  const answering = (answer: (pinned: string | null) => FoundImage | TainError, name = TAG): RunImage => ({
    image: name,
    async find(pinned) {
      pins.push(pinned);
      const found = answer(pinned);
      if (found instanceof TainError) throw found;
      return found;
    },
    pinnedTo: (digest) => `${name.split(':')[0]!}@${digest}`,
  });
  const has = (digest: string, name?: string) =>
    answering((pinned) => ({ digest: pinned ?? digest, warning: null }), name);
  const isDown = () => answering((pinned) => ({ digest: pinned, warning: DOWN }));

  /** A job that holds a card. */
  async function reserved(): Promise<{ readonly job: string; readonly again: () => Promise<unknown> }> {
    const { node, devices } = await addNode(database.sql, [{}]);
    const job = await queued('a');
    const again = () => start(database.sql, job, node, [part(devices[0]!)]);
    await again();
    return { job, again };
  }
  const begun = async (job: string) =>
    (await listJobEvents(database.sql, job))
      .filter(({ state }) => state === 'starting')
      .map(({ facts, reason }) => ({ ...(facts as object), reason }));
  /** An attempt that has ended for no fault of its own. */
  async function end(job: string): Promise<void> {
    for (const to of ['collecting', 'cleaning'] as const) await move(database.sql, job, to);
    const { attempt } = await readJobState(database.sql, job);
    await useActivities().settle(job, attempt, { kind: 'not-begun' });
  }

  it('is pinned when it begins; the next attempt runs the same, though its tag is another one by then', async () => {
    const { job, again } = await reserved();
    image = has(FIRST);
    await useActivities().startRun(job, 1);
    await end(job);
    await again();
    image = has(SECOND);
    await useActivities().startRun(job, 2);

    expect(started.map((launch) => launch.image)).toEqual(
      [FIRST, FIRST].map((one) => `registry.test/train@${one}`),
    );
    expect(pins).toEqual([null, FIRST]);
    expect(await begun(job)).toEqual(Array(2).fill({ image: TAG, digest: FIRST, reason: null }));
  });

  it('is another one when the cluster file names another', async () => {
    const { job, again } = await reserved();
    image = has(FIRST);
    await useActivities().startRun(job, 1);
    await end(job);
    await again();
    image = has(SECOND, 'registry.test/train:2');
    await useActivities().startRun(job, 2);

    expect(pins).toEqual([null, null]);
    expect(started.at(-1)!.image).toBe(`registry.test/train@${SECOND}`);
  });

  it('runs by its tag while the registry is down, and the timeline says so; the next attempt pins it', async () => {
    const { job, again } = await reserved();
    image = isDown();
    await useActivities().startRun(job, 1);
    await end(job);
    await again();
    image = has(FIRST);
    await useActivities().startRun(job, 2);

    expect(started.map((launch) => launch.image)).toEqual([undefined, `registry.test/train@${FIRST}`]);
    expect((await begun(job))[0]).toEqual({ image: TAG, digest: null, reason: DOWN.message });
  });

  it('stays pinned while the registry is down', async () => {
    const { job, again } = await reserved();
    image = has(FIRST);
    await useActivities().startRun(job, 1);
    await end(job);
    await again();
    image = isDown();
    await useActivities().startRun(job, 2);

    expect(started.at(-1)!.image).toBe(`registry.test/train@${FIRST}`);
    expect((await begun(job))[1]).toEqual({ image: TAG, digest: FIRST, reason: DOWN.message });
  });

  it('is not asked for again by who tries the same start once more', async () => {
    const { job } = await reserved();
    image = isDown();
    breaks = new Error('the worker dies');
    await expect(useActivities().startRun(job, 1)).rejects.toThrow('the worker dies');
    [image, breaks] = [has(FIRST), null];
    await useActivities().startRun(job, 1);

    expect(started.map((launch) => launch.image)).toEqual([undefined]);
    expect(pins).toEqual([null]);
  });

  it('that does not exist is refused before anything is started, and that is not its user’s fault', async () => {
    const { job } = await reserved();
    const params = { image: TAG, registry: 'registry.test', rule: 'tag', digest: '' };
    image = answering(() => new TainError('job.image-unknown', params));
    const { startRun, settle } = useActivities();

    await expect(startRun(job, 1)).rejects.toMatchObject({ type: 'job.image-unknown', nonRetryable: true });
    expect(started).toEqual([]);
    await move(database.sql, job, 'cleaning');
    await settle(job, 1, { kind: 'no-image', reason: 'no such tag' });
    expect(await readJobState(database.sql, job)).toMatchObject({ state: 'failed', cause: 'infrastructure' });
  });
});

it('what has not begun when training is held gives its cards back, and holds and costs nothing meanwhile', async () => {
  const { node, devices } = await addNode(database.sql, [{}]);
  const a = await queued('a');
  await start(database.sql, a, node, [part(devices[0]!)]);
  await holdTraining(database.sql, 'hold');
  try {
    const { startRun, settle } = useActivities();
    expect((await planNow(database.sql, BY)).preempted).toContain(a);
    expect(await startRun(a, 1)).toEqual({ kind: 'gone' });
    await settle(a, 1, { kind: 'not-begun' });

    expect(await readJobState(database.sql, a)).toMatchObject({
      state: 'queued',
      infra_count: 0,
      user_count: 0,
    });
    expect((await planNow(database.sql, BY)).preempted).not.toContain(a);
  } finally {
    await holdTraining(database.sql, 'none');
  }
});
