import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { Problem } from '../../contracts/problem.schema.ts';
import type { SwapPage, SwapView } from '../../contracts/swaps.schema.ts';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { applyAll } from '../../domain/swaps/ledger-account.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { useDataDir } from '../support/files.ts';
import { fileSource, sourced } from '../support/ledger.ts';
import { message, TERMS, uti } from '../support/swap-events.ts';
import { PORTFOLIO, SWAP, tellSwapLife, type SwapLife } from '../support/swap-life.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
let app: FastifyInstance;
let life: SwapLife;

/** Swaps that only begin; three of them are then declared wrong. */
const OTHERS = Array.from({ length: 12 }, (_, index) => `OTHER${String(index).padStart(2, '0')}`);
const ERRED = OTHERS.slice(3, 6);
const SOURCE = fileSource('e');

beforeAll(async () => {
  app = await buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_DATA_DIR: data.dataDir, TAIN_RATE_LIMIT: '1000000' },
  );
  life = await tellSwapLife(database.sql, data, OTHERS);
  const errors = ERRED.map((name, at) =>
    sourced(message('EROR', name, '2026-04-01T00:00:00'), SOURCE, at + 1),
  );
  await applyInBatches(database.sql, errors, SOURCE);
});

afterAll(async () => {
  await app.close();
});

const get = (url: string, headers: Record<string, string> = {}) =>
  app.inject({ url, headers: { ...bearer(tokenFor('viewer')), ...headers } });

const swap = async (key: string, query = ''): Promise<SwapView> =>
  (await get(`/v1/swaps/${encodeURIComponent(key)}${query}`)).json<SwapView>();

const refusal = async (url: string): Promise<Problem> => (await get(url)).json<Problem>();

async function listed(query: string): Promise<string[]> {
  const keys: string[] = [];
  let cursor = '';
  for (;;) {
    const page = (await get(`/v1/swaps?${query}${cursor}`)).json<SwapPage>();
    keys.push(...page.swaps.map(({ key }) => key));
    if (page.next === null) return keys;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
}

describe('a swap', () => {
  it('is shown as it is, with its terms, its links and its status', async () => {
    const view = await swap(SWAP);

    expect(view).toMatchObject({
      key: SWAP,
      kind: 'swap',
      asOf: null,
      status: { byMessages: 'terminated', onDate: 'terminated' },
      terms: { notionalAmountLeg1: '900', notionalCurrencyLeg1: 'USD', expirationDate: '2026-06-30' },
      executionTimestamp: '2026-03-02T12:00:00Z',
      links: { prior: [], clearedInto: [], originalRepository: null },
      valuation: null,
      events: { total: 5, later: 0, applied: 3, duplicate: 1, conflict: 0, pending: 0, violated: 1 },
      next: null,
    });
  });

  it('has a history in the order in which its events count, with what became of each and why', async () => {
    const { history } = await swap(SWAP);

    expect(history.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'NEWT applied',
      'NEWT duplicate',
      'MODI applied',
      'TERM applied',
      'TERM violated',
    ]);
    expect(history[1]!.issues[0]!.message).toContain(`${life.fileId}/1`);
    expect(history[2]).toMatchObject({
      place: `${life.fileId}/3`,
      event: 'TRAD',
      amendment: true,
      eventTimestamp: '2026-03-03T12:00:00Z',
      reportingTimestamp: '2026-03-10T12:00:00Z',
      revision: 1,
    });
    expect(history[4]!.issues).toMatchObject([{ ruleId: 'sequence.action-in-state', severity: 'error' }]);
  });

  it('leads from every event to the bytes or the message that it came from', async () => {
    const { history } = await swap(SWAP);
    const content = Buffer.from(life.lines.join(''));

    for (const [at, { source }] of history.slice(0, 3).entries()) {
      expect(source).toMatchObject({
        kind: 'file',
        file: life.fileId,
        revision: 1,
        name: 'life.csv',
        record: at + 1,
        line: at + 2,
      });
      const { byteOffset, byteLength } = source as { byteOffset: number; byteLength: number };
      expect(content.subarray(byteOffset, byteOffset + byteLength).toString()).toBe(life.lines[at + 1]);
    }
    expect(history.slice(3).map(({ source }) => source)).toEqual(
      [1, 2].map((sequence) => ({
        kind: 'feed',
        feed: 'desk',
        session: 'DAY1',
        sequence,
        receivedAt: '2026-03-16T12:00:01.000Z',
      })),
    );
  });

  it.each([
    ['2026-03-01', 'none', undefined, 0],
    ['2026-03-02', 'open', '1000', 2],
    ['2026-03-02T11:59:59Z', 'none', undefined, 0],
    ['2026-03-02T12:00:00Z', 'open', '1000', 2],
    // The change had happened and was not reported yet.
    ['2026-03-09', 'open', '1000', 2],
    ['2026-03-10', 'open', '900', 3],
    ['2026-03-15', 'terminated', '900', 4],
    ['2030-01-01', 'terminated', '900', 5],
  ])('was on %s what had been reported by then', async (asOf, status, notional, total) => {
    const view = await swap(SWAP, `?asOf=${asOf}`);

    expect(view.asOf).toBe(asOf);
    expect(view.status).toEqual({ byMessages: status, date: asOf, onDate: status });
    expect(view.terms['notionalAmountLeg1']).toBe(notional);
    expect(view.events).toMatchObject({ total, later: 5 - total });
    expect(view.history).toHaveLength(total);
  });

  it('as of a time behind all events is what the ledger has', async () => {
    const then = await swap(SWAP, '?asOf=2030-01-01');
    const now = await swap(SWAP);

    expect({ ...then, asOf: null, status: now.status }).toEqual(now);
  });

  it('matures with the day that is asked for, without a message', async () => {
    const key = uti(OTHERS[0]!);

    expect((await swap(key, '?asOf=2026-06-30')).status).toMatchObject({
      byMessages: 'open',
      onDate: 'open',
    });
    expect((await swap(key, '?asOf=2026-07-01')).status).toMatchObject({
      byMessages: 'open',
      onDate: 'matured',
    });
  });

  it('says how often an event was judged when a late one changed what became of it', async () => {
    const key = uti('LATE');
    const change = { ...TERMS, amendmentIndicator: 'True', notionalAmountLeg1: '5' };
    const early = sourced(message('MODI-TRAD', 'LATE', '2026-03-05T00:00:00', change), SOURCE, 11);
    await applyInBatches(database.sql, [early], SOURCE);
    expect((await swap(key)).history).toMatchObject([{ outcome: 'pending', revision: 1 }]);

    await applyInBatches(
      database.sql,
      [sourced(message('NEWT-TRAD', 'LATE', '2026-03-02T09:00:00', TERMS), SOURCE, 12)],
      SOURCE,
    );

    expect((await swap(key)).history).toMatchObject([
      { action: 'NEWT', outcome: 'applied', revision: 1 },
      { action: 'MODI', outcome: 'applied', revision: 2 },
    ]);
    // Nothing is in the file tables of it: the source says what it knows.
    expect((await swap(key)).history[0]!.source).toMatchObject({
      kind: 'file',
      name: null,
      line: null,
      record: 12,
    });
  });

  it('gives its history in pages, and folds all of it', async () => {
    const key = uti('LONG');
    const source = fileSource('d');
    const events = Array.from({ length: 240 }, (_, index) =>
      sourced(
        index === 0
          ? message('NEWT-TRAD', 'LONG', '2026-03-02T09:00:00', TERMS)
          : message('VALU', 'LONG', '', {
              valuationTimestamp: `2026-${String(4 + (index % 9)).padStart(2, '0')}-${String(1 + (index % 28)).padStart(2, '0')}T12:00:00Z`,
              valuationAmount: String(index),
              valuationCurrency: 'USD',
            }),
        source,
        index + 1,
      ),
    );
    await applyInBatches(database.sql, events, source);
    const all = await swap(key, '?limit=1000');
    const places: string[] = [];
    for (let after = ''; ;) {
      const page = await swap(key, `?limit=37${after}`);
      expect({ ...page, history: [], next: null }).toEqual({ ...all, history: [] });
      places.push(...page.history.map(({ place }) => place));
      if (page.next === null) break;
      after = `&after=${encodeURIComponent(page.next)}`;
    }

    expect(places).toEqual(all.history.map(({ place }) => place));
    expect(places).toHaveLength(240);
    const folded = applyAll(
      'swap',
      events.map(({ event }) => event),
    ).account.subject;
    expect(all.valuation).toEqual(folded.kind === 'swap' && folded.state.valuation);
  });

  it('speaks the language of its reader', async () => {
    const answer = await get(`/v1/swaps/${SWAP}`, { 'accept-language': 'ko' });

    expect(answer.headers['content-language']).toBe('ko');
    expect(answer.json<SwapView>().history[4]!.issues[0]!.message).toMatch(/[가-힣]/);
  });
});

describe('a portfolio', () => {
  it('is found by its key, with its margin and without a status', async () => {
    const view = await swap(PORTFOLIO);

    expect(view).toMatchObject({ key: PORTFOLIO, kind: 'portfolio', status: null, links: null, terms: {} });
    expect(view.margin).toMatchObject({ asOf: '2026-03-16T00:00:00Z', place: 'desk@DAY1/3' });
    expect((await swap(PORTFOLIO, '?asOf=2026-03-15')).margin).toBeNull();
  });
});

describe('swaps', () => {
  it('are listed page by page in the order of their keys', async () => {
    const all = await listed('limit=500');

    expect(await listed('limit=4')).toEqual(all);
    expect([...all].sort()).toEqual(all);
    expect(all).toEqual(expect.arrayContaining([SWAP, PORTFOLIO, ...OTHERS.map(uti)]));
  });

  it('go on behind the cursor whatever came before it meanwhile', async () => {
    const first = (await get(`/v1/swaps?limit=2&prefix=${uti('OTHER')}`)).json<SwapPage>();
    const event = sourced(message('NEWT-TRAD', 'OTHER0', '2026-03-02T09:00:00', TERMS), SOURCE, 21);
    await applyInBatches(database.sql, [event], SOURCE);
    const rest = await listed(`prefix=${uti('OTHER')}&cursor=${encodeURIComponent(first.next!)}`);

    expect([...first.swaps.map(({ key }) => key), ...rest]).toEqual(OTHERS.map(uti));
  });

  it('are found by status, kind, beginning of the key and last event', async () => {
    expect(await listed('status=errored')).toEqual(ERRED.map(uti));
    expect(await listed('status=terminated')).toEqual([SWAP]);
    expect(await listed('kind=portfolio')).toEqual([PORTFOLIO]);
    expect(await listed(`prefix=${uti('OTHER1')}`)).toEqual([uti('OTHER10'), uti('OTHER11')]);
    expect(await listed('since=2026-04-01&status=errored')).toEqual(ERRED.map(uti));
    expect(await listed('since=2026-04-01T00:00:01Z&status=errored')).toEqual([]);
    expect(await listed('prefix=zzz')).toEqual([]);
  });

  it('are told with what people look for first', async () => {
    const page = (await get(`/v1/swaps?prefix=${SWAP}`)).json<SwapPage>();

    expect(page.swaps).toEqual([
      {
        key: SWAP,
        kind: 'swap',
        status: 'terminated',
        statusToday: 'terminated',
        product: null,
        expirationDate: '2026-06-30',
        lastEventAt: '2026-03-16T12:00:00Z',
        revision: expect.any(Number),
      },
    ]);
  });
});

describe('a question about swaps', () => {
  it.each(['NOSUCHSWAP', 'a/b/c', `!${'0'.repeat(64)}`, 'é', '\u{1f4a9}', '../files'])(
    'about %s, which nobody reported, is answered with what to do',
    async (key) => {
      const problem = await refusal(`/v1/swaps/${encodeURIComponent(key)}`);

      expect(problem).toMatchObject({ status: 404, code: 'swap.not-found' });
      expect(problem.help).toContain('GET /v1/swaps ');
    },
  );

  it('with a key longer than any is too long', async () => {
    const problem = await refusal(`/v1/swaps/${'A'.repeat(201)}`);

    expect(problem).toMatchObject({ status: 414, code: 'request.too-large' });
  });

  it.each([
    [`/v1/swaps/${SWAP}?asOf=yesterday`, 'asOf'],
    [`/v1/swaps/${SWAP}?asOf=2026-02-30`, 'asOf'],
    [`/v1/swaps/${SWAP}?asOf=2026-03-02T12:00:00%2B09:00`, 'asOf'],
    [`/v1/swaps/${SWAP}?asOf=2026-03-02T12:00:00.5Z`, 'asOf'],
    [`/v1/swaps/${SWAP}?asOf=`, 'asOf'],
    [`/v1/swaps/${SWAP}?after=nowhere/1`, 'after'],
    [`/v1/swaps/${SWAP}?limit=0`, 'limit'],
    [`/v1/swaps/${SWAP}?kind=loan`, 'kind'],
    [`/v1/swaps/${SWAP}?at=2026-03-02`, 'at'],
    ['/v1/swaps/%00', 'uti'],
    ['/v1/swaps?cursor=loan/1', 'cursor'],
    ['/v1/swaps?status=matured', 'status'],
    ['/v1/swaps?prefix=%00', 'prefix'],
    ['/v1/swaps?since=soon', 'since'],
  ])('like %s is answered with the field that is wrong', async (url, field) => {
    const problem = await refusal(url);

    expect(problem).toMatchObject({ status: 400, code: 'request.invalid' });
    expect(problem.detail).toMatch(new RegExp(`\\b${field}\\b`));
  });
});
