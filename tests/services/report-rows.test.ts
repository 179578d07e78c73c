import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { readReport } from '../../activities/report-rows.ts';
import { writeReport } from '../../activities/report-writer.ts';
import type { ReportOrder } from '../../contracts/on-demand-report.ts';
import { BUILT_IN_REGISTERS } from '../../domain/cftc/built-in-registers.ts';
import { BUILT_IN_TABLES } from '../../domain/cftc/built-in-tables.ts';
import { REPORTS } from '../../domain/reports/definitions.ts';
import { useDatabase } from '../support/database.ts';
import { badRow, goodRow, HEADER, useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';
import {
  CLIENT,
  FIRST_DAY,
  OTHER,
  OURS,
  SECOND_DAY,
  SUBMITTER,
  swapOf,
  tellReportLedger,
} from '../support/report-ledger.ts';

const database = useDatabase();
const data = useDataDir();
let folder: string;

type Row = Readonly<Record<string, string>>;
type Asked = Partial<ReportOrder> & Pick<ReportOrder, 'kind'>;

const ASKED_AT = new Date('2026-03-20T12:00:00Z');

const orderOf = (asked: Asked): ReportOrder => ({
  format: 'csv',
  from: null,
  to: null,
  asOf: null,
  knownAt: null,
  filters: {},
  ...asked,
});

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tain-reports-'));
  await tellReportLedger(database.sql);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

let written = 0;

async function write(asked: Asked, onBatch: () => Promise<void> = async () => undefined) {
  const order = orderOf(asked);
  const sources = { sql: database.sql, tables: BUILT_IN_TABLES, registers: BUILT_IN_REGISTERS };
  written += 1;
  return writeReport({
    location: path.join(folder, `${written}.${order.format}`),
    format: order.format,
    definition: REPORTS[order.kind],
    batches: readReport(sources, order, ASKED_AT).batches,
    onBatch,
  });
}

/** The rows as an ordinary reader of CSV gets them. */
async function rows(asked: Asked): Promise<Row[]> {
  const { path: location } = await write(asked);
  return parse<Row>(await readFile(location), { columns: true });
}

const pick = (list: readonly Row[], ...names: string[]): string[][] =>
  list.map((row) => names.map((name) => row[name]!));

const openOn = async (asOf: string, knownAt: string | null = null): Promise<string[]> =>
  pick(await rows({ kind: 'open-swaps', asOf, knownAt }), 'swap').flat();

const PERIOD = { from: FIRST_DAY, to: SECOND_DAY };

describe('open swaps', () => {
  it('of a day are those that were open then, by all that is known now', async () => {
    // The end of A was reported on the 17th and happened on the 16th.
    expect(await openOn(FIRST_DAY)).toEqual([swapOf('B'), swapOf('C')]);
  });

  it('as they were known at the cut of the day are others', async () => {
    expect(await openOn(FIRST_DAY, FIRST_DAY)).toEqual([swapOf('A'), swapOf('B'), swapOf('C')]);
    expect(await openOn(FIRST_DAY, SECOND_DAY)).toEqual([swapOf('B'), swapOf('C')]);
  });

  it('leave out what had matured, and what had not begun', async () => {
    expect(await openOn('2026-03-18')).toEqual([swapOf('C')]);
    expect(await openOn('2026-03-15')).toEqual([]);
  });

  it('have their terms, links and latest valuation of then', async () => {
    const [swap] = await rows({ kind: 'open-swaps', asOf: FIRST_DAY, knownAt: FIRST_DAY });
    const [b] = await rows({ kind: 'open-swaps', asOf: FIRST_DAY });

    expect(swap).toMatchObject({
      swap: swapOf('A'),
      assetClass: 'IR',
      notionalAmountLeg1: '123456789.5',
      notionalAmountLeg2: '',
      expirationDate: '2031-03-16',
      initialMarginPortfolio: 'IM1',
      valuationAsOf: FIRST_DAY,
      valuationAmount: '-12345.67',
    });
    // The change of the 17th had not happened yet.
    expect(b!['notionalAmountLeg1']).toBe('12345678901234567890.00001');
  });

  it('can be those of an asset class, or with one counterparty', async () => {
    const asked = { kind: 'open-swaps', asOf: FIRST_DAY } as const;

    expect(pick(await rows({ ...asked, filters: { assetClass: 'FX' } }), 'swap')).toEqual([[swapOf('B')]]);
    expect(pick(await rows({ ...asked, filters: { counterparty: OTHER } }), 'swap')).toEqual([[swapOf('C')]]);
    const verified = await rows({ kind: 'verification', asOf: FIRST_DAY, filters: { counterparty: CLIENT } });
    expect(pick(verified, 'swap')).toEqual([[swapOf('B')]]);
  });
});

describe('counts', () => {
  it('sum up amounts exactly, by asset class, leg and currency', async () => {
    const counted = await rows({ kind: 'counts', asOf: FIRST_DAY, knownAt: FIRST_DAY });

    expect(counted.map((row) => Object.values(row))).toEqual([
      ['FX', '1', 'EUR', '1', '12345678901234567890.00001', '0'],
      ['FX', '2', 'USD', '1', '7.00002', '0'],
      ['IR', '1', 'USD', '2', '100000000000123456789.49998', '0'],
    ]);
  });
});

describe('messages of part 45', () => {
  it('are told as they are sent, with the submitter and the time of the cut', async () => {
    const list = await rows({ kind: 'part45-transaction', ...PERIOD });

    expect(pick(list, 'businessDate', 'state', 'actionType', 'uniqueTransactionIdentifierUti')).toEqual([
      [FIRST_DAY, 'pending', 'NEWT', swapOf('B')],
      [FIRST_DAY, 'pending', 'NEWT', swapOf('A')],
      [SECOND_DAY, 'pending', 'MODI', swapOf('B')],
      [SECOND_DAY, 'pending', 'TERM', swapOf('A')],
    ]);
    expect(pick(list, 'submitterIdentifier', 'reportingTimestamp')[0]).toEqual([
      SUBMITTER,
      `${FIRST_DAY}T23:00:00Z`,
    ]);
  });

  it('are told by kind, and by asset class where that is asked', async () => {
    const valuations = await rows({ kind: 'part45-valuation', ...PERIOD });
    const margins = await rows({ kind: 'part45-collateral', ...PERIOD });
    const ofIr = await rows({ kind: 'part45-transaction', ...PERIOD, filters: { assetClass: 'IR' } });

    expect(pick(valuations, 'actionType', 'valuationAmount')).toEqual([['VALU', '-12345.67']]);
    expect(pick(margins, 'actionType', 'initialMarginCollateralPortfolioCode')).toEqual([['MARU', 'IM1']]);
    expect(pick(ofIr, 'actionType')).toEqual([['NEWT'], ['TERM']]);
  });

  it('are late when they fell due without an acknowledgement, and not when a day is still to come', async () => {
    const { sql } = database;
    await sql`
      update outbound_message set state = 'acknowledged', answered_at = due_at - interval '1 second'
      where subject_key = ${swapOf('A')}`;
    await sql`
      update outbound_message set state = 'acknowledged', answered_at = due_at + interval '90 seconds'
      where subject_key = ${swapOf('B')} and business_date = ${FIRST_DAY}`;
    const late = await rows({ kind: 'late', from: SECOND_DAY, to: '2026-03-30' });
    await sql`update outbound_message set state = 'pending', answered_at = null`;

    expect(pick(late, 'swap', 'state', 'lateSeconds', 'obligation')).toEqual([
      [swapOf('B'), 'acknowledged', '90', 'creation'],
      [`${OURS}/IM1/VM1`, 'pending', '', 'creation'],
      [swapOf('B'), 'pending', '', 'creation'],
    ]);
  });
});

describe('activity', () => {
  it('tells every accepted event with what became of it', async () => {
    const list = await rows({ kind: 'activity', ...PERIOD });

    expect(pick(list, 'swap', 'actionType', 'outcome')).toEqual([
      [`${OURS}/IM1/VM1`, 'MARU', 'applied'],
      [swapOf('A'), 'NEWT', 'applied'],
      [swapOf('A'), 'NEWT', 'duplicate'],
      [swapOf('A'), 'VALU', 'applied'],
      [swapOf('A'), 'TERM', 'applied'],
      [swapOf('B'), 'NEWT', 'applied'],
      [swapOf('B'), 'MODI', 'applied'],
      [swapOf('C'), 'NEWT', 'applied'],
      [swapOf('Z'), 'MODI', 'pending'],
    ]);
  });

  it('of one day, as it was known then, and of one outcome', async () => {
    const second = { kind: 'activity', from: SECOND_DAY, to: SECOND_DAY } as const;

    expect(pick(await rows(second), 'actionType').flat()).toEqual(['TERM', 'MODI', 'MODI']);
    expect(await rows({ ...second, knownAt: FIRST_DAY })).toEqual([]);
    const waiting = await rows({ ...second, filters: { outcome: 'pending' } });
    expect(pick(waiting, 'swap', 'rules')).toEqual([[swapOf('Z'), 'sequence.prior-missing']]);
  });
});

describe('what is missing', () => {
  it('are valuations of our open swaps that are not of the day', async () => {
    const onFirst = await rows({ kind: 'missing-valuations', asOf: FIRST_DAY, knownAt: FIRST_DAY });
    const onSecond = await rows({ kind: 'missing-valuations', asOf: SECOND_DAY, knownAt: FIRST_DAY });

    // C is reported by the other party.
    expect(pick(onFirst, 'swap', 'lack', 'dueAt')).toEqual([
      [swapOf('B'), 'missing', '2026-03-18T03:59:59Z'],
    ]);
    expect(pick(onSecond, 'swap', 'lack', 'latestValuation')).toEqual([
      [swapOf('A'), 'stale', FIRST_DAY],
      [swapOf('B'), 'missing', ''],
    ]);
    expect(await rows({ kind: 'missing-valuations', asOf: '2026-03-15' })).toEqual([]);
  });

  it('is margin of portfolios that our open swaps name', async () => {
    const asked = { kind: 'missing-collateral', knownAt: FIRST_DAY } as const;

    expect(await rows({ ...asked, asOf: FIRST_DAY })).toEqual([]);
    expect(
      pick(await rows({ ...asked, asOf: SECOND_DAY }), 'portfolio', 'openSwaps', 'lack', 'latestMargin'),
    ).toEqual([[`${OURS}/IM1/VM1`, '1', 'stale', `${FIRST_DAY}T00:00:00Z`]]);
  });
});

describe('the public preview', () => {
  it('rounds and caps, names no party, and says in every row that it is not sent', async () => {
    const { path: location } = await write({ kind: 'public-preview', ...PERIOD });
    const text = await readFile(location, 'utf8');
    const list = parse<Row>(text, { columns: true });

    expect(pick(list, 'notice', 'outcome', 'actionType', 'notionalAmountLeg1')[0]).toEqual([
      'not sent',
      'public',
      'NEWT',
      '120000000',
    ]);
    expect(list.every(({ notice }) => notice === 'not sent')).toBe(true);
    for (const party of [OURS, CLIENT, OTHER]) expect(text).not.toContain(party);
  });
});

describe('rejections', () => {
  it('are told by file and by feed, an issue a row, with what to mend', async () => {
    const { sql } = database;
    const lines = [HEADER, goodRow(1), badRow(2), goodRow(3), ''].join('\n');
    await publishDropped(sql, data, 'some.csv', lines);
    const [basis] = await sql<{ id: number }[]>`
      insert into feed_basis (rule_set_version, register_version, submitted_on) values ('v', 'v', '2026-11-22')
      returning basis_id as id`;
    const issue = {
      ruleId: 'csv.nul-byte',
      severity: 'error',
      element: null,
      column: null,
      value: null,
      params: {},
    };
    await sql`
      insert into feed_journal (feed, session, sequence, received_at, raw, verdict, issues, basis_id)
      values ('desk', 'S1', 7, now(), '', 'rejected', ${sql.json([issue])}, ${basis!.id})`;

    const list = await rows({ kind: 'rejections', from: '2026-11-01', to: '2026-11-30' });

    expect(pick(list, 'date', 'source', 'name', 'record', 'line', 'rule')).toEqual([
      ['2026-11-21', 'file', 'some.csv', '2', '3', 'code.currency'],
      ['2026-11-22', 'feed', 'desk', '7', '', 'csv.nul-byte'],
    ]);
    expect(list[0]!['problem']).toContain('"XQX"');
    expect(await rows({ kind: 'rejections', from: '2026-11-22', to: '2026-11-22' })).toHaveLength(1);
    expect(await rows({ kind: 'rejections', from: '2016-01-01', to: '2026-10-31' })).toEqual([]);
  });
});

describe('the file of a report', () => {
  it('has the same values as Parquet as it has as CSV, counts as numbers and blanks as absent', async () => {
    const asked = { kind: 'counts', asOf: FIRST_DAY } as const;
    const csv = await rows(asked);
    const file = await readFile((await write({ ...asked, format: 'parquet' })).path);
    const buffer = file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
    const parquet = await parquetReadObjects({ file: buffer });

    expect(
      parquet.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, value === null ? '' : String(value)]),
        ),
      ),
    ).toEqual(csv);
    expect(typeof parquet[0]!['swaps']).toBe('bigint');
  });

  it('has the hash and size that are told of it, and the same bytes the next time', async () => {
    for (const format of ['csv', 'parquet'] as const) {
      const asked = { kind: 'activity', format, ...PERIOD } as const;
      const [one, other] = [await write(asked), await write(asked)];
      const bytes = await readFile(one.path);

      expect(one).toMatchObject({ rowCount: 9, sizeBytes: bytes.length });
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(one.sha256);
      expect(other.sha256).toBe(one.sha256);
    }
  });

  it('is not there when writing it was ended half way', async () => {
    const before = (await readdir(folder)).length;
    const stopped = new Error('stopped');

    await expect(write({ kind: 'activity', ...PERIOD }, async () => Promise.reject(stopped))).rejects.toBe(
      stopped,
    );
    expect(await readdir(folder)).toHaveLength(before);
  });

  it('of ten years is read in the same pages', async () => {
    expect(await rows({ kind: 'activity', from: '2016-03-17', to: '2026-03-17' })).toHaveLength(9);
    expect(await rows({ kind: 'part45-transaction', from: '2016-03-17', to: '2026-03-17' })).toHaveLength(4);
  });
});
