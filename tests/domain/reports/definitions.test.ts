import { describe, expect, it } from '@jest/globals';
import { REPORT_KINDS } from '../../../contracts/on-demand-report.ts';
import { REPORT_TITLES } from '../../../contracts/texts/report-titles.ts';
import { LANGUAGES } from '../../../contracts/texts/shape.ts';
import { REPORTS } from '../../../domain/reports/definitions.ts';
import { PUBLIC_PREVIEW_COLUMNS } from '../../../domain/reports/public-preview.ts';

describe('definitions of reports', () => {
  it.each(REPORT_KINDS)('%s has a title, columns of different names, and an order', (kind) => {
    const { columns, counts, order, roles } = REPORTS[kind];

    for (const language of LANGUAGES) expect(REPORT_TITLES[language][kind]).not.toBe('');
    expect(new Set(columns).size).toBe(columns.length);
    expect(columns).toEqual(expect.arrayContaining([...counts]));
    expect(order).not.toBe('');
    expect(roles).toContain('operator');
  });

  it('keep from viewers the raw values of what was refused', () => {
    expect(REPORTS.rejections.roles).not.toContain('viewer');
  });

  it('leave out of the public view whatever identifies parties and swaps', () => {
    const hidden = [
      'counterparty1ReportingCounterparty',
      'counterparty2',
      'submitterIdentifier',
      'uniqueTransactionIdentifierUti',
      'uniqueSwapIdentifierUsi',
      'reportingTimestamp',
    ];

    expect(PUBLIC_PREVIEW_COLUMNS.filter((column) => hidden.includes(column))).toEqual([]);
    expect(PUBLIC_PREVIEW_COLUMNS).toEqual(
      expect.arrayContaining(['notionalAmountLeg1', 'notionalCurrencyLeg2', 'executionTimestamp']),
    );
  });
});
