import { afterEach, beforeAll, afterAll, describe, expect, it } from '@jest/globals';
import { createAtOnce } from '../../activities/at-once.ts';
import { createOutboundLiveActivities } from '../../activities/outbound-live.ts';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import { LIVE_SESSION } from '../../contracts/outbound.ts';
import { QUEUES } from '../../contracts/queues.ts';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { readHistory } from '../../db/ledger-reads.ts';
import { subjectId } from '../../db/ledger-subjects.ts';
import { resubmitMessage } from '../../db/outbound-messages.ts';
import type { Receiver } from '../../demo/receiver.ts';
import { BUILT_IN_REGISTERS } from '../../domain/cftc/built-in-registers.ts';
import { BUILT_IN_TABLES } from '../../domain/cftc/built-in-tables.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import { connectRealtime, type Sql } from '../../platform/postgres.ts';
import { openOutbound, watchOutbound } from '../../workers/outbound.ts';
import { applyAll } from '../../domain/swaps/ledger-account.ts';
import type { Subject } from '../../domain/swaps/swap-event.ts';
import { planFeed } from '../../demo/feed/plan.ts';
import { useDatabase } from '../support/database.ts';
import { useFeeds } from '../support/feeds.ts';
import { feedSource, sourced } from '../support/ledger.ts';
import { changeOf, recordOf, statesOf, TARGET, useOutbound, utiOf } from '../support/outbound.ts';
import { useStreams } from '../support/streams.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { withWorker } from '../support/worker.ts';

const database = useDatabase();
const temporal = useTemporal();
const outbound = useOutbound(database);
const feeds = useFeeds();
const streams = useStreams(database, temporal);
const FEED = feedSource('DAY1');
const BY = { actor: 'olga', role: 'operator' } as const;
let sql: Sql;
let position = 0;

beforeAll(() => {
  sql = connectRealtime(database.url);
});
afterEach(async () => {
  await temporal.client.workflow
    .getHandle(LIFECYCLES.outboundLive.workflowId(TARGET))
    .terminate('end of the test')
    .catch(() => undefined);
});
afterAll(() => sql.end({ timeout: 3 }));

/** Applies records one by one, as a feed brings them, with what leaves at once of them. */
async function bring(...records: readonly RecordValues[]): Promise<void> {
  const onApplied = createAtOnce(BUILT_IN_TABLES, null)(BUILT_IN_REGISTERS);
  for (const values of records) {
    position += 1;
    await applyInBatches(database.sql, [sourced(values, FEED, position)], FEED, { onApplied });
  }
}

const withSender = async <Result>(run: () => Promise<Result>, more: object = {}): Promise<Result> => {
  const outboundFile = outbound.outboundFile();
  await openOutbound(temporal.client, outboundFile);
  const activities = createOutboundLiveActivities({ sql, outboundFile, handOverMs: 3_600_000 });
  return withWorker(temporal, { ...activities, ...more }, run, QUEUES.swapRealtime);
};

const acknowledged = (count: number): Promise<void> =>
  until(async () => expect(await statesOf(database.sql)).toEqual(Array(count).fill('acknowledged')));

const takenOf = (receiver: Receiver): (readonly [string, string, unknown])[] =>
  [...receiver.truth().messages.values()].map(({ message: { elements }, verdict }) => [
    String(elements['uniqueTransactionIdentifierUti']),
    verdict,
    elements['actionType'],
  ]);

describe('what is made public', () => {
  it('becomes a message with the event that is applied, and only that', async () => {
    await bring(
      recordOf(1),
      recordOf(1),
      changeOf(1, 5),
      changeOf(1, 6, { amendmentIndicator: 'False' }),
      recordOf(1, { actionType: 'VALU', valuationTimestamp: '2026-11-20T20:00:00Z' }),
    );
    const rows = await database.sql`
      select part, action, ordinal, reason, state, asset_class, business_date from outbound_message order by ordinal`;
    const common = {
      part: 43,
      reason: 'reportable',
      state: 'pending',
      asset_class: 'IR',
      business_date: null,
    };
    expect(rows).toEqual([
      { ...common, action: 'NEWT', ordinal: 1 },
      { ...common, action: 'MODI', ordinal: 2 },
    ]);
  });

  it('is due to be acknowledged within our limit, counted from when its event was accepted', async () => {
    await bring(recordOf(1), changeOf(1, 5));
    const due = () => database.sql<{ seconds: number; obligation: string }[]>`
      select extract(epoch from due_at - accepted_at)::float8 as seconds, obligation
      from outbound_message join tb_on_hist using (source_id, position)`;
    expect(await due()).toEqual(Array(2).fill({ seconds: 900, obligation: '17 CFR 43.3(a), our limit' }));

    position += 1;
    await applyInBatches(database.sql, [sourced(recordOf(2), FEED, position)], FEED, {
      onApplied: createAtOnce(BUILT_IN_TABLES, null, 60_000)(BUILT_IN_REGISTERS),
    });
    expect((await due()).map(({ seconds }) => seconds).toSorted((one, other) => one - other)).toEqual([
      60, 900, 900,
    ]);
  });

  it('becomes a message later when its event waited for the beginning of the swap, and stands behind it', async () => {
    await bring(changeOf(1, 5));
    expect(await statesOf(database.sql)).toEqual([]);
    await bring(recordOf(1, { reportingTimestamp: '2026-11-20T14:04:00Z' }));

    const rows = await database.sql<{ action: string; reported_at: Date }[]>`
      select action, reported_at from outbound_message order by reported_at`;
    expect(rows.map(({ action }) => action)).toEqual(['NEWT', 'MODI']);
    expect(rows[1]!.reported_at.getTime() - rows[0]!.reported_at.getTime()).toBe(1000);
    expect(rows[0]!.reported_at.getMilliseconds()).toBe(0);
  });
});

describe('what leaves at once', () => {
  it('is on the socket and answered within the run, in the order of each swap', async () => {
    const receiver = await outbound.receive();
    await outbound.point(receiver);
    await withSender(async () => {
      for (let swap = 1; swap <= 20; swap += 1)
        await bring(recordOf(swap), changeOf(swap, 5), changeOf(swap, 6));
      await acknowledged(60);
    });

    expect(takenOf(receiver).map(([, verdict]) => verdict)).toEqual(Array(60).fill('accepted'));
    expect(receiver.truth()).toMatchObject({ repeats: 0, unreadable: 0 });
    const [row] = await database.sql`
      select bool_and(sent_at >= accepted_at and received_at is not null) as measured
      from outbound_message join tb_on_hist using (source_id, position)`;
    expect(row).toEqual({ measured: true });
    const [first] = [...receiver.truth().messages.values()];
    expect(first!.message).toMatchObject({ file: null, record: null, part: 43 });
    expect(first!.message.elements['reportingTimestamp']).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('is lost by no broken connection, and taken once', async () => {
    const receiver = await outbound.receive();
    receiver.behave({ disconnectEvery: 9, twice: true });
    await outbound.point(receiver);
    await withSender(async () => {
      for (let swap = 1; swap <= 40; swap += 1) await bring(recordOf(swap));
      await acknowledged(40);
    });
    expect(receiver.truth().messages.size).toBe(40);
  });

  it('leaves again when its sender died between the socket and the commit, and is taken once', async () => {
    const receiver = await outbound.receive();
    await outbound.point(receiver);
    receiver.behave({ stalls: true });
    await bring(recordOf(1), recordOf(2));
    const sent = () => until(async () => expect(await statesOf(database.sql)).toEqual(['sent', 'sent']));
    await withSender(sent);
    // What Postgres knows when the process dies behind the socket: nothing of it.
    await database.sql`update outbound_message set state = 'pending', sent_at = null`;
    await withSender(async () => {
      await sent();
      receiver.behave({ stalls: false });
      await acknowledged(2);
    });

    expect(receiver.truth()).toMatchObject({ repeats: 2 });
    expect(receiver.truth().messages.size).toBe(2);
    expect(new Set(receiver.truth().logins.map(({ session }) => session))).toEqual(new Set([LIVE_SESSION]));
  });

  it('holds what follows a NEWT that is refused, until another one is acknowledged in its place', async () => {
    let isWrong = true;
    const issue = {
      ruleId: 'R',
      severity: 'error',
      element: '31',
      column: null,
      value: null,
      params: {},
    } as const;
    const receiver = await outbound.receive({
      refuses: ({ elements }) =>
        isWrong && elements['uniqueTransactionIdentifierUti'] === utiOf(1) ? [issue] : [],
    });
    await outbound.point(receiver);
    await withSender(async () => {
      await bring(recordOf(1), changeOf(1, 5), recordOf(2));
      await until(async () =>
        expect(await statesOf(database.sql)).toEqual(['refused', 'held', 'acknowledged']),
      );
      await bring(changeOf(1, 6));
      expect(await statesOf(database.sql)).toEqual(['refused', 'held', 'held', 'acknowledged']);

      isWrong = false;
      const [refused] = await database.sql<{ id: string }[]>`
        select message_id as id from outbound_message where state = 'refused'`;
      await resubmitMessage(database.sql, refused!.id, BY, 'the repository was wrong');
      await until(async () =>
        expect(await statesOf(database.sql)).toEqual([
          'resubmitted',
          ...(Array(4).fill('acknowledged') as string[]),
        ]),
      );
    });
    const ofSwap = takenOf(receiver).filter(([uti]) => uti === utiOf(1));
    expect(ofSwap.map(([, verdict, action]) => [action, verdict])).toEqual([
      ['NEWT', 'refused'],
      ['NEWT', 'accepted'],
      ['MODI', 'accepted'],
      ['MODI', 'accepted'],
    ]);
  });

  it('is sent on when somebody has ended the workflow that sends it', async () => {
    const receiver = await outbound.receive();
    await outbound.point(receiver);
    await withSender(async () => {
      await bring(recordOf(1));
      await acknowledged(1);
      const workflowId = LIFECYCLES.outboundLive.workflowId(TARGET);
      await temporal.client.workflow.getHandle(workflowId).terminate('somebody ended it');
      const log = { warn: () => undefined };
      const watch = watchOutbound(temporal.client, outbound.outboundFile(), log, 100);
      try {
        await bring(recordOf(2));
        await acknowledged(2);
      } finally {
        clearInterval(watch);
      }
    });
  });

  it('is of a feed that is read exactly what the rules call public of what is applied', async () => {
    const receiver = await outbound.receive();
    await outbound.point(receiver);
    const request = { seed: 'at once', rows: 300, date: '2026-11-20', rate: 2000, duplicateShare: 0.05 };
    const simulator = await feeds.simulate({ plan: planFeed(request) });
    await streams.write([{ port: simulator.port }]);
    await streams.open();
    const atOnce = createAtOnce(BUILT_IN_TABLES, null);
    const expected = async (): Promise<number[]> => {
      const subjects = await database.sql<Subject[]>`
        select distinct subject_kind as kind, subject_key as key from tb_on_hist`;
      const events = Map.groupBy(await readHistory(database.sql, subjects), ({ subject }) =>
        subjectId(subject),
      );
      return [...events.values()]
        .flatMap((rows) => {
          const positions = new Map(rows.map(({ event, position: at }) => [event, at]));
          return applyAll(rows[0]!.subject.kind, [...positions.keys()])
            .outcomes.filter(
              ({ outcome }) => outcome.kind === 'applied' && outcome.dissemination?.outcome === 'public',
            )
            .map(({ event }) => positions.get(event)!);
        })
        .toSorted((one, other) => one - other);
    };
    await withSender(
      () =>
        until(async () => {
          const [feed] = await database.sql`select session_ended from feed`;
          expect(feed).toEqual({ session_ended: true });
          const rows = await database.sql<{ position: number; state: string }[]>`
            select position, state from outbound_message order by position`;
          expect(rows.map(({ position: at }) => at)).toEqual(await expected());
          expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['acknowledged']));
          expect(rows.length).toBeGreaterThan(50);
        }, 60_000),
      streams.activities({ atOnce }),
    );
    await streams.handleOf().terminate('end of the test');
    expect(receiver.truth().repeats).toBe(0);
  });
});
