import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatInstant } from '../../../../domain/cftc/calendars/zone.ts';
import {
  delaysFor,
  disseminationOfChange,
  disseminationTime,
  type DelayFacts,
} from '../../../../domain/cftc/part43/delays.ts';

const large: DelayFacts = {
  blockElection: false,
  largeNotionalElection: true,
  mandatoryClearing: true,
  clearingException: false,
  dealer: true,
  assetClass: 'IR',
  postPriced: false,
};
const FRIDAY = Date.parse('2026-10-02T18:00:00Z');
const tables = (facts: Partial<DelayFacts>): string[] =>
  delaysFor({ ...large, ...facts }).map(({ table }) => table);
const time = (facts: Partial<DelayFacts>, start = FRIDAY) => disseminationTime({ ...large, ...facts }, start);

describe('the delay of appendix C', () => {
  test.each<[string, Partial<DelayFacts>, string]>([
    ['C1', { blockElection: true, largeNotionalElection: false }, '2026-10-02T18:15:00Z'],
    [
      'C1',
      { blockElection: true, dealer: null, mandatoryClearing: null, assetClass: null },
      '2026-10-02T18:15:00Z',
    ],
    ['C2', {}, '2026-10-02T18:15:00Z'],
    ['C2', { assetClass: 'CO' }, '2026-10-02T18:15:00Z'],
    ['C3', { dealer: false }, '2026-10-02T19:00:00Z'],
    ['C4', { mandatoryClearing: false }, '2026-10-02T18:30:00Z'],
    ['C4', { clearingException: true, assetClass: 'CR' }, '2026-10-02T18:30:00Z'],
    ['C4', { mandatoryClearing: false, clearingException: null, assetClass: 'FX' }, '2026-10-02T18:30:00Z'],
    ['C5', { mandatoryClearing: false, assetClass: 'CO' }, '2026-10-02T20:00:00Z'],
    ['C6', { mandatoryClearing: false, dealer: false }, '2026-10-05T18:00:00Z'],
    ['C6', { mandatoryClearing: false, dealer: false, assetClass: null }, '2026-10-05T18:00:00Z'],
  ])('%s (case %#) ends when it should', (table, facts, at) => {
    const found = time(facts);
    expect(found).toMatchObject({ kind: 'delayed', table });
    expect(formatInstant(found.kind === 'delayed' ? found.at : 0)).toBe(at);
  });

  test.each([
    [{ blockElection: false, largeNotionalElection: false }],
    [{ blockElection: null, largeNotionalElection: null }],
    [{ blockElection: false, largeNotionalElection: null }],
  ])('does not exist unless one is elected (case %#)', (facts) => {
    expect(tables(facts)).toEqual([]);
    expect(time(facts)).toMatchObject({ kind: 'at-once', from: FRIDAY });
  });

  test.each<[Partial<DelayFacts>, string[], string[]]>([
    [{ dealer: null }, ['C2', 'C3'], ['dealer']],
    [{ mandatoryClearing: null }, ['C2', 'C4'], ['mandatoryClearing']],
    [{ clearingException: null }, ['C2', 'C4'], ['clearingException']],
    [{ mandatoryClearing: false, assetClass: null }, ['C4', 'C5'], ['assetClass']],
    [{ mandatoryClearing: false, dealer: null }, ['C4', 'C6'], ['dealer']],
    [
      { mandatoryClearing: null, clearingException: null, dealer: null, assetClass: null },
      ['C2', 'C3', 'C4', 'C5', 'C6'],
      ['mandatoryClearing', 'clearingException', 'dealer', 'assetClass'],
    ],
  ])('is undetermined without %j, and says what is missing', (facts, expected, missing) => {
    expect(tables(facts)).toEqual(expected);
    expect(time(facts)).toMatchObject({ kind: 'undetermined', missing });
  });

  test('is one of those that were possible before more was known', () => {
    const maybe = fc.constantFrom(true, false, null);
    const arbitrary = fc.record({
      mandatoryClearing: maybe,
      clearingException: maybe,
      dealer: maybe,
      assetClass: fc.constantFrom('IR', 'CO', null),
    });
    fc.assert(
      fc.property(
        arbitrary,
        fc.boolean(),
        fc.constantFrom<keyof DelayFacts>('dealer', 'mandatoryClearing'),
        (given, value, name) => {
          const before = tables({ ...given, [name]: null });
          const after = tables({ ...given, [name]: value });
          expect(after.length).toBeGreaterThan(0);
          expect(before).toEqual(expect.arrayContaining(after));
        },
      ),
    );
  });
});

describe('a post-priced swap', () => {
  test.each([
    ['2026-10-02T18:00:00Z', '2026-10-03T03:59:59Z'],
    ['2026-10-03T03:59:59Z', '2026-10-03T03:59:59Z'],
    ['2026-10-03T04:00:00Z', '2026-10-04T03:59:59Z'],
    ['2026-11-01T05:30:00Z', '2026-11-02T04:59:59Z'],
    ['2026-12-01T18:00:00Z', '2026-12-02T04:59:59Z'],
  ])('executed at %s is published by %s', (execution, latest) => {
    const start = Date.parse(execution);
    expect(time({ largeNotionalElection: false, postPriced: true }, start)).toMatchObject({
      kind: 'post-priced',
      from: start,
      latest: Date.parse(latest),
    });
  });
});

describe('a change of a swap', () => {
  const first = time({});

  test('waits until the swap is published', () => {
    expect(disseminationOfChange(FRIDAY + 60_000, first)).toMatchObject({
      from: FRIDAY + 900_000,
      confidence: 'source',
    });
    expect(disseminationOfChange(FRIDAY + 900_000, first)).toMatchObject({ from: FRIDAY + 900_000 });
  });

  test('is published at once afterwards', () => {
    expect(disseminationOfChange(FRIDAY + 901_000, first)).toMatchObject({
      kind: 'at-once',
      from: FRIDAY + 901_000,
    });
    const atOnce = time({ largeNotionalElection: false });
    expect(disseminationOfChange(FRIDAY + 1000, atOnce)).toMatchObject({
      kind: 'at-once',
      from: FRIDAY + 1000,
    });
  });

  test('is undetermined only as long as the delay can last', () => {
    const open = time({ dealer: null });
    expect(disseminationOfChange(FRIDAY + 3_599_000, open)).toBe(open);
    expect(disseminationOfChange(FRIDAY + 3_600_000, open)).toMatchObject({
      kind: 'at-once',
      confidence: 'inferred',
    });
  });

  test('of a post-priced swap may wait for its price until the day ends', () => {
    const later = time({ largeNotionalElection: false, postPriced: true });
    expect(disseminationOfChange(FRIDAY + 1000, later)).toMatchObject({
      kind: 'post-priced',
      from: FRIDAY + 1000,
    });
    expect(disseminationOfChange(FRIDAY + 86_400_000, later)).toMatchObject({ kind: 'at-once' });
  });
});
