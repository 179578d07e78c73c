import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { INITIAL_BLOCKS } from '../../../../domain/cftc/part43/blocks.ts';
import { INITIAL_CAPS } from '../../../../domain/cftc/part43/caps.ts';
import { previewDissemination, type Part43Event } from '../../../../domain/cftc/part43/preview.ts';
import { rateTableOf } from '../../../../domain/cftc/part43/rates.ts';

const TABLES = { caps: INITIAL_CAPS, blocks: INITIAL_BLOCKS, rates: rateTableOf([]) };
const swap: Part43Event = {
  action: 'NEWT',
  event: 'TRAD',
  amendment: null,
  cleared: 'N',
  pairIsPublic: true,
  interAffiliate: false,
  priceForming: null,
  mirrorSwap: false,
  swapIsPublic: null,
  blockElection: false,
  largeNotionalElection: false,
  mandatoryClearing: false,
  clearingException: false,
  dealer: true,
  assetClass: 'IR',
  postPriced: false,
  category: null,
  executionTimestamp: '2020-06-01T14:00:00Z',
  eventTimestamp: '2020-06-01T14:00:00Z',
  effectiveDate: '2020-06-03',
  expirationDate: '2030-06-03',
  legs: [
    { field: '31-1', value: '1234567890', currency: 'USD' },
    { field: '31-2', value: '1234567890', currency: 'USD' },
  ],
  related: [],
};
const preview = (event: Partial<Part43Event>) => previewDissemination({ ...swap, ...event }, TABLES);

describe('the preview of what a repository publishes', () => {
  test('shows a large swap capped and delayed, with the reasons', () => {
    expect(preview({ largeNotionalElection: true })).toMatchObject({
      publication: { outcome: 'public', reason: 'reportable', confidence: 'source' },
      dissemination: { kind: 'delayed', table: 'C4', at: Date.parse('2020-06-01T14:30:00Z') },
      sizeKey: { assetClass: 'IR', currency: 'USD', tenorDays: 3652 },
      block: { block: true },
      cap: { usd: '170000000', confidence: 'general-knowledge' },
      amounts: {
        known: true,
        amounts: [
          { value: '170000000', capped: true },
          { value: '170000000', capped: true },
        ],
      },
      electionBelowSize: false,
    });
  });

  test('shows a small one rounded and at once, and an election that it does not deserve', () => {
    const legs = [{ field: '31-1', value: '1499999', currency: 'USD' }];
    expect(preview({ legs })).toMatchObject({
      dissemination: { kind: 'at-once', from: Date.parse('2020-06-01T14:00:00Z') },
      amounts: { amounts: [{ value: '1000000', capped: false }] },
      electionBelowSize: false,
    });
    expect(preview({ legs, blockElection: true })).toMatchObject({
      block: { block: false },
      electionBelowSize: true,
    });
  });

  test('shows nothing of what is not public', () => {
    expect(preview({ event: 'CLRG', cleared: 'Y', pairIsPublic: false })).toMatchObject({
      publication: { outcome: 'not-public', reason: 'clearing-swap' },
      dissemination: null,
      amounts: null,
    });
  });

  test('lets a change wait for the trade', () => {
    const change = { action: 'CORR', event: null, swapIsPublic: true, largeNotionalElection: true };
    const at = (eventTimestamp: string | null) => preview({ ...change, eventTimestamp }).dissemination;

    expect(at('2020-06-01T14:10:00Z')).toMatchObject({ from: Date.parse('2020-06-01T14:30:00Z') });
    expect(at('2020-06-02T09:00:00Z')).toMatchObject({ from: Date.parse('2020-06-02T09:00:00Z') });
    expect(at(null)).toMatchObject({ from: Date.parse('2020-06-01T14:30:00Z') });
  });

  test('times a swap that came of another one by its event', () => {
    const later = { eventTimestamp: '2020-09-01T10:00:00Z', largeNotionalElection: true };
    expect(preview({ event: 'NOVA', ...later }).dissemination).toMatchObject({
      at: Date.parse('2020-09-01T10:30:00Z'),
    });
    expect(preview(later).dissemination).toMatchObject({ at: Date.parse('2020-06-01T14:30:00Z') });
  });

  test('says what it cannot tell: sizes that are not loaded, currencies without a rate, bad dates', () => {
    expect(preview({ executionTimestamp: '2026-06-01T14:00:00Z' })).toMatchObject({
      block: { block: null, gap: 'not-in-force' },
      cap: { usd: null, gap: 'not-in-force' },
      amounts: { known: false, gap: 'not-in-force' },
    });
    expect(preview({ legs: [{ field: '31-1', value: '5', currency: 'EUR' }] })).toMatchObject({
      block: { block: null, gap: 'notional-unknown' },
      amounts: { known: false, gap: 'rate-unknown' },
    });
    expect(preview({ legs: [{ field: '31-1', value: 'much', currency: 'USD' }] })).toMatchObject({
      block: { block: null },
      amounts: { known: false, gap: 'not-an-amount' },
    });
    for (const executionTimestamp of [null, '2020-06-01', '2020-06-01T24:00:00Z', '\0']) {
      expect(preview({ executionTimestamp }).dissemination).toBeNull();
    }
    expect(preview({ expirationDate: '2020-06-02' }).sizeKey.tenorDays).toBeNull();
    expect(preview({ effectiveDate: 'x' }).block).toMatchObject({ gap: 'tenor-unknown' });
  });

  test('never ends in an exception, whatever the values', () => {
    const timestamps = fc.oneof(
      fc.constantFrom('0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '2016-02-29T23:59:59Z', null),
      fc.string(),
    );
    const dates = fc.oneof(fc.constantFrom('2020-06-03', '9999-12-31', '0001-01-01', null), fc.string());
    const values = fc.oneof(
      fc.constantFrom('-5', '-999999999999', '0', '9'.repeat(30), '1e9', '-'),
      fc.string(),
    );
    const amounts = fc.array(
      fc.record({
        field: fc.string(),
        value: values,
        currency: fc.constantFrom('USD', 'EUR', 'toString', null),
      }),
      { maxLength: 3 },
    );
    const flag = fc.constantFrom(true, false, null);
    const events = fc.record({
      action: fc.constantFrom('NEWT', 'MODI', 'CORR', '__proto__', null),
      assetClass: fc.constantFrom('IR', 'FX', 'EQ', 'CO', null),
      category: fc.option(fc.string()),
      largeNotionalElection: flag,
      postPriced: flag,
      dealer: flag,
      executionTimestamp: timestamps,
      eventTimestamp: timestamps,
      effectiveDate: dates,
      expirationDate: dates,
      legs: amounts,
      related: amounts,
    });
    const rates = rateTableOf([{ currency: 'EUR', date: '2020-06-01', usdPerUnit: '1.1' }]);
    fc.assert(
      fc.property(events, (event) => {
        const { amounts: shown } = previewDissemination(
          { ...swap, amendment: true, ...event },
          { ...TABLES, rates },
        );
        if (shown?.known) expect(shown.amounts).toHaveLength(event.legs.length + event.related.length);
        for (const { value } of shown?.known ? shown.amounts : []) expect(value).toMatch(/^-?\d+(\.\d+)?$/);
      }),
      { numRuns: 1000 },
    );
  });
});
