import { beforeEach, describe, expect, test } from '@jest/globals';
import { cutDay, listCutFiles, listCutSessions } from '../../db/cut.ts';
import { BY_DAY_OPENER } from '../../contracts/audit.ts';
import { fillGap } from '../../db/feed-gaps.ts';
import { openDay } from '../../db/days.ts';
import { useDatabase } from '../support/database.ts';
import { BASIS, cutOn } from '../support/days.ts';
import { goodRow, HEADER, useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';
import { storeFeed } from '../support/stored-feeds.ts';

const database = useDatabase();
const data = useDataDir();
const MONDAY = '2026-11-23';
const TUESDAY = '2026-11-24';
const DESK = { feed: 'desk', session: 'S1' };
let made = 0;

beforeEach(async () => {
  await database.sql`
    truncate cftc_day, cftc_day_version, cftc_day_input, cftc_cut_file, cftc_cut_feed, cftc_carried, outbound_message,
      tb_bat_file_mst, tb_bat_file_hist, feed, feed_journal, feed_gap, feed_basis cascade`;
});

const publish = async (name: string) =>
  (await publishDropped(database.sql, data, name, `${HEADER}\n${goodRow((made += 1))}\n`)).file;

const message = (text: string) => ({ raw: text });
const sessions = (date: string) => listCutSessions(database.sql, date);
const fileNames = async (date: string) => (await listCutFiles(database.sql, date)).map(({ name }) => name);

/** Journals a message as the reader, or what fills a gap, does. */
async function journal(sequence: number): Promise<void> {
  await database.sql`
    insert into feed_journal (feed, session, sequence, received_at, raw, verdict, basis_id)
    select ${DESK.feed}, ${DESK.session}, ${sequence}, now(), 'late', 'accepted', min(basis_id) from feed_basis`;
}

describe('the cut of a day', () => {
  test('takes files and feeds together, and leaves what fills an open gap to the next day', async () => {
    await publish('first.csv');
    await storeFeed(database.sql, DESK.feed, [message('1'), null, message('3')]);
    await cutOn(database.sql, MONDAY, '2026-11-23T23:00:00.900Z');
    await publish('second.csv');
    await journal(2);
    await database.sql.begin((tx) => fillGap(tx, DESK, { from: 2, to: 3 }, { from: 2, to: 3 }));
    await journal(4);
    const tuesday = await cutOn(database.sql, TUESDAY, '2026-11-24T23:00:00Z');

    expect(await fileNames(MONDAY)).toEqual(['first.csv']);
    expect(await sessions(MONDAY)).toEqual([{ ...DESK, sequences: '{[1,2),[3,4)}' }]);
    expect(await fileNames(TUESDAY)).toEqual(['second.csv']);
    expect(await sessions(TUESDAY)).toEqual([{ ...DESK, sequences: '{[2,3),[4,5)}' }]);
    expect(tuesday.cut_at.toISOString()).toBe('2026-11-24T23:00:00.000Z');
    const twice = await database.sql`
      select sequence from feed_journal join cftc_cut_feed as cut using (feed, session)
      where sequences @> sequence group by sequence having count(*) <> 1`;
    expect(twice).toHaveLength(0);
  });

  test('has every session of a feed, the ones before too, and nothing where all is taken', async () => {
    await storeFeed(database.sql, 'fx', [message('a')], { session: 'S1' });
    await database.sql`
      insert into feed_journal (feed, session, sequence, received_at, raw, verdict, basis_id)
      select 'fx', 'S1#2', 1, now(), 'b', 'rejected', min(basis_id) from feed_basis`;
    await cutOn(database.sql, MONDAY, '2026-11-23T23:00:00Z');
    await cutOn(database.sql, TUESDAY, '2026-11-24T23:00:00Z');

    expect(await sessions(MONDAY)).toEqual([
      { feed: 'fx', session: 'S1', sequences: '{[1,2)}' },
      { feed: 'fx', session: 'S1#2', sequences: '{[1,2)}' },
    ]);
    expect(await sessions(TUESDAY)).toEqual([]);
  });

  test('takes no file of a later folder, and none that is not published', async () => {
    await publish('later.csv');
    const waiting = await publish('waiting.csv');
    await database.sql`
      update tb_bat_file_mst set state = 'ingesting', applied_no = null where file_id = ${waiting.file_id}`;
    await cutOn(database.sql, '2026-11-20', '2026-11-20T23:00:00Z');
    await cutOn(database.sql, MONDAY, '2026-11-23T23:00:00Z');

    expect(await fileNames('2026-11-20')).toEqual([]);
    expect(await fileNames(MONDAY)).toEqual(['later.csv']);
  });

  test('is made once, however many make it at once and whatever the time', async () => {
    await publish('once.csv');
    const cuts = await Promise.all(
      ['2026-11-23T23:00:00Z', '2026-11-23T23:00:07Z'].map((now) => cutOn(database.sql, MONDAY, now)),
    );
    const again = await cutOn(database.sql, MONDAY, '2026-11-25T23:00:00Z');

    expect(cuts[0]).toEqual(cuts[1]);
    expect(again).toEqual(cuts[0]);
    expect(await fileNames(MONDAY)).toEqual(['once.csv']);
  });

  test('waits until there is room behind the cut before', async () => {
    await cutOn(database.sql, MONDAY, '2026-11-23T23:00:00Z');
    await openDay(database.sql, TUESDAY, BY_DAY_OPENER, { inputs: [] });

    const soon = await cutDay(database.sql, TUESDAY, BASIS, Date.parse('2026-11-23T23:00:20.500Z'));

    expect(soon).toEqual({ kind: 'too-soon', waitMs: 39_500 });
    expect(await cutDay(database.sql, TUESDAY, BASIS, Date.parse('2026-11-23T23:01:00Z'))).toMatchObject({
      kind: 'cut',
    });
  });
});
