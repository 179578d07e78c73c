import { describe, expect, test } from '@jest/globals';
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
});
