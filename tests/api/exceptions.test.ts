import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { ExceptionKind } from '../../contracts/exceptions.ts';
import type {
  ExceptionItems,
  ExceptionList,
  ExceptionState,
  ExceptionView,
} from '../../contracts/exceptions.schema.ts';
import type { Issue } from '../../contracts/issues.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import type { Role } from '../../contracts/policy.ts';
import { listAudit } from '../../db/audit.ts';
import { recordVerification } from '../../db/reconcile.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { DATE, makeTrouble, writeTables, type Trouble } from '../support/desk.ts';
import { badRow, goodRow, HEADER, useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';
import { storeFeed } from '../support/stored-feeds.ts';
import { REPORTER, uti } from '../support/swap-events.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
/** One day for all of these tests, and one partition: midnight may pass while they run. */
const TODAY = new Date().toISOString().slice(0, 10);
let app: FastifyInstance;
let trouble: Trouble;

beforeAll(async () => {
  const tables = await writeTables(path.join(data.dataDir, 'tables'));
  app = await buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_DATA_DIR: data.dataDir, TAIN_TABLE_DIR: tables, TAIN_RATE_LIMIT: '1000000' },
  );
  trouble = await makeTrouble(database.sql, data);
  // What needs somebody is of the last thirty days of folders; the tests' files are of a fixed one.
  await database.sql`select ensure_month_partition('tb_bat_file_hist', ${TODAY})`;
  await database.sql`update tb_bat_file_hist set folder_date = ${TODAY}`;
  await database.sql`update tb_bat_file_mst set folder_date = ${TODAY}`;
});

afterAll(async () => {
  await app.close();
});

const list = async (query = '', language = 'en', subject = 'tester'): Promise<ExceptionList> => {
  const answer = await app.inject({
    url: `/v1/exceptions${query}`,
    headers: { ...bearer(tokenFor('viewer', subject)), 'accept-language': language },
  });
  expect(answer.statusCode).toBe(200);
  return answer.json<ExceptionList>();
};

/** All of them, but for what is owed next: whether that is soon due is a matter of the hour of the day. */
const listAll = async (): Promise<ExceptionView[]> =>
  (await list()).exceptions.filter(({ kind }) => kind !== 'valuation-nearing');

const issueOf = (ruleId: string): Issue => ({
  ...{ ruleId, severity: 'error', element: null, column: null, value: null, params: {} },
});

const itemsOf = async (key: string): Promise<ExceptionItems> => {
  const answer = await app.inject({
    url: `/v1/exceptions/${encodeURIComponent(key)}/items`,
    headers: bearer(tokenFor('viewer')),
  });
  expect(answer.statusCode).toBe(200);
  return answer.json<ExceptionItems>();
};

const post = (key: string, what: string, body: object, who: string = 'kim', role: Role = 'operator') =>
  app.inject({
    method: 'POST',
    url: `/v1/exceptions/${encodeURIComponent(key)}/${what}`,
    headers: bearer(tokenFor(role, who)),
    payload: body,
  });

const one = async (kind: ExceptionKind): Promise<ExceptionView> => {
  const { exceptions } = await list(`?kind=${kind}`);
  expect(exceptions).toHaveLength(1);
  return exceptions[0]!;
};

describe('what needs a person', () => {
  it('is one per cause, with count, owner, deadline and what settles it', async () => {
    const exceptions = await listAll();

    expect((await list()).more).toEqual([]);
    expect(Object.fromEntries(exceptions.map(({ kind, count }) => [kind, count]))).toEqual({
      'message-refused': 1,
      'message-late': 2,
      'message-held': 1,
      'message-unanswered': 1,
      'day-stuck': 1,
      'day-input-missing': 1,
      'delivery-stalled': 1,
      'valuation-owed': 2,
      'feed-gap': 3,
      conflict: 1,
      'rejected-records': 2,
      'pending-old': 1,
      'governor-alarm': 1,
    });
    expect(exceptions).toHaveLength(13);
    const deadlines = exceptions.map(({ deadline }) => deadline ?? '~');
    expect(deadlines).toEqual(deadlines.toSorted());
    for (const { title, remedy, owner, links } of exceptions) {
      expect(title).not.toContain('?');
      expect(remedy.length).toBeGreaterThan(10);
      expect(owner.actor).toBeNull();
      expect(links.length).toBeGreaterThan(0);
    }
  });

  it('leads to what it is about', async () => {
    expect(await one('message-refused')).toMatchObject({
      key: 'refused:45:theirs.first',
      deadline: '2026-03-18T03:59:59.000Z',
      isOverdue: true,
      title: expect.stringContaining('theirs.first'),
      links: [`/v1/trace/${trouble.refused}`, `/v1/swaps/${uti('A')}`],
    });
    expect((await one('message-held')).title).toContain(trouble.refused);
    expect((await one('message-late')).params).toMatchObject({ date: DATE, obligation: '17 CFR 45.3(b)(1)' });
    expect((await one('delivery-stalled')).params).toMatchObject({ file: trouble.outbox, target: 'sdr' });
    expect((await one('day-input-missing')).title).toContain('trades-*.csv');
    expect((await one('valuation-owed')).params).toMatchObject({ entity: REPORTER });
    const { params, deadline, links } = await one('rejected-records');
    expect(params).toMatchObject({
      ...{ family: 'code', sources: 1, example: 'broken.csv:3', rules: 'code.currency (2)', otherRules: 0 },
    });
    expect(deadline).not.toBeNull();
    expect((await app.inject({ url: links[0]!, headers: bearer(tokenFor('viewer')) })).statusCode).toBe(200);
  });

  it('is one line for all records with the same kind of mistake, and shows by rule and file what it is made of', async () => {
    const { sql } = database;
    const text = `${[HEADER, badRow(8)].join('\n')}\n`;
    const { file } = await publishDropped(sql, data, 'more.csv', text);
    await sql`update tb_bat_file_hist set folder_date = ${TODAY} where file_id = ${file.file_id}`;
    await sql`update tb_bat_file_mst set folder_date = ${TODAY} where file_id = ${file.file_id}`;
    await storeFeed(sql, 'spoken', [{ raw: '{', verdict: 'rejected', issues: [issueOf('code.currency')] }]);

    const found = await one('rejected-records');

    expect(found).toMatchObject({ key: 'rejected:code', count: 4, params: { sources: 3 } });
    const { items, hasMore } = await itemsOf(found.key);
    expect(items.map(({ name, about, count }) => [name, about, count])).toEqual([
      ['code.currency', 'broken.csv:3', 2],
      ['code.currency', 'more.csv:2', 1],
      ['code.currency', 'spoken@S1/1', 1],
    ]);
    expect(hasMore).toBe(false);
    await sql`truncate feed, feed_basis, feed_journal cascade`;
    await sql`delete from tb_bat_file_mst where file_id = ${file.file_id}`;
  });

  it('shows each message and swap behind a cause', async () => {
    const named = async (kind: ExceptionKind) => (await itemsOf((await one(kind)).key)).items;

    expect(await named('message-refused')).toMatchObject([
      { name: trouble.refused, about: `NEWT ${uti('A')} refused`, link: `/v1/trace/${trouble.refused}` },
    ]);
    expect((await named('message-late')).map(({ name }) => name).toSorted()).toEqual(
      [trouble.refused, trouble.sent].toSorted(),
    );
    expect(await named('message-held')).toMatchObject([{ name: trouble.held }]);
    expect(await named('message-unanswered')).toMatchObject([{ name: trouble.sent }]);
    expect(await named('delivery-stalled')).toMatchObject([{ about: `${DATE} ${trouble.outbox}` }]);
    expect((await named('valuation-owed')).map(({ name }) => name)).toEqual([uti('A'), uti('B')]);
    expect(await named('conflict')).toMatchObject([{ name: 'desk@DESK/2', about: uti('A') }]);
    expect(await named('pending-old')).toMatchObject([{ name: 'desk@DESK/4', about: uti('WAITS') }]);
    expect(await named('feed-gap')).toMatchObject([{ name: 'desk@DESK', about: '7–9', count: 3 }]);
    expect(await named('day-stuck')).toEqual([]);
  });

  it('is few lines where there is much of it: refused and held by rule, late by duty, stalled by target', async () => {
    const { sql } = database;
    await sql`
      insert into outbound_message (message_id, part, kind, source_id, position, attempt, subject_key, subject_kind, action,
        business_date, day_version, ordinal, reported_at, state, held_by, due_at, obligation, sent_at, issues)
      select 'more-' || state || each, part, kind, source_id, position, attempt + 50 + each, subject_key || each,
        subject_kind, action, business_date, day_version, ordinal, reported_at, state, held_by, due_at, obligation, sent_at,
        issues
      from outbound_message, generate_series(1, 300) as each where state in ('refused', 'held', 'sent')`;

    const counts = Object.fromEntries((await listAll()).map(({ kind, count }) => [kind, count]));

    expect(counts).toMatchObject({
      ...{ 'message-refused': 301, 'message-held': 301, 'message-late': 602, 'message-unanswered': 301 },
    });
    expect(await listAll()).toHaveLength(13);
    const late = await itemsOf((await one('message-late')).key);
    expect([late.items.length, late.hasMore]).toEqual([500, true]);
    await sql`delete from outbound_message where message_id like 'more-%'`;
  });

  it('says how many more there are than it lists', async () => {
    const { sql } = database;
    await sql`
      insert into feed_gap (feed, session, from_sequence, to_sequence)
      select 'f' || lpad(each::text, 3, '0'), 'S', 1, 2 from generate_series(1, 210) as each`;

    const found = await list('?kind=feed-gap');

    expect(found.exceptions).toHaveLength(200);
    expect(found.more).toEqual([{ kind: 'feed-gap', count: 11 }]);
    await sql`delete from feed_gap where feed <> 'desk'`;
  });

  it('comes before it is late: what is not acknowledged hours before its due time, by part', async () => {
    const { sql } = database;
    const { due, part } = (
      await sql`select due_at as due, part from outbound_message where message_id = ${trouble.sent}`
    )[0] as { due: Date; part: number };
    const set = (minutes: number, ofPart = part, agoMinutes = 0) => sql`
      update outbound_message set due_at = now() + ${minutes} * interval '1 minute', part = ${ofPart},
        business_date = case when ${ofPart}::integer = 45 then business_date end,
        day_version = case when ${ofPart}::integer = 45 then day_version end,
        reported_at = now() - ${agoMinutes} * interval '1 minute'
      where message_id = ${trouble.sent}`;

    await set(300);
    expect((await list('?kind=message-nearing')).exceptions).toEqual([]);
    await set(200);
    expect(await one('message-nearing')).toMatchObject({
      ...{ key: 'nearing:45:17 CFR 45.3(b)(1)', count: 1, isOverdue: false, params: { unanswered: 1 } },
    });
    // What leaves at once has minutes: of fifteen, the last five.
    await set(6, 43, 9);
    expect((await list('?kind=message-nearing')).exceptions).toEqual([]);
    await set(4, 43, 11);
    expect(await one('message-nearing')).toMatchObject({ key: 'nearing:43:17 CFR 45.3(b)(1)' });

    await sql`
      update outbound_message set due_at = ${due}, part = 45, business_date = ${DATE}, day_version = 1
      where message_id = ${trouble.sent}`;
  });

  it('is silence of either part past its limit', async () => {
    const { sql } = database;
    const silent = async () => (await list('?kind=message-unanswered')).exceptions.map(({ key }) => key);
    await sql`
      update outbound_message set part = 43, business_date = null, day_version = null,
        sent_at = now() - interval '4 minutes'
      where message_id = ${trouble.sent}`;
    expect(await silent()).toEqual([]);
    await sql`update outbound_message set sent_at = now() - interval '6 minutes' where message_id = ${trouble.sent}`;
    expect(await silent()).toEqual(['unanswered:43']);
    await sql`
      update outbound_message set part = 45, business_date = ${DATE}, day_version = 1,
        sent_at = '2026-03-16T23:30:00Z'
      where message_id = ${trouble.sent}`;
    expect(await silent()).toEqual(['unanswered:45']);
  });

  it('is what the last comparison with the repository found, until one finds nothing', async () => {
    const by = { actor: 'kim', role: 'operator' } as const;
    const record = (date: string, breaks: number) =>
      recordVerification(database.sql, by, {
        ...{ entities: [REPORTER], date, report: 'open.csv', compared: 9, breaks },
        sha256: String(breaks).repeat(64),
      });
    await record('2026-03-16', 4);
    expect(await one('reconcile-breaks')).toMatchObject({ count: 4, key: `breaks:${REPORTER}` });
    expect((await one('reconcile-breaks')).deadline).not.toBeNull();

    await record('2026-03-17', 0);
    expect((await list('?kind=reconcile-breaks')).exceptions).toEqual([]);
  });

  it('is told in Korean', async () => {
    const { exceptions } = await list('?kind=feed-gap', 'ko');
    expect(exceptions[0]!.title).toBe('desk 피드에서 메시지 3건이 오지 않았습니다(구간 1개).');
  });

  it('names a message whose event has come to something else since', async () => {
    const { sql } = database;
    await sql`
      insert into event_outcome (source_id, position, revision, outcome)
      select source_id, position, 2, 'violated' from outbound_message where message_id = ${trouble.acknowledged}`;

    expect(await one('outcome-revised')).toMatchObject({
      key: `revised:${trouble.acknowledged}`,
      params: { outcome: 'violated', action: 'MODI' },
      canBeResolved: true,
    });

    await sql`update outbound_message set corrects = ${trouble.acknowledged} where message_id = ${trouble.held}`;
    expect((await list('?kind=outcome-revised')).exceptions).toEqual([]);
    await sql`delete from event_outcome where revision = 2`;
  });
});

describe('a cause', () => {
  it('is taken, and not taken away without force', async () => {
    const { key } = await one('feed-gap');

    const taken = (await post(key, 'take', {})).json<ExceptionState>();
    expect(taken.exception!.owner).toMatchObject({ actor: 'kim', role: 'operator' });
    expect((await post(key, 'take', {}, 'lee')).json<Problem>()).toMatchObject({
      status: 409,
      code: 'exception.taken',
    });
    expect((await post(key, 'take', { force: true }, 'lee')).statusCode).toBe(200);
    expect((await list('?mine=true', 'en', 'lee')).exceptions.map((found) => found.key)).toEqual([key]);
  });

  it('carries a note, and everything is in the audit log', async () => {
    const { key } = await one('feed-gap');

    await post(key, 'note', { note: 'asked the desk, they look' });

    expect((await one('feed-gap')).note).toMatchObject({ text: 'asked the desk, they look', by: 'kim' });
    const entries = await listAudit(database.sql, { subject: key, timeZone: 'UTC', limit: 10 });
    expect(entries.map(({ action, actor }) => `${action} ${actor}`)).toEqual([
      'exception.noted kim',
      'exception.taken lee',
      'exception.taken kim',
    ]);
    const audit = await app.inject({
      url: `/v1/audit?subject=${encodeURIComponent(key)}`,
      headers: bearer(tokenFor('viewer')),
    });
    expect(audit.json<{ entries: unknown[] }>().entries).toHaveLength(3);
  });

  it('that is still there cannot be resolved; gone, it can', async () => {
    const { key } = await one('feed-gap');
    const refusal = (await post(key, 'resolve', { reason: 'I want it gone' })).json<Problem>();
    expect(refusal).toMatchObject({
      status: 409,
      code: 'exception.persists',
      detail: expect.stringContaining('3'),
    });

    await database.sql`update feed_gap set filled_at = now()`;

    expect((await list('?kind=feed-gap')).exceptions).toEqual([]);
    expect(
      (await post(key, 'resolve', { reason: 'it was filled' })).json<ExceptionState>().exception,
    ).toBeNull();
  });

  it('of what stays for good is settled by a word, and comes back when there is more of it', async () => {
    const { key } = await one('rejected-records');

    expect((await post(key, 'resolve', { reason: 'not ours to report' })).statusCode).toBe(200);
    expect(await list('?kind=rejected-records')).toMatchObject({ exceptions: [], resolved: 1 });

    await database.sql`update exception_note set resolved_count = 1 where key = ${key}`;
    expect((await one('rejected-records')).count).toBe(2);
  });

  it('of rejected records goes as accepted ones take their place', async () => {
    const { sql } = database;
    const text = `${[HEADER, goodRow(2)].join('\n')}\n`;
    const { file } = await publishDropped(sql, data, 'mended.csv', text);
    const mend = (record: number) => sql`
      insert into record_correction
        (file_id, revision, record_no, reference, corrected_file_id, corrected_revision, corrected_record_no, outcome)
      select ${file.file_id}, 1, 1, 'as sent', file_id, revision, ${record}, 'linked'
      from tb_bat_file_mst where file_name = 'broken.csv'
      on conflict (file_id, revision, record_no) do update set corrected_record_no = excluded.corrected_record_no`;

    await mend(2);
    expect((await list('?kind=rejected-records')).resolved).toBe(1);
    await sql`update exception_note set resolved_count = 0 where kind = 'rejected-records'`;
    expect((await one('rejected-records')).count).toBe(1);
  });

  it('is handled by those who may', async () => {
    const { key } = await one('conflict');
    expect((await post(key, 'take', {}, 'eve', 'viewer')).statusCode).toBe(403);
    expect((await post(key, 'note', { note: '\u0007' })).statusCode).toBe(400);
    expect((await post('gap:nobody', 'take', {})).json<Problem>().code).toBe('exception.not-found');
    expect((await post('gap:nobody', 'resolve', { reason: 'why not' })).json<Problem>().code).toBe(
      'exception.not-found',
    );
  });
});
