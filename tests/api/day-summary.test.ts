import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { readDayFacts } from '../../db/day-summary.ts';
import { BUILT_IN_TABLES } from '../../domain/cftc/built-in-tables.ts';
import { sumsOf } from '../../domain/reports/day-facts.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { applyPublished } from '../support/applied.ts';
import { useDatabase } from '../support/database.ts';
import { badRow, goodRow, HEADER, useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';
import { enterDay, enterMessage } from '../support/report-ledger.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
let app: FastifyInstance;
const DAY = '2026-11-20';

/** A file of four new swaps and a repeat, and one record that is refused; one of the messages is refused. */
beforeAll(async () => {
  const { sql } = database;
  app = await buildTestApp({ sql, client: temporal.client }, { TAIN_DATA_DIR: data.dataDir });
  const rows = [goodRow(1), goodRow(2), badRow(3), goodRow(4), goodRow(5), goodRow(1)];
  const { file } = await publishDropped(sql, data, 'day.csv', [HEADER, ...rows, ''].join('\n'));
  await applyPublished(sql, file);
  const [source] = await sql<{ name: string }[]>`select name from ledger_source`;
  const from = { kind: 'file', name: source!.name, fileId: file.file_id, revision: 1 } as const;
  await enterDay(sql, DAY, from);
  await sql`
    update cftc_day_version set messages_cut = true, accepted_count = 5, applied_count = 4, duplicate_count = 1,
      message_count = 3, other_count = 1`;
  const events = await sql<{ position: number; key: string }[]>`
    select hist.position, subject_key as key from tb_on_hist as hist
    join event_outcome using (source_id, position) where outcome = 'applied' order by subject_key limit 3`;
  for (const [at, { position, key }] of events.entries())
    await enterMessage(sql, DAY, from, {
      position,
      id: `45-${String(at).padStart(24, '0')}`,
      kind: 'transaction',
      subject: { key, kind: 'swap' },
      action: 'NEWT',
      ordinal: 1,
    });
  await sql`
    update outbound_message set state = 'acknowledged', answered_at = due_at where message_id like '%0'`;
  await sql`update outbound_message set state = 'refused', answered_at = now() where message_id like '%1'`;
  await sql`
    insert into cftc_day_input (business_date, name, kind, expected, state)
    values (${DAY}, 'trades', 'file', 'trades-*.csv', 'missing')`;
});

afterAll(() => app.close());

const ask = (language = 'en') =>
  app.inject({
    url: `/v1/days/${DAY}/summary.html`,
    headers: { ...bearer(tokenFor('viewer')), 'accept-language': language },
  });

describe('the summary of a day', () => {
  it('has figures that add up, each counted where it stands', async () => {
    const facts = await readDayFacts(database.sql, DAY, Date.parse('2026-11-21T12:00:00Z'), BUILT_IN_TABLES);

    expect(facts).toMatchObject({
      state: 'delivering',
      records: { read: 6, accepted: 5, rejected: 1 },
      unplaced: 0,
      outcomes: { applied: 4, duplicate: 1 },
      messages: 3,
      otherReports: 1,
      byState: { acknowledged: 1, refused: 1, pending: 1 },
      byRule: [{ rule: 'code.currency', count: 1 }],
      byClass: [{ name: 'FX', count: 3 }],
      timely: { inTime: 1, overdue: 0, open: 2 },
      inputs: [{ name: 'trades', state: 'missing' }],
    });
    expect(sumsOf(facts).every(({ holds }) => holds)).toBe(true);
    const later = await readDayFacts(database.sql, DAY, Date.parse('2026-11-30T12:00:00Z'), BUILT_IN_TABLES);
    expect(later.timely).toMatchObject({ inTime: 1, overdue: 2, open: 0 });
  });

  it('is a page that loads nothing, in the language that is asked for', async () => {
    const english = await ask();
    const korean = await ask('ko');

    expect(english.statusCode).toBe(200);
    expect(english.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(english.headers['content-security-policy']).toContain("default-src 'none'");
    expect(english.body).toContain('Needs a person: 4');
    expect(english.body).toContain('The input trades is missing.');
    expect(korean.body).toContain('조치가 필요한 사항');
  });

  it('of a day that nobody has opened says so', async () => {
    const answer = await app.inject({
      url: '/v1/days/2026-01-05/summary.html',
      headers: bearer(tokenFor('viewer')),
    });

    expect(answer.body).toContain('Not opened');
  });
});
