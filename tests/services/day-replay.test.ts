import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { TransactionSql } from 'postgres';
import { replayDay } from '../../activities/day-replay.ts';
import { createFeedJudge } from '../../activities/feed-judge.ts';
import { eventsOf, storeBatch } from '../../activities/feed-batch.ts';
import { BY_COMMAND_LINE, BY_DAY_OPENER } from '../../contracts/audit.ts';
import type { DayReplay, ReplayWish } from '../../contracts/day-replay.ts';
import { openDay, reopenDay } from '../../db/days.ts';
import { beginSession, claimFeed, reconcileFeeds } from '../../db/feeds.ts';
import { holdFollowers, releaseFollowers } from '../../db/outbound-holds.ts';
import { resubmitMessage } from '../../db/outbound-messages.ts';
import { listReplays } from '../../db/replay-schema.ts';
import { planFeed } from '../../demo/feed/plan.ts';
import { BUILT_IN_REGISTERS } from '../../domain/cftc/built-in-registers.ts';
import { BUILT_IN_TABLES } from '../../domain/cftc/built-in-tables.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { applyPublished, makeDay } from '../support/applied.ts';
import { useDatabase } from '../support/database.ts';
import { cutOn, makeMessages, writeFilesOf } from '../support/days.ts';
import { useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';
import { runCommand, startCommand } from '../support/run-command.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const data = useDataDir();
const [MONDAY, TUESDAY, WEDNESDAY, FRIDAY] = [
  '2026-11-23',
  '2026-11-24',
  '2026-11-25',
  '2026-11-27',
] as const;
const SESSION = { feed: 'desk', session: 'DAY1' };
const FILES = makeDay('replayed', 600, 3);
const MESSAGES = planFeed({
  ...{ seed: 'replayed', rows: 400, date: '2026-11-20', rate: 20_000 },
  ...{ duplicateShare: 0.05, malformedShare: 0.05 },
});
const HALF = MESSAGES.length >> 1;

/** Messages of the session reach journal and ledger, as its reader brings them. */
async function hear(from: number, to: number): Promise<void> {
  const { sql } = database;
  await reconcileFeeds(sql, [{ feed: SESSION.feed, settings: {} }]);
  const attempt = (await claimFeed(sql, SESSION.feed))!;
  if (from === 1) await beginSession(sql, attempt, SESSION.session);
  const judge = createFeedJudge(sql, BUILT_IN_REGISTERS, 'Asia/Seoul');
  const messages = await judge(
    MESSAGES.slice(from - 1, to - 1).map(({ sequence, bytes }) => ({
      position: { shard: SESSION.session, offset: sequence },
      bytes,
      receivedAt: Date.UTC(2026, 10, 20, 3),
      receivedTick: 0,
      repeated: false,
    })),
  );
  await storeBatch(sql, {
    ...{ attempt, session: SESSION, from, to, messages, events: eventsOf(SESSION, messages) },
    ...{ gaps: [], gapProblem: null, repeated: [], nextAnswer: 1, alteredInARow: 0 },
  });
}

async function drop(name: string, text: Buffer): Promise<void> {
  const { file } = await publishDropped(database.sql, data, name, text);
  await applyPublished(database.sql, file);
}

/** @param between what comes behind the cut, before its messages are made */
async function report(
  date: string,
  between: () => Promise<void> = () => Promise.resolve(),
  time = '23:00',
): Promise<void> {
  const version = await cutOn(database.sql, date, `${date}T${time}:00Z`);
  await between();
  await makeMessages(database.sql, version);
  await writeFilesOf(database.sql, data.dataDir, date);
  await database.sql`update cftc_day set state = 'reported' where business_date = ${date}`;
}

const workDir = () => path.join(data.dataDir, '.replays');

const replay = (date: string, wish: Partial<ReplayWish> = {}): Promise<DayReplay> =>
  replayDay({
    ...{ date, version: null, rules: null, ...wish },
    sql: database.sql,
    connect: (schema) => connectPostgres(database.url, 'test replay', 3, { schema }),
    tables: BUILT_IN_TABLES,
    dataDir: data.dataDir,
    workDir: workDir(),
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });

/** What the other side says of a message. */
async function answer(id: string, state: 'refused' | 'acknowledged'): Promise<void> {
  await database.sql.begin(async (tx) => {
    await tx`
      update outbound_message set state = ${state}, sent_at = now(), answered_at = now() where message_id = ${id}`;
    if (state === 'refused') await holdFollowers(tx, [id]);
    else await releaseFollowers(tx, [id]);
  });
}

type Told = { readonly id: string; readonly action: string; readonly business_date: string };

const messagesOf = (subject: string) => database.sql<Told[]>`
  select message_id as id, action, business_date from outbound_message
  where subject_key = ${subject} order by reported_at, ordinal, attempt`;

/** Changes what nobody may change, looks, and puts it back. */
async function whileAltered<Result>(
  alter: (tx: TransactionSql) => Promise<unknown>,
  restore: (tx: TransactionSql) => Promise<unknown>,
  look: () => Promise<Result>,
): Promise<Result> {
  const change = (what: (tx: TransactionSql) => Promise<unknown>) =>
    database.sql.begin(async (tx) => {
      await tx`set local session_replication_role = replica`;
      await what(tx);
    });
  await change(alter);
  try {
    return await look();
  } finally {
    await change(restore);
  }
}

beforeAll(async () => {
  await drop('monday.csv', FILES[0]!);
  await hear(1, HALF);
  await report(MONDAY, async () => {
    await drop('tuesday.csv', FILES[1]!);
    await hear(HALF, MESSAGES.length + 1);
  });
  // A swap that both days tell of: its NEWT is refused before the second day is cut.
  const [later] = await database.sql<{ subject: string; id: string }[]>`
    select newt.subject_key as subject, newt.message_id as id from outbound_message as newt
    where newt.action = 'NEWT' and exists (
      select from tb_on_hist as hist join event_outcome using (source_id, position)
      where hist.subject_key = newt.subject_key and outcome = 'applied' and not exists (
        select from outbound_message as m where m.source_id = hist.source_id and m.position = hist.position))
    order by 1 limit 1`;
  await answer(later!.id, 'refused');
  await report(TUESDAY);
  await resubmitMessage(database.sql, later!.id, BY_COMMAND_LINE, 'the repository knows the UPI now');
  await report(WEDNESDAY);
  const told = await messagesOf(later!.subject);
  await answer(told.find(({ id, action }) => action === 'NEWT' && id !== later!.id)!.id, 'acknowledged');
  await report(FRIDAY);
});

type Altered = { readonly source: number; readonly position: number; readonly notional: string };

/** A new swap of Monday with a notional that stands in its bytes once. */
async function findRecord(kind: 'file' | 'feed'): Promise<Altered & { readonly name: string }> {
  const rows = await database.sql<(Altered & { name: string; raw: string })[]>`
    select m.source_id as source, m.position, name, hist.elements::json ->> '#31.1' as notional,
      coalesce(record.raw, convert_from(message.raw, 'UTF8')) as raw
    from outbound_message as m join tb_on_hist as hist using (source_id, position)
    join ledger_source as source using (source_id)
    left join tb_bat_file_hist as record on record.file_id = source.file_id and record.record_no = m.position
    left join feed_journal as message on message.feed = source.feed and message.sequence = m.position
    where business_date = ${MONDAY} and action = 'NEWT' and hist.elements::json ->> '#31.1' ~ '^[1-9][0-9]{3,}$'
      and (source.file_id is null) = ${kind === 'feed'}
    order by m.position`;
  const [open, close] = kind === 'file' ? [',', ','] : ['"', '"'];
  return rows.find(({ raw, notional }) => raw.split(`${open}${notional}${close}`).length === 2)!;
}

describe('a day that is replayed', () => {
  test('is byte-identical, on each day, with what waited, was refused, held, sent again and let go', async () => {
    for (const date of [MONDAY, TUESDAY, WEDNESDAY, FRIDAY]) {
      const found = await replay(date);
      expect([date, found.differences]).toEqual([date, []]);
      expect(found).toMatchObject({ date, version: 1, isIdentical: true, differing: 0 });
      const written = await database.sql`
        select name, row_count as rows, sha256 from outbox_file where business_date = ${date} order by name`;
      const same = written.map(({ name, rows, sha256 }) => {
        const figures = { rows: rows as number, sha256: sha256 as string };
        return { name: name as string, stored: figures, replayed: figures, onDisk: 'same' };
      });
      expect(found.files).toEqual(same);
    }
    const [held] = await database.sql`
      select count(*) filter (where leaves_on > business_date and attempt = 1) as later,
        count(*) filter (where attempt = 2) as again from outbound_message`;
    expect(held).toEqual({ later: expect.any(Number) as unknown, again: 1 });
    expect(held!['later']).toBeGreaterThan(0);
    const [carried] =
      await database.sql`select count(*) as settled from cftc_carried where outcome = 'applied'`;
    expect(carried!['settled']).toBeGreaterThan(0);
    expect(await listReplays(database.sql)).toEqual([]);
    expect(await readdir(workDir())).toEqual([]);
  });

  test('names the record of a file of which a stored byte was changed, with line, byte, field and values', async () => {
    const { source, position, notional } = await findRecord('file');
    const [stored] = await database.sql<{ file_id: number; line: number; offset: number; raw: string }[]>`
      select hist.file_id, line_no as line, byte_offset as offset, raw from tb_bat_file_hist as hist
      join ledger_source as source on source.file_id = hist.file_id
      where source_id = ${source} and record_no = ${position}`;
    const { file_id, line, offset, raw } = stored!;
    const write = (text: string) => (tx: TransactionSql) =>
      tx`update tb_bat_file_hist set raw = ${text} where file_id = ${file_id} and record_no = ${position}`;
    const found = await whileAltered(write(raw.replace(`,${notional},`, ',4711,')), write(raw), () =>
      replay(MONDAY),
    );

    expect(found.isIdentical).toBe(false);
    const place = { kind: 'file', name: 'monday.csv', record: position, line, offset };
    expect(found.differences[0]).toMatchObject({
      ...{ kind: 'event', place, field: '#31.1', stored: notional, replayed: '4711', altered: 'bytes' },
    });
    expect(found.differences).toContainEqual(
      expect.objectContaining({
        ...{ kind: 'line', place: found.differences[0]!.place, stored: notional, replayed: '4711' },
        field: 'notionalAmountLeg1',
      }),
    );
    expect(found.files.filter((file) => file.stored?.sha256 !== file.replayed?.sha256)).toHaveLength(2);
    expect((await replay(MONDAY)).isIdentical).toBe(true);
  });

  test('names the message of a feed that was changed in the journal, also on a later day', async () => {
    const { position, notional } = await findRecord('feed');
    const [stored] = await database.sql<{ raw: Buffer }[]>`
      select raw from feed_journal where feed = ${SESSION.feed} and sequence = ${position}`;
    const write = (raw: Buffer) => (tx: TransactionSql) =>
      tx`update feed_journal set raw = ${raw} where feed = ${SESSION.feed} and sequence = ${position}`;
    const altered = Buffer.from(stored!.raw.toString().replace(`"${notional}"`, '"ten"'));
    const [monday, tuesday] = await whileAltered(write(altered), write(stored!.raw), async () => [
      await replay(MONDAY),
      await replay(TUESDAY),
    ]);

    const place = { kind: 'feed', ...SESSION, sequence: position };
    for (const found of [monday, tuesday]) {
      expect(found.differences[0]).toMatchObject({
        kind: 'verdict',
        place,
        field: '#31',
        stored: 'accepted',
      });
      expect(found.differences[1]).toMatchObject({ kind: 'event', place, field: '#31.1', replayed: 'ten' });
    }
    expect(monday.differences).toContainEqual(expect.objectContaining({ kind: 'message-gone', place }));
  });

  test('names the event that was changed in the ledger, though its files come out the same', async () => {
    const { source, position, notional } = await findRecord('file');
    const write = (from: string, to: string) => (tx: TransactionSql) =>
      tx`update tb_on_hist set elements = replace(elements, ${`"#31.1":"${from}"`}, ${`"#31.1":"${to}"`})
        where source_id = ${source} and position = ${position}`;
    const found = await whileAltered(write(notional, '4711'), write('4711', notional), () => replay(MONDAY));

    expect(found).toMatchObject({ isIdentical: false, differing: 1 });
    expect(found.differences[0]).toMatchObject({
      ...{ kind: 'event', field: '#31.1', stored: '4711', replayed: notional, altered: 'ledger' },
      place: { kind: 'file', name: 'monday.csv', record: position },
    });
    expect(found.files.every((file) => file.stored!.sha256 === file.replayed!.sha256)).toBe(true);
  });

  test('names the line of a file in send/ that was changed, and says of one that it is gone', async () => {
    const [file] = await database.sql<{ path: string; name: string }[]>`
      select path, name from outbox_file where business_date = ${MONDAY} and kind = 'transaction' order by name limit 1`;
    const location = path.join(data.dataDir, file!.path);
    const text = await readFile(location, 'utf8');
    await writeFile(location, text.replace('\n45-', '\n45+'));
    const changed = await replay(MONDAY);
    await rm(location);
    const gone = await replay(MONDAY);
    await writeFile(location, text);

    expect(changed).toMatchObject({ isIdentical: false, differing: 1 });
    expect(changed.differences[0]).toMatchObject({
      ...{ kind: 'line', line: { file: file!.name, line: 2, offset: text.indexOf('\n') + 3 } },
      place: { kind: expect.any(String) as unknown },
    });
    expect(gone.isIdentical).toBe(true);
    expect(gone.files.find(({ name }) => name === file!.name)?.onDisk).toBe('gone');
  });

  test('lists what other rules would reject, and which messages would not be there', async () => {
    const { name } = await findRecord('file');
    const before = await database.sql`select count(*) as events from tb_on_hist`;
    const strict = await replay(TUESDAY, { rules: { profile: 'strict', version: null } });
    const own = await replay(TUESDAY, { rules: { profile: 'spec', version: null } });

    expect(name).toMatch(/^20261121-/);
    expect(strict.rules.replayed).toContain('strict');
    expect(strict.differing).toBeGreaterThan(0);
    expect(strict.differences[0]).toMatchObject({
      ...{ kind: 'verdict', stored: 'accepted', place: { kind: 'file', name: 'tuesday.csv' } },
      replayed: expect.stringMatching(/^rejected: [a-z]/) as unknown,
    });
    expect(own.differing).toBe(0);
    expect(await database.sql`select count(*) as events from tb_on_hist`).toEqual(before);
  });

  test('that there is not, that has no files, or of another version is an error that says so', async () => {
    const [unknown, open] = ['2026-12-01', '2026-12-02'];
    await openDay(database.sql, open, BY_DAY_OPENER, { inputs: [] });

    await expect(replay(unknown)).rejects.toMatchObject({
      code: 'day.not-found',
      params: { date: unknown },
    });
    await expect(replay(open)).rejects.toMatchObject({ code: 'day.not-written', params: { state: 'open' } });
    await expect(replay(MONDAY, { version: 7 })).rejects.toMatchObject({
      ...{ code: 'day.version-unknown', params: { date: MONDAY, version: 7, last: 1 } },
    });
    expect(await listReplays(database.sql)).toEqual([]);
  });

  test('as it was opened again is byte-identical, and what was given up has nothing to be compared with', async () => {
    const date = '2026-11-30';
    await report(date);
    const paths = await reopenDay(database.sql, date, BY_COMMAND_LINE, 'a file was missing');
    for (const file of paths) await rm(path.join(data.dataDir, file));
    await drop('late.csv', FILES[2]!);
    await report(date, undefined, '23:30');

    const second = await replay(date);
    expect(second.differences).toEqual([]);
    expect(second).toMatchObject({ version: 2, isIdentical: true });
    expect(second.messages).toBeGreaterThan(0);
    await expect(replay(date, { version: 1 })).rejects.toMatchObject({
      ...{ code: 'day.not-written', params: { date, version: 1, state: 'given up' } },
    });
  });

  test('twice at once comes out the same twice', async () => {
    const both = await Promise.all([replay(TUESDAY), replay(TUESDAY)]);

    expect(both.map(({ isIdentical }) => isIdentical)).toEqual([true, true]);
    expect(both[0]).toEqual(both[1]);
    expect(await listReplays(database.sql)).toEqual([]);
  });
});

describe('tain day replay', () => {
  const env = () => ({
    ...{ DATABASE_URL: database.url, TAIN_DATA_DIR: data.dataDir },
    TAIN_STATE_DIR: path.join(data.dataDir, '.state'),
  });

  test('exits 0 at a day that is byte-identical, 1 at a difference, 2 where there is nothing to replay', async () => {
    const same = await runCommand(['day', 'replay', MONDAY], env());
    const other = await runCommand(['day', 'replay', TUESDAY, '--rules', 'strict/3.2', '--json'], env());
    const none = await runCommand(['day', 'replay', '2020-01-01'], env());
    const wrong = await runCommand(['day', 'replay', MONDAY, '--rules', 'lax'], env());

    expect(same.stderr).toBe('');
    expect(same.stdout).toMatch(/^byte-identical +manifest\.json /m);
    expect([same.code, other.code, none.code, wrong.code]).toEqual([0, 1, 2, 2]);
    expect((JSON.parse(other.stdout) as DayReplay).rules.replayed).toContain('strict/3.2');
    expect(none.stderr).toContain('No day 2020-01-01 was opened.');
    expect(wrong.stderr).toContain('It must be public, spec, strict');
  });

  test('that was killed leaves a schema until the next replay, and none behind that', async () => {
    const killed = startCommand(['day', 'replay', FRIDAY], env());
    await until(async () => expect(await listReplays(database.sql)).toHaveLength(1));
    killed.child.kill('SIGKILL');
    await killed.finished;
    // The server ends a statement before it sees that nobody waits for it, and keeps the lock until then.
    await until(async () =>
      expect(
        await database.sql`
          select from pg_locks join pg_database on pg_database.oid = database
          where datname = current_database() and locktype = 'advisory' and objsubid = 2`,
      ).toEqual([]),
    );
    expect(await listReplays(database.sql)).toHaveLength(1);

    const next = await replay(FRIDAY);

    expect(next.isIdentical).toBe(true);
    expect(await listReplays(database.sql)).toEqual([]);
  });
});
