import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TransactionSql } from 'postgres';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { countOutcomes } from '../../db/ledger-outcomes.ts';
import { applyEvents } from '../../db/ledger.ts';
import type { EventSource, SourcedEvent } from '../../domain/swaps/event-source.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { useDatabase } from '../support/database.ts';
import {
  clearLedger,
  feedSource,
  fileSource,
  foldInMemory,
  readLedger,
  sourced,
  type Arrival,
} from '../support/ledger.ts';
import { until } from '../support/until.ts';
import { message, TERMS } from '../support/swap-events.ts';

const database = useDatabase();
const SOURCES = [fileSource('a'), fileSource('b'), feedSource('1'), feedSource('2')];

beforeEach(() => clearLedger(database.sql));

// Few values, so that times are equal, messages come twice and events contradict each other.
const kinds = fc.constantFrom('NEWT-TRAD', 'MODI-TRAD', 'CORR', 'TERM-ETRM', 'EROR', 'REVI', 'VALU', 'MARU');
const times = fc.constantFrom('2026-03-02T09:00:00', '2026-03-02T09:00:01', '2026-03-05T12:00:00', '');
const values: fc.Arbitrary<RecordValues> = fc
  .record({
    kind: kinds,
    swap: fc.constantFrom('A', 'B', 'C'),
    at: times,
    notional: fc.constantFrom('1000', '1000.0', '900'),
    reported: fc.constantFrom('', '2026-03-06T00:00:00Z'),
    portfolio: fc.boolean(),
  })
  .map(({ kind, swap, at, notional, reported, portfolio }) => ({
    ...message(kind, swap, at, { ...TERMS, notionalAmountLeg1: notional, amendmentIndicator: 'True' }),
    ...(reported && { reportingTimestamp: reported }),
    ...(kind === 'MARU' && portfolio && { uniqueTransactionIdentifierUti: '' }),
    ...(kind === 'MARU' && { initialMarginCollateralPortfolioCode: 'P1' }),
  }));

/** Records at places of their own: source and position. */
const places = fc.uniqueArray(fc.tuple(fc.nat(SOURCES.length - 1), fc.integer({ min: 1, max: 30 }), values), {
  selector: ([source, position]) => `${source}/${position}`,
  minLength: 1,
  maxLength: 24,
});

/** Arrivals in which every record comes once or more, in any order, cut anywhere. */
const arrivals: fc.Arbitrary<Arrival[]> = places.chain((all) => {
  const events = all.map(
    ([source, position, record]) => [source, sourced(record, SOURCES[source]!, position)] as const,
  );
  return fc
    .tuple(
      fc.shuffledSubarray(events, { minLength: events.length }),
      fc.shuffledSubarray(events),
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 4 }),
    )
    .map(([once, again, sizes]) => cut([...once, ...again], sizes));
});

function cut(events: readonly (readonly [number, SourcedEvent])[], sizes: readonly number[]): Arrival[] {
  const batches: Arrival[] = [];
  for (let at = 0, turn = 0; at < events.length; turn += 1) {
    const batch = events.slice(at, (at += sizes[turn % sizes.length]!));
    for (const [number, source] of SOURCES.entries()) {
      const own = batch.filter(([of]) => of === number).map(([, event]) => event);
      if (own.length > 0) batches.push({ source, events: own });
    }
  }
  return batches;
}

describe('the ledger', () => {
  test('holds the same whatever the order, the batches, the sources and the repeats', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async (list) => {
        await clearLedger(database.sql);
        for (const { source, events } of list)
          await database.sql.begin((tx) => applyEvents(tx, events, source));

        expect(await readLedger(database.sql)).toEqual(foldInMemory(list));
        for (const source of SOURCES) {
          const { accepted, ...outcomes } = await countOutcomes(database.sql, source);
          const own = list.filter((one) => one.source === source).flatMap(({ events }) => events);
          expect(accepted).toBe(new Set(own.map(({ position }) => position)).size);
          expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(accepted);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('holds the same when several apply the same swaps at once', async () => {
    const list = fc.sample(arrivals, { numRuns: 12, seed: 7 });
    for (const one of list) {
      await clearLedger(database.sql);
      const shares = [one, [...one].reverse(), one.filter((_, index) => index % 2 === 0)];
      await Promise.all(
        shares.map(async (share) => {
          // Not in batches, which would try a deadlock again.
          for (const { source, events } of share)
            await database.sql.begin((tx) => applyEvents(tx, events, source));
        }),
      );

      expect(await readLedger(database.sql)).toEqual(foldInMemory(one));
    }
  });
});

/** Valuations of one swap behind its NEWT, a second apart. */
const longLife = (length: number): SourcedEvent[] =>
  Array.from({ length }, (_, index) => {
    const second = new Date(Date.UTC(2026, 2, 2) + index * 1000).toISOString().slice(0, 19);
    const record =
      index === 0
        ? message('NEWT-TRAD', 'A', second)
        : message('VALU', 'A', second, { valuationAmount: String(index) });
    return sourced(record, SOURCES[0]!, index + 1);
  });

describe('10,000 events of one swap', () => {
  const events = longLife(10_000);
  const batches = (list: readonly SourcedEvent[]) =>
    Array.from({ length: 20 }, (_, index) => list.slice(index * 500, (index + 1) * 500));

  test('are applied in order without reading the history once', async () => {
    for (const batch of batches(events)) {
      const { refolded } = await applyInBatches(database.sql, batch, SOURCES[0]!);
      expect(refolded).toBe(0);
    }

    expect(await countOutcomes(database.sql, SOURCES[0]!)).toMatchObject({
      accepted: 10_000,
      applied: 10_000,
    });
  });

  test('read the history once per batch when they come backwards, not once per event', async () => {
    let before = 0;
    for (const batch of batches([...events].reverse())) {
      const { refolded } = await applyInBatches(database.sql, batch, SOURCES[0]!);
      expect(refolded).toBe(before);
      before += batch.length;
    }

    expect(await readLedger(database.sql)).toEqual(foldInMemory([{ source: SOURCES[0]!, events }]));
  });
});

describe('batches', () => {
  const swaps = Array.from({ length: 12 }, (_, index) =>
    sourced(message('NEWT-TRAD', String(index + 10), '2026-03-02T09:00:00', TERMS), SOURCES[0]!, index + 1),
  );

  test('whose connection is lost before the third transaction commits are finished by a repeat', async () => {
    const source = SOURCES[0]!;
    await applyInBatches(database.sql, swaps.slice(0, 8), source, { subjectsPerTransaction: 4 });
    const other = connectPostgres(database.url, 'cut off', 1);
    const lost = await other.reserve();
    await lost`begin`;
    await applyEvents(lost as unknown as TransactionSql, swaps.slice(8), source);
    await database.sql`
      select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'cut off'`;
    await other.end({ timeout: 0 });
    expect(await countOutcomes(database.sql, source)).toMatchObject({ accepted: 8, applied: 8 });

    const repeat = await applyInBatches(database.sql, swaps, source, { subjectsPerTransaction: 4 });

    expect(repeat).toMatchObject({ known: 8, outcomes: { applied: 4 } });
    expect(await readLedger(database.sql)).toEqual(foldInMemory([{ source, events: swaps }]));
  });

  test('wait for their pace before each transaction, with none open', async () => {
    const open: number[] = [];
    await applyInBatches(database.sql, swaps, SOURCES[0]!, {
      subjectsPerTransaction: 4,
      lanes: 1,
      around: async (run) => {
        const [found] = await database.sql<{ locks: number }[]>`
          select count(*)::int as locks from pg_locks where relation = 'tb_on_mst'::regclass and pid <> pg_backend_pid()`;
        open.push(found!.locks);
        return run();
      },
    });

    expect(open).toEqual([0, 0, 0]);
  });

  test('of the same swaps by two callers at once apply every event once', async () => {
    const [one, other] = SOURCES as [EventSource, EventSource];
    const same = swaps.map(({ event }, index) => sourced(event.values, other, index + 1));
    const small = { subjectsPerTransaction: 2, lanes: 3 };

    const results = await Promise.all([
      applyInBatches(database.sql, swaps, one, small),
      applyInBatches(database.sql, [...swaps].reverse(), one, small),
      applyInBatches(database.sql, same, other, small),
    ]);

    expect(results[0].known + results[1].known).toBe(12);
    expect(await countOutcomes(database.sql, one)).toMatchObject({ accepted: 12, applied: 12 });
    expect(await countOutcomes(database.sql, other)).toMatchObject({ accepted: 12, duplicate: 12 });
  });

  const hold = async (swap: SourcedEvent) => {
    const holder = await database.sql.reserve();
    await holder`begin`;
    await holder`select pg_advisory_xact_lock(hashtextextended(${`${swap.event.subject.key}\nswap`}, 42))`;
    return async (): Promise<void> => {
      await holder`rollback`;
      holder.release();
    };
  };
  const accepted = async (source = SOURCES[0]!): Promise<number> =>
    (await countOutcomes(database.sql, source)).accepted;
  const waiting = () => database.sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;

  test('are given up when a swap stays locked: all others are applied, and no transaction is left behind', async () => {
    const release = await hold(swaps[9]!);

    await expect(
      applyInBatches(database.sql, swaps, SOURCES[0]!, { subjectsPerTransaction: 4, lockTimeoutMs: 10 }),
    ).rejects.toMatchObject({ code: '55P03' });

    const open = await database.sql`
      select from pg_stat_activity
      where datname = current_database() and backend_type = 'client backend' and state <> 'idle'
        and pid <> pg_backend_pid()`;
    expect(open).toHaveLength(1);
    await release();
    expect(await accepted()).toBe(11);
  });

  test('put off a swap that somebody holds, and apply it once it is free', async () => {
    const release = await hold(swaps[0]!);
    let isFree = false;
    const applied = applyInBatches(database.sql, swaps, SOURCES[0]!).then((result) => {
      expect(isFree).toBe(true);
      return result;
    });
    await until(async () => expect(await accepted()).toBe(11));
    isFree = true;
    await release();

    expect((await applied).outcomes.applied).toBe(12);
  });

  test('let realtime pass that comes for other swaps of theirs while they want one that is held', async () => {
    const release = await hold(swaps[5]!);
    const [file, feed] = [SOURCES[0]!, SOURCES[2]!];
    const same = swaps.flatMap(({ event }, index) =>
      index === 5 ? [] : [sourced(event.values, feed, index + 1)],
    );
    // Without end: whoever waited for them would wait for ever.
    const patient = { subjectsPerTransaction: 4, lockTimeoutMs: 3_600_000 };
    const batch = applyInBatches(database.sql, swaps, file, patient);
    try {
      for (let turn = 0; turn < 5; turn += 1) {
        const [from, to] = [turn * 2, turn === 4 ? same.length : turn * 2 + 2];
        await database.sql.begin(async (tx) => {
          // Only so that this test ends if it ever fails.
          await tx`set local lock_timeout = '5s'`;
          await applyEvents(tx, same.slice(from, to), feed);
        });
        expect(await waiting()).toEqual([]);
      }
      await until(async () => expect(await accepted(file)).toBe(11));
      expect(await accepted(feed)).toBe(11);
    } finally {
      await release();
    }

    expect(await batch).toMatchObject({ known: 0 });
    expect(await accepted(file)).toBe(12);
    const arrivals = [
      { source: file, events: swaps },
      { source: feed, events: same },
    ];
    expect(await readLedger(database.sql)).toEqual(foldInMemory(arrivals));
  });

  test('hold few swaps at a time while a feed is read, and more when that is quick enough', async () => {
    const most = async (options: object): Promise<number> => {
      await clearLedger(database.sql);
      const list = Array.from({ length: 300 }, (_, index) =>
        sourced(message('NEWT-TRAD', `H${index}`, '2026-03-02T09:00:00', TERMS), SOURCES[0]!, index + 1),
      );
      await applyInBatches(database.sql, list, SOURCES[0]!, options);
      // The number of a transaction is in every row that it wrote.
      const [row] = await database.sql<[{ most: number }]>`
        select max(swaps) as most from (select count(*) as swaps from tb_on_mst group by xmin::text) as written`;
      return row.most;
    };
    expect(await most({})).toBe(200);
    expect(await most({ holdMs: 0 })).toBe(20);
    await database.sql`
      insert into feed_status (feed, epoch, state, lag_messages, lag_ms) values ('desk', 1, 'connected', 0, 0)`;
    expect(await most({})).toBeLessThan(200);
    await database.sql`delete from feed_status`;
  });
});
