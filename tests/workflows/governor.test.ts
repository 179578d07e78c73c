import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { LIFECYCLES, PROGRESS_QUERY } from '../../contracts/lifecycles.ts';
import type { GovernorCycle } from '../../contracts/priority.ts';
import { QUEUES } from '../../contracts/queues.ts';
import { listAudit } from '../../db/audit.ts';
import { endOverride, overrideGovernor, readGovernor } from '../../db/governor.ts';
import { readActivityRate, setActivityRate } from '../../platform/task-queue-rate.ts';
import { startLifecycle } from '../../platform/temporal.ts';
import { useDatabase } from '../support/database.ts';
import { FAST_POLICY, fastGovernor, tellFeed, withRealtimeWorker } from '../support/governor.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();

const KIM = { actor: 'kim', role: 'operator' } as const;
const FEED = 'swaps';

const tellLag = (lagMs: number) => tellFeed(database.sql, FEED, lagMs);
const trainingRate = () => readActivityRate(temporal.client, QUEUES.gpuTraining);

const governed = (run: () => Promise<void>, overrides: Parameters<typeof fastGovernor>[0] | object = {}) =>
  withRealtimeWorker(
    temporal,
    fastGovernor({ sql: database.sql, client: temporal.client, ...overrides }),
    async () => {
      await startLifecycle(temporal.client, 'governor', {
        workflowId: LIFECYCLES.governor.workflowId(),
        args: [],
        summary: 'test',
      });
      await run();
    },
  );

/** What is held, by the row and by the server, once both are as expected. */
const isHeld = (level: string, reason: string | null) =>
  until(async () => {
    const row = await readGovernor(database.sql);
    expect(row).toMatchObject({
      level,
      reason_code: reason,
      is_queue_held: level !== 'none',
      training_problem: null,
    });
    expect(await trainingRate()).toBe(level === 'none' ? null : 0);
    return row;
  });

const audited = async (): Promise<string[]> =>
  (await listAudit(database.sql, { subject: 'priority', timeZone: 'UTC', limit: 500 }))
    .map(({ action }) => action)
    .reverse();

describe('the governor', () => {
  it('stops training and paces batch when a feed lags, and lets both go when it no longer does', async () => {
    await tellLag(0);
    await governed(async () => {
      await isHeld('none', null);
      await tellLag(5000);

      const held = await isHeld('hold', 'feed-lag');
      expect(held.reason_params).toMatchObject({ feed: FEED, ms: 5000 });
      expect(held.since).not.toBeNull();
      expect(held.batch_pace).toBeGreaterThan(0);

      await tellLag(0);
      expect(await isHeld('none', null)).toMatchObject({ batch_pace: null });
      expect(await audited()).toEqual(['priority.held', 'priority.released']);
    });
  });

  it('lets nothing of gpu-training start while it is held, and all of it afterwards', async () => {
    const started: string[] = [];
    const gpu = await Worker.create({
      connection: temporal.connection,
      namespace: temporal.namespace,
      taskQueue: QUEUES.gpuTraining,
      activities: { startTraining: async (run: string) => void started.push(run) },
    });
    const submit = (run: string) =>
      temporal.client.activity.start('startTraining', {
        id: run,
        taskQueue: QUEUES.gpuTraining,
        startToCloseTimeout: '10 seconds',
        args: [run],
      });
    await tellLag(0);
    await gpu.runUntil(() =>
      governed(async () => {
        await isHeld('none', null);
        await submit('before');
        await until(async () => expect(started).toEqual(['before']));

        await tellLag(5000);
        await isHeld('hold', 'feed-lag');
        for (let run = 1; run <= 5; run += 1) await submit(`held-${run}`);
        await new Promise((resolve) => setTimeout(resolve, 3000));
        expect(started).toEqual(['before']);

        await tellLag(0);
        await until(async () => expect(started).toHaveLength(6));
      }),
    );
  });

  it('whose worker died while it held finds what it had held, and goes on', async () => {
    await tellLag(5000);
    await governed(async () => void (await isHeld('hold', 'feed-lag')));
    const dead = await readGovernor(database.sql);
    expect(await trainingRate()).toBe(0);
    // Meanwhile the lag is gone and the limit was set by somebody else.
    await tellLag(0);
    await setActivityRate(temporal.client, QUEUES.gpuTraining, 5, 'somebody else');

    await governed(async () => {
      await isHeld('none', null);
    });

    expect(dead.since).toBeInstanceOf(Date);
  });

  it('that is killed while it holds leaves nothing held for good: the next one takes over', async () => {
    await tellLag(5000);
    const script = path.join(import.meta.dirname, '..', 'support', 'governor-process.ts');
    const child = spawn(process.execPath, [script, temporal.namespace, database.url], {
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    await startLifecycle(temporal.client, 'governor', { workflowId: 'governor', args: [], summary: 'test' });
    await isHeld('hold', 'feed-lag');
    child.kill('SIGKILL');
    await once(child, 'exit');

    await tellLag(0);
    const [looked, held] = [(await readGovernor(database.sql)).looked_at, await trainingRate()];
    expect(held).toBe(0);
    await governed(async () => {
      const row = await isHeld('none', null);
      expect(row.looked_at!.getTime()).toBeGreaterThan(looked!.getTime());
    });
  });

  it('puts the limit right that somebody else cleared or set, and notes it', async () => {
    await tellLag(5000);
    await governed(async () => {
      await isHeld('hold', 'feed-lag');
      await setActivityRate(temporal.client, QUEUES.gpuTraining, null, 'somebody else');
      await until(async () => expect(await audited()).toContain('priority.queue-mended'));
      await isHeld('hold', 'feed-lag');

      await tellLag(0);
      await isHeld('none', null);
      await setActivityRate(temporal.client, QUEUES.gpuTraining, 0, 'somebody else');
      await isHeld('none', null);
      // Noted once it is put right, so a moment later.
      await until(async () => {
        const mended = (await audited()).filter((action) => action === 'priority.queue-mended');
        expect(mended).toHaveLength(2);
      });
    });
  });

  it('holds for a feed that stays silent, but not before it could have spoken since the start', async () => {
    await tellLag(0);
    await database.sql`
      update feed_status set seen_at = clock_timestamp() - interval '1 hour' where feed = ${FEED}`;
    await database.sql`update feed set wanted_at = clock_timestamp() - interval '1 day' where feed = ${FEED}`;
    const startedAt = (await readGovernor(database.sql)).now.getTime();
    await governed(
      async () => {
        const held = await isHeld('hold', 'feed-blind');
        expect(held.since!.getTime() - startedAt).toBeGreaterThan(1500);
        expect(held.alarms).toMatchObject([{ code: 'feed-blind', params: { feed: FEED } }]);
        // Heard of again and again: what is said to have been seen later than now says nothing.
        const hear = () =>
          database.sql`update feed_status set seen_at = clock_timestamp() where feed = ${FEED}`;
        const speaking = setInterval(() => void hear().catch(() => undefined), 100);
        await isHeld('none', null).finally(() => clearInterval(speaking));
      },
      { policy: { ...FAST_POLICY, blindMs: 1500 } },
    );
  });

  it('follows an operator, and decides again when he is done; both are in the audit log', async () => {
    await tellLag(5000);
    await governed(async () => {
      await isHeld('hold', 'feed-lag');
      await overrideGovernor(database.sql, KIM, { kind: 'release', why: 'deadline of a run', minutes: 5 });
      const released = await isHeld('none', null);
      await until(async () =>
        expect((await readGovernor(database.sql)).alarms).toContainEqual({
          code: 'released-under-load',
          params: { by: 'kim', level: 'hold' },
        }),
      );
      expect(released.batch_pace).toBeNull();

      expect(await endOverride(database.sql, KIM, 'the run is over')).toBe(true);
      await isHeld('hold', 'feed-lag');
      await overrideGovernor(database.sql, KIM, { kind: 'hold', why: 'planned work', minutes: 5 });
      await tellLag(0);
      await isHeld('hold', 'override');
      // As if its time were over.
      await database.sql`update governor_state set override_until = clock_timestamp()`;
      await isHeld('none', null);
    });

    const entries = await listAudit(database.sql, { subject: 'priority', timeZone: 'UTC', limit: 500 });
    expect(entries.find(({ action }) => action === 'priority.overridden')).toMatchObject({
      actor: 'kim',
      role: 'operator',
      reason: 'planned work',
      after: { kind: 'hold', minutes: 5 },
    });
    const ended = entries.filter(({ action }) => action === 'priority.override-ended');
    expect(ended.map(({ actor, reason }) => [actor, reason])).toEqual([
      ['governor', null],
      ['kim', 'the run is over'],
    ]);
  });

  it('goes on pacing while the queue cannot be reached, says so, and sets it when it can', async () => {
    await tellLag(5000);
    let isDown = true;
    const client = new Proxy(temporal.client, {
      get(target, name) {
        if (isDown && name === 'workflowService') throw new Error('no Temporal');
        return Reflect.get(target, name, target) as unknown;
      },
    });
    await governed(
      async () => {
        await until(async () => {
          expect(await readGovernor(database.sql)).toMatchObject({
            level: 'hold',
            batch_pace: expect.any(Number),
            is_queue_held: null,
            training_problem: expect.stringContaining('no Temporal'),
          });
        });
        isDown = false;
        await isHeld('hold', 'feed-lag');
        await tellLag(0);
        await isHeld('none', null);
      },
      { client: client },
    );
  });

  it('tells running training to freeze, to give way and to go on, and tries again what failed', async () => {
    await tellLag(5000);
    const told: string[] = [];
    let failures = 0;
    const tell = (what: string) => async () => {
      if (what === 'freeze' && failures++ < 2) throw new Error('not yet');
      told.push(what);
    };
    const training = { freeze: tell('freeze'), preempt: tell('preempt'), release: tell('release') };
    const policy = {
      ...FAST_POLICY,
      freezeAfterMs: 500,
      // The next level is not come to before this one was told, however long the tries take.
      get preemptAfterMs() {
        return told.includes('freeze') ? 1000 : Infinity;
      },
    };
    await governed(
      async () => {
        await isHeld('preempt', 'feed-lag');
        await tellLag(0);
        await isHeld('none', null);
      },
      { training, policy },
    );

    expect(told).toEqual(['release', 'freeze', 'preempt', 'release']);
  });

  it('answers its query when a cycle is over', async () => {
    await tellLag(0);
    await governed(
      async () => {
        const handle = temporal.client.workflow.getHandle(LIFECYCLES.governor.workflowId());
        await until(async () => {
          const progress = await handle.query<GovernorCycle | null>(PROGRESS_QUERY);
          expect(progress).toMatchObject({ level: 'none', failedLooks: 0 });
        });
      },
      { cycleMs: 500 },
    );
  });
});
