import { beforeAll, describe, expect, test } from '@jest/globals';
import type { TransactionSql } from 'postgres';
import { describeDifference } from '../../contracts/texts/en-verification.ts';
import type { VerificationReport } from '../../contracts/verification.ts';
import { fileIdOf } from '../../db/file-audit.ts';
import type { FileRow } from '../../db/files.ts';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { verifySelection } from '../../db/verify.ts';
import { verifyLedger } from '../../db/verify-ledger.ts';
import { applyPublished, arrivalOf, makeDay } from '../support/applied.ts';
import { useDatabase } from '../support/database.ts';
import { useDataDir } from '../support/files.ts';
import { feedSource } from '../support/ledger.ts';
import { publishDropped } from '../support/published.ts';

const database = useDatabase();
const data = useDataDir();
/** Two files with some of a day each, whose swaps have events in both and on a feed. */
let files: FileRow[];

beforeAll(async () => {
  files = [];
  for (const [index, content] of makeDay('proof', 600, 2).entries()) {
    const { file } = await publishDropped(database.sql, data, `${index}.csv`, content);
    await applyPublished(database.sql, file);
    files.push(file);
  }
  const { events } = await arrivalOf(database.sql, files[1]!);
  const fed = events.slice(0, 60).map(({ position, event }) => ({
    position,
    event: { ...event, place: `desk@1/${position}` },
  }));
  await applyInBatches(database.sql, fed, feedSource('1'));
});

const verify = (sql = database.sql): Promise<VerificationReport> =>
  verifySelection(
    { sql, openRaw: async () => null },
    { folderDates: [], fileIds: files.map(({ file_id }) => file_id) },
  );

/** What is found after a change that is taken back. */
async function foundAfter(change: (tx: TransactionSql) => Promise<unknown>): Promise<VerificationReport> {
  const before = await keepLedger();
  try {
    await database.sql.begin(async (tx) => {
      await tx`alter table tb_on_hist disable trigger tb_on_hist_append_only`;
      await change(tx);
      await tx`alter table tb_on_hist enable trigger tb_on_hist_append_only`;
    });
    return await verify();
  } finally {
    await before.restore();
  }
}

const TABLES = ['ledger_source', 'tb_on_hist', 'event_key', 'event_outcome', 'tb_on_mst', 'tb_bat_file_mst'];

async function keepLedger() {
  const { sql } = database;
  for (const table of TABLES) await sql`create table ${sql(`kept_${table}`)} as select * from ${sql(table)}`;
  return {
    restore: async () => {
      for (const table of TABLES) {
        await sql`delete from ${sql(table)}`;
        await sql`insert into ${sql(table)} overriding system value select * from ${sql(`kept_${table}`)}`;
        await sql`drop table ${sql(`kept_${table}`)}`;
      }
    },
  };
}

const kindsOf = ({ files: proofs, ledger }: VerificationReport): string[] => [
  ...new Set([...proofs, ledger].flatMap(({ differences }) => differences.map(({ kind }) => kind))),
];

const wordsOf = ({ files: proofs, ledger }: VerificationReport): string =>
  [...proofs, ledger].flatMap(({ differences }) => differences.map(describeDifference)).join('\n');

/** An event of the first file with a position, and those of its swap. */
const ofFirst = (tx: TransactionSql) =>
  tx`source_id = (select source_id from ledger_source where file_id = ${files[0]!.file_id})`;

describe('the proof of the ledger', () => {
  test('holds for what was applied, and counts what it folded again', async () => {
    const { holds, files: proofs, ledger } = await verify();

    expect(holds).toBe(true);
    for (const { counts, ledger: outcomes } of proofs)
      expect(Object.values(outcomes!).reduce((sum, count) => sum + count)).toBe(counts.accepted);
    const [{ subjects }] = await database.sql<[{ subjects: number }]>`
      select count(*) as subjects from tb_on_mst`;
    const [{ events }] = await database.sql<[{ events: number }]>`select count(*) as events from tb_on_hist`;
    expect(ledger).toEqual({ subjects, events, differing: 0, differences: [] });
    // More swaps than are fetched at a time.
    expect(subjects).toBeGreaterThan(200);
  });

  test.each<[string, (tx: TransactionSql) => Promise<unknown>, string[], RegExp]>([
    [
      'an event that is not there',
      (tx) => tx`delete from tb_on_hist where ${ofFirst(tx)} and position = 7`,
      ['event-missing'],
      /record 7: the record is accepted, and the ledger has no event of it\./,
    ],
    [
      'an event of a record that is none',
      (tx) => tx`
        with again as (select * from tb_on_hist where ${ofFirst(tx)} and position = 7)
        insert into tb_on_hist select source_id, 100000, subject_key, subject_kind, fold_time, event_time, fold_rank,
          content_hash, part, elements from again`,
      ['event-extra', 'outcome'],
      /record 100000: the ledger has an event of it, and there is no accepted record/,
    ],
    [
      'an event under another swap',
      (tx) => tx`update tb_on_hist set subject_key = 'ELSEWHERE' where ${ofFirst(tx)} and position = 7`,
      ['event-content', 'state'],
      /record 7: the ledger has swap ELSEWHERE where the record gives swap /,
    ],
    [
      'an event of another hash',
      (tx) => tx`update tb_on_hist set content_hash = sha256('x') where ${ofFirst(tx)} and position = 7`,
      ['event-content'],
      /record 7: the ledger has content [0-9a-f]{64} where the record gives content /,
    ],
    [
      'elements of an event that were altered',
      (tx) => tx`
        update tb_on_hist set elements = replace(elements, '"USD"', '"EUR"')
        where feed_event(source_id) and position = (
          select min(position) from tb_on_hist where feed_event(source_id) and elements like '%"USD"%')`,
      ['event-content'],
      /the ledger has content [0-9a-f]{64} at desk@1\/\d+ where the record gives content /,
    ],
    [
      'an outcome that was removed',
      (tx) => tx`delete from event_outcome where ${ofFirst(tx)} and position = 7`,
      ['outcomes', 'outcome'],
      /the ledger says nothing of \d{8}-[0-9a-f]{32}\/7; the events of the swap give one\./,
    ],
    [
      'an outcome that was altered',
      (tx) => tx`update event_outcome set outcome = 'violated' where ${ofFirst(tx)} and position = 7`,
      ['outcome'],
      /the ledger says violated.* of \d{8}-[0-9a-f]{32}\/7; the events of the swap give \w+/,
    ],
    [
      'a state that was altered',
      (tx) => tx`
        update tb_on_mst set state = replace(state, '"open"', '"errored"'), status = 'errored' where subject_key =
          (select min(subject_key) from tb_on_mst where status = 'open')`,
      ['state'],
      /the stored state of swap \S+ is not what its events give\./,
    ],
    [
      'a state that is gone',
      (tx) => tx`
        delete from tb_on_mst where subject_key = (
          select subject_key from tb_on_hist where ${ofFirst(tx)} and position = 7)`,
      ['state'],
      /the stored state of \w+ \S+ is missing\./,
    ],
    [
      'an event key in other hands',
      (tx) => tx`update event_key set position = 99999 where ${ofFirst(tx)} and position = 7`,
      ['event-key'],
      /the event key of \S+\/7 is held by \S+\/99999\./,
    ],
    [
      'counts of records without a swap that are not so',
      (tx) => tx`update tb_bat_file_mst set unplaced_count = 1 where file_id = ${files[0]!.file_id}`,
      ['outcomes'],
      /the outcomes in the ledger add up to \d+; \d+ records are accepted\./,
    ],
  ])('names %s', async (_, change, kinds, words) => {
    await database.sql`
      create or replace function feed_event(source bigint) returns boolean language sql stable as
      $$ select feed is not null from ledger_source where source_id = source $$`;

    const report = await foundAfter(change);

    expect(report.holds).toBe(false);
    expect(kindsOf(report)).toEqual(expect.arrayContaining(kinds));
    expect(wordsOf(report)).toMatch(words);
  });

  test('says nothing of a file that is still on its way, and nothing of no file', async () => {
    const { file } = await publishDropped(database.sql, data, 'later.csv', makeDay('later', 20, 1)[0]!);

    const { holds, files: proofs } = await verifySelection(
      { sql: database.sql, openRaw: async () => null },
      { folderDates: [], fileIds: [file.file_id] },
    );

    expect(holds).toBe(true);
    expect(proofs).toMatchObject([{ id: fileIdOf(file), ledger: null }]);
    expect(await verifyLedger(database.sql, [])).toMatchObject({ subjects: 0, events: 0, differing: 0 });
  });

  test('can be stopped', async () => {
    const stop = AbortSignal.abort(new Error('enough'));

    await expect(verifyLedger(database.sql, [files[0]!.file_id], stop)).rejects.toThrow('enough');
  });
});
