import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createAtOnce } from '../../activities/at-once.ts';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { BUILT_IN_REGISTERS } from '../../domain/cftc/built-in-registers.ts';
import { BUILT_IN_TABLES } from '../../domain/cftc/built-in-tables.ts';
import type { EventSource } from '../../domain/swaps/event-source.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import { useDatabase } from '../support/database.ts';
import { clearDays } from '../support/days.ts';
import { feedSource, fileSource, sourced } from '../support/ledger.ts';
import { day, message, TERMS, uti } from '../support/swap-events.ts';

const database = useDatabase();
const onApplied = createAtOnce(BUILT_IN_TABLES, null)(BUILT_IN_REGISTERS);
const FEED = feedSource('DAY1');
let position = 0;

beforeEach(() => clearDays(database.sql));

/** Applies records in one go, with what leaves at once of them. */
const bring = (records: readonly RecordValues[], source: EventSource = FEED) =>
  applyInBatches(
    database.sql,
    records.map((values) => sourced(values, source, (position += 1))),
    source,
    { onApplied },
  );

/** What leaves at once, in its order within each swap. */
const leaving = async (): Promise<string[]> => {
  const rows = await database.sql<{ action: string; key: string; reason: string }[]>`
    select action, subject_key as key, reason from outbound_message where part = 43
    order by subject_key, reported_at, ordinal`;
  return rows.map(({ action, key, reason }) => `${action} ${key.slice(uti('').length)} ${reason}`);
};

const outcomes = async (): Promise<string[]> => {
  const rows = await database.sql<{ outcome: string }[]>`
    select distinct on (source_id, position) outcome from event_outcome
    order by source_id, position, revision desc`;
  return rows.map(({ outcome }) => outcome);
};

const began = (event: string, swap: string, on = 3): RecordValues =>
  message(`NEWT-${event}`, swap, day(on), { ...TERMS, cleared: event === 'CLRG' ? 'Y' : 'N' });
const changed = (swap: string, on: number, notionalAmountLeg1: string, more: RecordValues = {}) =>
  message('MODI-TRAD', swap, day(on), { ...TERMS, notionalAmountLeg1, amendmentIndicator: 'True', ...more });

/** One event of each kind that a swap may have behind its beginning. */
const lifeOf = (swap: string, cleared: string): RecordValues[] => [
  changed(swap, 4, '900', { cleared }),
  message('CORR', swap, day(5), { ...TERMS, notionalAmountLeg1: '800', cleared }),
  message('TERM-ETRM', swap, day(6)),
  message('EROR', swap, day(7)),
];

describe('a transaction that applies events', () => {
  /** The setting with which each transaction committed that appended events, by their actions. */
  const committed = async (): Promise<string[]> => {
    const rows = await database.sql<{ said: string }[]>`
      select string_agg(distinct elements::json ->> '#26', ' ') || ' ' || string_agg(distinct setting, ' ') as said
      from at_commit join tb_on_hist using (source_id, position) group by transaction order by transaction`;
    return rows.map(({ said }) => said);
  };

  beforeAll(async () => {
    // A deferred trigger sees what the transaction ends with.
    await database.sql`
      create table at_commit (transaction xid8, source_id bigint, position bigint, setting text)`;
    await database.sql`
      create function note_commit() returns trigger language plpgsql as $$ begin
        insert into at_commit values (
          pg_current_xact_id(), new.source_id, new.position, current_setting('synchronous_commit'));
        return null;
      end $$`;
    await database.sql`
      create constraint trigger note_commit after insert on tb_on_hist deferrable initially deferred
      for each row execute function note_commit()`;
  });
  beforeEach(() => database.sql`truncate at_commit`);

  test('waits for the disk when something leaves at once of it, and only then', async () => {
    await bring([began('TRAD', 'A')]);
    await bring([message('VALU', 'A', '', { valuationTimestamp: '2026-03-04' })]);
    await bring([changed('A', 5, '900')]);
    await bring([changed('A', 6, '800', { amendmentIndicator: 'False' })]);
    await bring([began('COMP', 'B')]);
    // Known from another place: nothing leaves of it again.
    await bring([changed('A', 5, '900')], feedSource('DAY2'));
    expect(await committed()).toEqual(['NEWT on', 'VALU off', 'MODI on', 'MODI off', 'NEWT off', 'MODI off']);
  });

  test('waits for it too when messages are made of earlier events', async () => {
    await bring([changed('A', 5, '900')]);
    await bring([began('TRAD', 'A', 4)]);
    expect(await committed()).toEqual(['MODI off', 'NEWT on']);
  });

  test('waits for none when nobody takes what leaves at once', async () => {
    const values = began('TRAD', 'A');
    await applyInBatches(database.sql, [sourced(values, FEED, (position += 1))], FEED);
    expect(await committed()).toEqual(['NEWT off']);
  });
});

describe('what is made public of a swap', () => {
  const ways = [
    ['a file', fileSource('a')],
    ['a feed', FEED],
  ] as const;
  for (const [name, source] of ways)
    for (const inOneGo of [true, false])
      test(`is what the ledger says of it, from ${name}, ${inOneGo ? 'in one go' : 'one by one'}`, async () => {
        const records = ['CLRG', 'CLAL', 'COMP', 'TRAD'].flatMap((event) => [
          began(event, event),
          ...lifeOf(event, event === 'CLRG' ? 'Y' : 'N'),
        ]);
        for (const some of inOneGo ? [records] : records.map((values) => [values])) await bring(some, source);

        expect(await outcomes()).toEqual(Array(20).fill('applied'));
        // What never was public when it was new is not either when it changes or ends.
        expect(await leaving()).toEqual(
          ['NEWT', 'MODI', 'CORR', 'TERM', 'EROR'].map((action) => `${action} TRAD reportable`),
        );
      });

  test('is decided by its beginning also when that is told last', async () => {
    await bring([...lifeOf('COMP', 'N'), ...lifeOf('TRAD', 'N')]);
    expect(await leaving()).toEqual([]);
    await bring([began('COMP', 'COMP'), began('TRAD', 'TRAD')]);

    expect(await outcomes()).toEqual(Array(10).fill('applied'));
    expect(await leaving()).toEqual(
      ['NEWT', 'MODI', 'CORR', 'TERM', 'EROR'].map((action) => `${action} TRAD reportable`),
    );
  });

  test('leaves once the ledger learns that the swap began otherwise, and once only', async () => {
    await bring([began('COMP', 'A'), changed('A', 5, '900')]);
    expect(await leaving()).toEqual([]);
    await bring([began('TRAD', 'A', 2)]);
    expect(await leaving()).toEqual(['NEWT A reportable', 'MODI A reportable']);

    // Folded again, with what was said before taken over by a place before it.
    await bring([changed('A', 4, '950')]);
    await bring([changed('A', 5, '900')], feedSource('AAAA'));
    expect(await outcomes()).toEqual(expect.arrayContaining(['violated', 'duplicate']));
    expect(await leaving()).toEqual(['NEWT A reportable', 'MODI A reportable', 'MODI A reportable']);
  });

  test('is not sent again when it turns out not to be public, and stays sent', async () => {
    await bring([began('TRAD', 'A'), changed('A', 5, '900')]);
    await bring([began('COMP', 'A', 2), changed('A', 6, '800')]);
    expect(await leaving()).toEqual(['NEWT A reportable', 'MODI A reportable']);
  });
});
