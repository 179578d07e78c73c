import { describe, expect, it } from '@jest/globals';
import { outgoingValues } from '../../../domain/outbound/outgoing-values.ts';
import { columnsOf } from '../../../domain/reports/message-columns.ts';
import { createMessageRows } from '../../../domain/reports/message-rows.ts';
import { readRecord, writeRecord } from '../../../domain/swaps/record-text.ts';
import { GOOD_VALUES } from '../../support/good-record.ts';

const REPORTED_AT = new Date('2026-11-23T22:00:00Z');
const ODD = { clearingVenue: ['A', 'B "quoted"'], 'upi.instrumentType': 'Swap', tainMessage: 'not this one' };

describe('the rows of a file of messages', () => {
  for (const kind of ['transaction', 'valuation', 'collateral'] as const)
    it(`of ${kind} have what the record says by slot, under the id of the message`, () => {
      const rows = createMessageRows(kind);
      for (const values of [GOOD_VALUES, { ...GOOD_VALUES, ...ODD }])
        for (const submitter of ['LEI', null]) {
          const { text: elements } = writeRecord(values);
          const sent = outgoingValues(readRecord(elements), submitter, REPORTED_AT.getTime());

          expect(rows.row({ id: '45-1', elements, submitter, reportedAt: REPORTED_AT })).toEqual([
            '45-1',
            ...columnsOf(kind).fields(sent),
          ]);
        }
      expect(rows.header).toEqual(['tainMessage', ...columnsOf(kind).names]);
      expect(rows.totals()).toEqual({
        actions: { [GOOD_VALUES['actionType'] as string]: 4 },
        notionalLeg1: {
          [GOOD_VALUES['notionalCurrencyLeg1'] as string]: String(
            4 * Number(GOOD_VALUES['notionalAmountLeg1']),
          ),
        },
      });
    });
});
