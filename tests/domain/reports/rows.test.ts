import { describe, expect, it } from '@jest/globals';
import { BUILT_IN_REGISTERS } from '../../../domain/cftc/built-in-registers.ts';
import { BUILT_IN_TABLES } from '../../../domain/cftc/built-in-tables.ts';
import { elementByNumber } from '../../../domain/cftc/elements.ts';
import { encodeLine } from '../../../domain/csv/encode.ts';
import { createDailyDuties, createMargined } from '../../../domain/reports/missing-reports.ts';
import {
  createSwapCounts,
  OPEN_SWAP_COLUMNS,
  openSwapRow,
  type SwapOnDay,
} from '../../../domain/reports/open-swaps.ts';
import {
  ACTIVITY_COLUMNS,
  activityRow,
  lateRow,
  messageColumns,
  messageRow,
  rejectionRows,
} from '../../../domain/reports/period-columns.ts';
import { PUBLIC_PREVIEW_COLUMNS, publicPreviewRow } from '../../../domain/reports/public-preview.ts';
import { sentRecord } from '../../../domain/reports/sent-record.ts';
import { createRecordPreview } from '../../../domain/swaps/preview-record.ts';
import type { RecordValues } from '../../../domain/swaps/record-content.ts';
import { fold } from '../../support/swap-events.ts';

const PRIOR_UTI = elementByNumber.get('101')!.key;

/** The fields that are not blank, by column. */
const filled = (columns: readonly string[], row: readonly string[]): Record<string, string> => {
  expect(row).toHaveLength(columns.length);
  return Object.fromEntries(row.flatMap((value, at) => (value === '' ? [] : [[columns[at]!, value]])));
};

const swap = (key: string, values: RecordValues, assetClass: SwapOnDay['assetClass'] = 'IR'): SwapOnDay => ({
  key,
  assetClass,
  state: fold([['NEWT-TRAD', 2, values]]).state,
});

describe('the row of a message', () => {
  it('has its values as they are sent: nothing rounded, no exponent, lists joined, blanks blank', () => {
    const values = sentRecord(
      {
        actionType: 'NEWT',
        uniqueTransactionIdentifierUti: 'U1',
        notionalAmountLeg1: '1234567890123456789012345.12345',
        fixedRateLeg1: '0.0000000001',
        otherPaymentType: ['UFRO', 'PEXH'],
        submitterIdentifier: 'OLD',
        reportingTimestamp: '2026-03-16T15:00:00Z',
      },
      { submitter: 'NEW', reportedAt: '2026-03-16T23:00:00Z' },
    );
    const facts = { businessDate: '2026-03-16', messageId: '45-1', state: 'sent' };

    expect(filled(messageColumns('transaction'), messageRow('transaction', facts, values))).toEqual({
      businessDate: '2026-03-16',
      tainMessage: '45-1',
      state: 'sent',
      actionType: 'NEWT',
      uniqueTransactionIdentifierUti: 'U1',
      notionalAmountLeg1: '1234567890123456789012345.12345',
      fixedRateLeg1: '0.0000000001',
      otherPaymentType: 'UFRO;PEXH',
      submitterIdentifier: 'NEW',
      reportingTimestamp: '2026-03-16T23:00:00Z',
    });
  });

  it('keeps the submitter of the record where none is set', () => {
    const sent = sentRecord({ submitterIdentifier: 'OWN' }, { submitter: null, reportedAt: 'T' });

    expect(sent).toEqual({ submitterIdentifier: 'OWN', reportingTimestamp: 'T' });
  });

  it('that is late says since when and by how much', () => {
    const row = lateRow({
      dueAt: '2026-03-17T03:59:59Z',
      messageId: '45-1',
      part: 45,
      kind: 'transaction',
      assetClass: null,
      key: 'U1',
      action: 'NEWT',
      businessDate: '2026-03-16',
      obligation: 'creation',
      state: 'acknowledged',
      sentAt: '2026-03-17T03:00:00Z',
      answeredAt: '2026-03-17T04:01:29Z',
      lateSeconds: 90,
    });

    expect(encodeLine(row)).toBe(
      '2026-03-17T03:59:59Z,45-1,45,transaction,,U1,NEWT,2026-03-16,creation,acknowledged,' +
        '2026-03-17T03:00:00Z,2026-03-17T04:01:29Z,90\n',
    );
  });
});

const ISSUE = { severity: 'error', element: '32', column: 'Currency', value: 'XQX', params: {} } as const;

describe('the rows of a rejected record', () => {
  const record = {
    date: '2026-03-16',
    source: 'file',
    sourceId: 'F',
    name: 'a, b.csv',
    record: 2,
    line: 3,
    key: null,
  } as const;

  it('are one per issue, with the problem in words', () => {
    const issues = [
      { ...ISSUE, ruleId: 'code.currency', params: { code: 'XQX' } },
      { ...ISSUE, ruleId: 'record.empty', element: null, column: null, value: null },
    ];
    const rows = rejectionRows({ ...record, issues });

    expect(rows.map((row) => row.slice(0, 9))).toEqual([
      ['2026-03-16', 'file', 'F', 'a, b.csv', '2', '3', '', 'code.currency', 'error'],
      ['2026-03-16', 'file', 'F', 'a, b.csv', '2', '3', '', 'record.empty', 'error'],
    ]);
    expect(rows[0]!.at(-1)).toContain('"XQX"');
    expect(encodeLine(rows[1]!)).toContain('"a, b.csv"');
  });

  it('are one where nothing is said', () => {
    expect(rejectionRows({ ...record, issues: [] })).toEqual([
      ['2026-03-16', 'file', 'F', 'a, b.csv', '2', '3', '', '', '', '', '', '', ''],
    ]);
  });
});

describe('the row of an event', () => {
  it('names each rule once, in the order in which they were found', () => {
    const issues = ['b', 'a', 'b'].map((ruleId) => ({ ...ISSUE, ruleId }));
    const event = { key: 'U1', kind: 'swap', place: 'F/1', part: null, outcome: 'violated' } as const;
    const row = activityRow({ ...event, issues, values: { actionType: 'MODI' } });

    expect(filled(ACTIVITY_COLUMNS, row)).toEqual({
      swap: 'U1',
      kind: 'swap',
      place: 'F/1',
      outcome: 'violated',
      rules: 'b;a',
      actionType: 'MODI',
    });
  });
});

describe('the row of an open swap', () => {
  it('has its terms in their canonical form, and blanks for what is not reported', () => {
    const row = openSwapRow(
      swap('U1', { notionalAmountLeg1: '001000.50', notionalCurrencyLeg1: 'USD', [PRIOR_UTI]: 'U0' }, null),
    );

    expect(filled(OPEN_SWAP_COLUMNS, row)).toEqual({
      swap: 'U1',
      priorSwaps: 'U0',
      notionalAmountLeg1: '1000.5',
      notionalCurrencyLeg1: 'USD',
    });
  });
});

describe('counts', () => {
  it('add up decimals of any size, leave placeholders out, and take the amount of the day', () => {
    const counts = createSwapCounts('2026-06-01');
    counts.add(swap('A', { notionalAmountLeg1: '99999999999999999999.99999', notionalCurrencyLeg1: 'USD' }));
    counts.add(swap('B', { notionalAmountLeg1: '0.00001', notionalCurrencyLeg1: 'USD' }));
    counts.add(
      swap('C', { notionalAmountLeg1: '99999999999999999999.99999', notionalCurrencyLeg1: '' }, null),
    );
    counts.add(
      swap('D', {
        notionalAmountLeg1: '10',
        notionalCurrencyLeg1: 'EUR',
        notionalAmountScheduleNotionalAmountInEffectOnAssociatedEffectiveDateLeg1: ['10', '4'],
        notionalAmountScheduleUnadjustedEffectiveDateOfTheNotionalAmountLeg1: ['2026-01-01', '2026-05-01'],
        notionalAmountScheduleUnadjustedEndDateOfTheNotionalAmountLeg1: ['2026-05-01', '2027-05-01'],
      }),
    );
    counts.add(swap('E', {}));

    const rows = counts.rows();
    expect(rows.find(([assetClass, , currency]) => assetClass === 'IR' && currency === 'EUR')).toEqual([
      'IR',
      '1',
      'EUR',
      '1',
      '4',
      '0',
    ]);
    expect(rows.find(([assetClass, , currency]) => assetClass === 'IR' && currency === '')).toEqual([
      'IR',
      '1',
      '',
      '1',
      '',
      '1',
    ]);
    const usd = rows.find(([, , currency]) => currency === 'USD')!;
    expect(usd.slice(0, 4)).toEqual(['IR', '1', 'USD', '2']);
  });
});

const OURS = BUILT_IN_TABLES.entities.rows[0]!.lei;

describe('what margin is owed for', () => {
  const duties = createDailyDuties('2026-03-16', BUILT_IN_TABLES);
  const ofOurs = { counterparty1ReportingCounterparty: OURS };
  const codes = (initial: string, variation: string) => ({
    ...ofOurs,
    initialMarginCollateralPortfolioCode: initial,
    variationMarginCollateralPortfolioCode: variation,
  });

  it('are the portfolios that swaps of ours name, and swaps that are margined by themselves', () => {
    const margined = createMargined(duties);
    margined.add(swap('U1', codes('IM', 'VM')));
    margined.add(swap('U2', codes('IM', 'VM')));
    margined.add(swap('U3', codes('TRANSACTIONLEVEL', 'NOTAPPLICABLE')));
    margined.add(swap('U4', ofOurs));
    margined.add(swap('U5', { ...codes('IM', 'VM'), counterparty1ReportingCounterparty: 'SOMEBODY' }));

    expect(margined.all().map(({ key, kind, swaps }) => [key, kind, swaps])).toEqual([
      [`${OURS}/IM/VM`, 'portfolio', 2],
      ['U3', 'swap', 1],
    ]);
  });

  it('is nothing on a day that is no business day', () => {
    expect(createDailyDuties('2026-03-15', BUILT_IN_TABLES)(OURS, 'collateral')).toBeNull();
  });
});

describe('the row of the public preview', () => {
  const previewOf = createRecordPreview(BUILT_IN_TABLES, BUILT_IN_REGISTERS);
  const values: RecordValues = {
    actionType: 'NEWT',
    eventType: 'TRAD',
    assetClass: 'IR',
    cleared: 'N',
    counterparty1ReportingCounterparty: OURS,
    uniqueTransactionIdentifierUti: 'U1',
    platformIdentifier: 'XOFF',
    primeBrokerageTransactionIndicator: 'False',
    executionTimestamp: '2026-03-16T14:00:00Z',
    eventTimestamp: '2026-03-16T14:00:00Z',
    effectiveDate: '2026-03-18',
    expirationDate: '2036-03-18',
    notionalAmountLeg1: '123456789',
    notionalCurrencyLeg1: 'USD',
  };

  it('is capped with a plus, says when, and leaves out who', () => {
    const shown = filled(PUBLIC_PREVIEW_COLUMNS, publicPreviewRow(previewOf(values), values)!);

    expect(shown).toMatchObject({
      notice: 'not sent',
      outcome: 'public',
      publishedFrom: '2026-03-16T14:00:00Z',
      assetClass: 'IR',
      notionalCurrencyLeg1: 'USD',
    });
    expect(shown['notionalAmountLeg1']).toMatch(/^\d+0{6}\+?$/);
    expect(Object.values(shown)).not.toContain('U1');
  });

  it('is none of what is not public', () => {
    const valuation = { ...values, actionType: 'VALU' };

    expect(publicPreviewRow(previewOf(valuation), valuation)).toBeNull();
  });
});
