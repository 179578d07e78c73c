import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createExceptionWatchActivities } from '../../activities/exception-watch.ts';
import type { WatchCycle } from '../../contracts/exception-watch.ts';
import { LIFECYCLES, PROGRESS_QUERY } from '../../contracts/lifecycles.ts';
import { resolveException } from '../../db/exceptions.ts';
import { BUILT_IN_TABLES } from '../../domain/cftc/built-in-tables.ts';
import { startLifecycle } from '../../platform/temporal.ts';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { startAlertReceiver, type AlertReceiver } from '../support/alert-receiver.ts';
import { useDatabase } from '../support/database.ts';
import { clearLedger, feedSource, sourced } from '../support/ledger.ts';
import { message, TERMS, uti } from '../support/swap-events.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { withWorker } from '../support/worker.ts';

const database = useDatabase();
const temporal = useTemporal();
const SECRET = 'a secret of sixteen';
let receiver: AlertReceiver;
let looking: NodeJS.Timeout;

beforeEach(async () => {
  receiver = await startAlertReceiver();
  const { sql } = database;
  await sql`truncate exception_note, feed_gap`;
  // A governor that has looked just now raises no alarm.
  const look = () => sql`update governor_state set looked_at = clock_timestamp()`;
  await look();
  looking = setInterval(() => void look().catch(() => undefined), 500);
});
afterEach(async () => {
  clearInterval(looking);
  await receiver.stop();
});

const openGap = (feed: string) => database.sql`
  insert into feed_gap (feed, session, from_sequence, to_sequence) values (${feed}, 'S', 1, 3)
  on conflict (feed, session, from_sequence) do update set filled_at = null`;
const fillGap = (feed: string) => database.sql`update feed_gap set filled_at = now() where feed = ${feed}`;

/** An address that answers does so within this, or it would be told twice when the machine stands still for a while. */
const PATIENT_MS = 20_000;
/** For one that does not. */
const IMPATIENTLY = { timeoutMs: 500 };

/** Watches, as the batch worker does, but faster, while `run` runs. */
const watched = (
  run: () => Promise<void>,
  { url = receiver.url, timeoutMs = PATIENT_MS }: { url?: string | null; timeoutMs?: number } = {},
) =>
  withWorker(
    temporal,
    createExceptionWatchActivities({
      sql: database.sql,
      tables: { entities: { rows: [] }, calendars: BUILT_IN_TABLES.calendars },
      target: url === null ? null : { url, secret: SECRET, timeoutMs },
      lookMs: 50,
      pauseMs: 50,
    }),
    async () => {
      const workflowId = LIFECYCLES.exceptionWatch.workflowId();
      await startLifecycle(temporal.client, 'exceptionWatch', { workflowId, args: [], summary: 'test' });
      await run();
      await temporal.client.workflow.getHandle(workflowId).terminate('end of the test');
    },
  );

const isTold = (...ids: string[]) => until(async () => expect(receiver.taken()).toEqual(ids));

/** Until it has looked that often again. */
async function looks(count: number): Promise<void> {
  const seen = async (): Promise<number> => {
    const handle = temporal.client.workflow.getHandle(LIFECYCLES.exceptionWatch.workflowId());
    const { raw } = await handle.describe();
    const details = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
    const cycle = details ? (JSON.parse(Buffer.from(details).toString()) as WatchCycle) : null;
    return cycle?.looks ?? 0;
  };
  const before = await seen();
  await until(async () => expect(await seen()).toBeGreaterThanOrEqual(before + count));
}

describe('the watch', () => {
  it('tells once when a cause comes, and once when it goes by itself', async () => {
    await openGap('desk');
    await watched(async () => {
      await isTold('gap:desk#1:come');
      await looks(10);
      expect(receiver.received).toHaveLength(1);

      await fillGap('desk');
      await isTold('gap:desk#1:come', 'gap:desk#1:gone');

      await openGap('desk');
      await isTold('gap:desk#1:come', 'gap:desk#1:gone', 'gap:desk#2:come');
      await looks(10);
      expect(receiver.received).toHaveLength(3);
    });
  });

  it('says what it is, in words, and signs it', async () => {
    await openGap('desk');
    await watched(() => isTold('gap:desk#1:come'));

    const [{ alert, body, headers }] = receiver.received as [(typeof receiver.received)[number]];
    expect(alert).toMatchObject({
      event: 'come',
      kind: 'feed-gap',
      count: 2,
      title: { en: expect.stringContaining('desk'), ko: expect.stringContaining('피드') },
      links: ['/v1/feeds/desk'],
    });
    const expected = createHmac('sha256', SECRET).update(body).digest('hex');
    expect(headers['x-tain-signature']).toBe(`sha256=${expected}`);
    expect(headers['x-tain-alert']).toBe(encodeURIComponent(alert.id));
  });

  it('tries again while the address fails, and not once it has taken it', async () => {
    receiver.behaviour = 'fails';
    await openGap('desk');
    await watched(async () => {
      await until(async () => expect(receiver.received.length).toBeGreaterThanOrEqual(2));
      const [{ problem }] = (await database.sql`select problem from exception_note`) as [{ problem: string }];
      expect(problem).toContain('503');

      receiver.behaviour = 'takes';
      await isTold('gap:desk#1:come');
      const tries = receiver.received.length;
      await looks(10);
      expect(receiver.received).toHaveLength(tries);
      expect(new Set(receiver.received.map(({ alert }) => alert.id)).size).toBe(1);
    }, IMPATIENTLY);
  });

  it('does not wait for ever for an address that is slow, and sends the same id again', async () => {
    receiver.behaviour = 'silent';
    await openGap('desk');
    await watched(async () => {
      await until(async () => expect(receiver.received.length).toBeGreaterThanOrEqual(2));
      receiver.behaviour = 'takes';
      await until(async () => expect(new Set(receiver.taken())).toEqual(new Set(['gap:desk#1:come'])));
    }, IMPATIENTLY);
  });

  it('reaches an address that was down when it is up again, after a restart of the worker too', async () => {
    const port = Number(new URL(receiver.url).port);
    const { url } = receiver;
    await receiver.stop();
    await openGap('desk');
    await watched(
      () =>
        until<void>(async () => {
          const [row] = await database.sql<{ problem: string | null }[]>`select problem from exception_note`;
          expect(row?.problem).toBeTruthy();
        }),
      { url, ...IMPATIENTLY },
    );

    receiver = await startAlertReceiver(port);
    await watched(async () => {
      await isTold('gap:desk#1:come');
      await looks(5);
      expect(receiver.received).toHaveLength(1);
    });
  });

  it('says nothing of what came and went while nobody could be told', async () => {
    await openGap('desk');
    await watched(() => looks(3), { url: null });
    await fillGap('desk');
    await watched(() => looks(3), { url: null });

    await openGap('other');
    await watched(() => isTold('gap:other#1:come'));
    expect(receiver.received).toHaveLength(1);
  });

  it('does not say that a cause went by itself when somebody settled it', async () => {
    const source = feedSource('WATCH');
    const records = ['1000', '2000'].map((notionalAmountLeg1) =>
      message('NEWT-TRAD', 'W', '2026-03-02T12:00:00', { ...TERMS, notionalAmountLeg1 }),
    );
    const events = records.map((values, at) => sourced(values, source, at + 1));
    await applyInBatches(database.sql, events, source);
    const key = `conflict:swap:${uti('W')}`;
    await watched(async () => {
      await isTold(`${key}#1:come`);
      const cause = {
        kind: 'conflict',
        key,
        count: 1,
        since: null,
        deadline: null,
        params: {},
        links: [],
      } as const;
      const by = { actor: 'kim', role: 'operator' } as const;
      await resolveException(database.sql, key, cause, { by, reason: 'the first one holds' });
      await looks(5);
      await openGap('desk');
      await isTold(`${key}#1:come`, 'gap:desk#1:come');
    });
    await clearLedger(database.sql);
  });

  it('answers what it saw to the progress query of its workflow', async () => {
    await watched(async () => {
      const handle = temporal.client.workflow.getHandle(LIFECYCLES.exceptionWatch.workflowId());
      expect(await handle.query<WatchCycle | null>(PROGRESS_QUERY)).toBeNull();
    });
  });
});
