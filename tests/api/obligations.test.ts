import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { ObligationList } from '../../contracts/obligations.schema.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { recordVerification } from '../../db/reconcile.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { makeTrouble, writeTables, type Trouble } from '../support/desk.ts';
import { useDataDir } from '../support/files.ts';
import { REPORTER, uti } from '../support/swap-events.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
let app: FastifyInstance;
let trouble: Trouble;

beforeAll(async () => {
  const tables = await writeTables(path.join(data.dataDir, 'tables'));
  app = await buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_DATA_DIR: data.dataDir, TAIN_TABLE_DIR: tables, TAIN_RATE_LIMIT: '1000000' },
  );
  trouble = await makeTrouble(database.sql, data);
});

afterAll(async () => {
  await app.close();
});

const get = (query: string, language = 'en') =>
  app.inject({
    url: `/v1/obligations${query}`,
    headers: { ...bearer(tokenFor('viewer')), 'accept-language': language },
  });
const list = async (query: string, language = 'en'): Promise<ObligationList> => {
  const answer = await get(query, language);
  expect(answer.statusCode).toBe(200);
  return answer.json<ObligationList>();
};
const WEEK = '?from=2026-03-16&to=2026-03-20';

describe('what is owed', () => {
  it('is told per entity and rule, with what is in the way', async () => {
    const { obligations } = await list(WEEK);

    expect(obligations.filter(({ kind }) => kind === 'message')).toEqual([
      expect.objectContaining({
        entity: REPORTER,
        isOurs: true,
        part: 45,
        obligation: '17 CFR 45.3(b)(1)',
        dueAt: '2026-03-18T03:59:59.000Z',
        state: 'missed',
        total: 3,
        open: 2,
        blocking: [
          expect.objectContaining({ reason: 'refused', count: 1, example: trouble.refused }),
          expect.objectContaining({ reason: 'unanswered', count: 1, example: trouble.sent }),
        ],
      }),
    ]);
  });

  it('counts the daily values of every business day, which end by the clocks of the entity', async () => {
    const { obligations } = await list(WEEK);
    const valuations = obligations.filter(({ kind }) => kind === 'valuation');

    // Due on the next business day: what is due in the night of the 16th is of the Friday before.
    expect(valuations.map(({ date, dueAt }) => [date, dueAt])).toEqual([
      ['2026-03-13', '2026-03-17T03:59:59.000Z'],
      ['2026-03-16', '2026-03-18T03:59:59.000Z'],
      ['2026-03-17', '2026-03-19T03:59:59.000Z'],
      ['2026-03-18', '2026-03-20T03:59:59.000Z'],
    ]);
    expect(valuations[0]).toMatchObject({
      state: 'missed',
      open: 2,
      blocking: [{ reason: 'not-reported', count: 2, example: uti('A') }],
    });
    expect(obligations.filter(({ kind }) => kind === 'collateral')[0]).toMatchObject({
      state: 'met',
      open: 0,
    });
  });

  it('counts the verification from the last one that was recorded', async () => {
    const verification = async () =>
      (await list(WEEK)).obligations.filter(({ kind }) => kind === 'verification');
    expect(await verification()).toMatchObject([
      { entity: REPORTER, dueAt: null, state: 'unknown', blocking: [{ reason: 'never-verified' }] },
    ]);

    const report = { date: '2026-03-02', report: 'open.csv', sha256: 'a'.repeat(64), compared: 2, breaks: 0 };
    const by = { actor: 'kim', role: 'operator' } as const;
    await recordVerification(database.sql, by, { entities: [REPORTER], ...report });

    expect(await verification()).toMatchObject([
      { date: '2026-03-02', dueAt: '2026-04-02T03:59:59.000Z', state: 'missed' },
    ]);
  });

  it('names what is in the way of messages that there are not', async () => {
    const { notCut } = await list(WEEK);
    expect(notCut.map(({ reason, count, example }) => [reason, count, example])).toEqual([
      ['pending-swap', 1, uti('WAITS')],
      ['missing-input', 1, '2026-03-17 trades'],
    ]);
    expect((await list(WEEK, 'ko')).notCut[0]!.text).toBe('스왑의 시작이 없음');
  });

  it('is asked for some days at a time', async () => {
    expect((await get('?from=2026-03-20&to=2026-03-19')).json<Problem>().code).toBe('obligations.range');
    expect((await get('?from=2026-01-01&to=2026-12-31')).json<Problem>().code).toBe('obligations.range');
    expect((await get('?from=yesterday')).statusCode).toBe(400);
    expect((await get('')).statusCode).toBe(200);
  });
});

describe('what is owed at once', () => {
  it('is told by the day, with the earliest of what is open, and is near in its last minutes', async () => {
    const { sql } = database;
    const today = new Date().toISOString().slice(0, 10);
    const make = (id: string, state: string, minutes: number) => sql`
      insert into outbound_message (message_id, part, kind, source_id, position, attempt, subject_key, subject_kind, action,
        ordinal, reported_at, state, due_at, obligation)
      select ${id}, 43, kind, source_id, position, ${attempt++}, subject_key, subject_kind, action, 1, now(), ${state},
        ${`${today}T12:00:00Z`}::timestamptz + ${minutes} * interval '1 minute', '17 CFR 43.3(a), our limit'
      from outbound_message where message_id = ${trouble.sent}`;
    let attempt = 1;
    await make('43-a', 'acknowledged', -120);
    await make('43-b', 'acknowledged', -110);
    await make('43-c', 'sent', -100);
    await make('43-d', 'pending', -90);

    const { obligations } = await list(`?from=${today}&to=${today}`);

    const atOnce = obligations.filter(({ part }) => part === 43);
    expect(atOnce).toEqual([
      expect.objectContaining({
        ...{ entity: REPORTER, date: null, obligation: '17 CFR 43.3(a), our limit', total: 4, open: 2 },
        dueAt: `${today}T10:20:00.000Z`,
        blocking: [
          expect.objectContaining({ reason: 'unanswered', count: 1, example: '43-c' }),
          expect.objectContaining({ reason: 'not-sent', count: 1, example: '43-d' }),
        ],
      }),
    ]);
    await sql`delete from outbound_message where part = 43`;
  });
});
