/**
 * Rounding and delays recomputed from real public rows, where a checkout has them beside it: they may be tested with,
 * not shipped. Rows that disagree are listed by their dissemination identifier, with the reason.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseInstant } from '../../../../domain/cftc/calendars/zone.ts';
import { plainDecimal } from '../../../../domain/cftc/decimal.ts';
import { delaysFor, disseminationTime, type DelayFacts } from '../../../../domain/cftc/part43/delays.ts';
import { roundNotional } from '../../../../domain/cftc/part43/rounding.ts';
import { splitFields } from '../../../../domain/csv/fields.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../../../../shared/data/ppd');
const names = existsSync(FOLDER) ? readdirSync(FOLDER).sort() : [];
if (names.length === 0) process.stderr.write(`SKIPPED: no real dissemination rows in ${FOLDER}\n`);
const describeReal = names.length === 0 ? describe.skip : describe;

type Row = Readonly<Record<string, string>>;

function rowsOf(name: string): Row[] {
  const [header, ...lines] = readFileSync(path.join(FOLDER, name), 'utf8')
    .split(/\r?\n/)
    .filter(Boolean)
    .map(splitFields);
  if (!Array.isArray(header)) throw new Error(`${name} has no header`);
  return lines.map((fields) => {
    if (!Array.isArray(fields)) throw new Error(`${name} has a record that cannot be read`);
    return Object.fromEntries(header.map((column, index) => [column, fields[index] ?? '']));
  });
}

const SECOND_CURRENCY = 'the leg in the other currency is published as reported, only the first one rounded';
const SCALED = 'the other leg is capped; this one has no mark of a cap and is, it seems, scaled with it';

/** Uncapped leg amounts that are no multiples of their band's precision. */
const NOT_ROUNDED: Readonly<Record<string, string>> = {
  '5601291205000000101 leg 2': SECOND_CURRENCY,
  '5587252341000000101 leg 1': SCALED,
  '5587300096000000101 leg 1': SECOND_CURRENCY,
  '5587311832000000201 leg 1': SECOND_CURRENCY,
  '5574291761000000801 leg 1': SECOND_CURRENCY,
  '5574295990000000401 leg 1': SECOND_CURRENCY,
  '5579379812000000101 leg 2': SECOND_CURRENCY,
  '5579304505000000201 leg 1': SECOND_CURRENCY,
  '5575779451000000201 leg 2': SECOND_CURRENCY,
  '5579222555000000101 leg 2': SECOND_CURRENCY,
  '5572715687000000401 leg 2': SECOND_CURRENCY,
  '5579233651000000401 leg 1': SECOND_CURRENCY,
};

describeReal('the notional amounts of real rows', () => {
  const rows = names.filter((name) => name.endsWith('.csv')).flatMap(rowsOf);
  const legs = rows.flatMap((row) =>
    [1, 2].map((leg) => ({
      name: `${row['Dissemination Identifier']} leg ${leg}`,
      amount: row[`Notional amount-Leg ${leg}`] ?? '',
      other: row[`Notional amount-Leg ${3 - leg}`] ?? '',
      currencies: [row['Notional currency-Leg 1'], row['Notional currency-Leg 2']],
    })),
  );
  const uncapped = legs.filter(({ amount }) => amount !== '' && !amount.endsWith('+'));
  const isRounded = (amount: string): boolean => roundNotional(plainDecimal(amount)) === plainDecimal(amount);

  it('are rounded where they are not capped, but for those listed', () => {
    expect(uncapped.length).toBeGreaterThan(60);
    const strange = uncapped.filter(({ amount }) => !isRounded(amount)).map(({ name }) => name);
    expect(strange.sort()).toEqual(Object.keys(NOT_ROUNDED).sort());
  });

  it('that are listed belong to swaps of two currencies, whose other leg is rounded or capped', () => {
    for (const { name, other, currencies } of uncapped.filter((leg) => leg.name in NOT_ROUNDED)) {
      expect(currencies[0]).not.toBe(currencies[1]);
      expect(NOT_ROUNDED[name]).toBe(other.endsWith('+') ? SCALED : SECOND_CURRENCY);
      expect(isRounded(other)).toBe(true);
    }
  });
});

/** A repository needs this long at most to publish when the delay has passed, seconds. */
const PUBLISHED_WITHIN = 120;

/** Rows that were published later than that. */
const PUBLISHED_LATER: Readonly<Record<string, string>> = {
  '4215250936000000101':
    'the swap of 4212081154000000101, which was published in time, reported and published once more under an identifier of its own',
};

describeReal('the delays of real rows', () => {
  const trades = names
    .filter((name) => name.endsWith('.json'))
    .flatMap(
      (name) => (JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8')) as { tradeList: Row[] }).tradeList,
    )
    .filter((trade) => trade['disseminationTimestamp']);
  const flag = (text: string | undefined): boolean | null => (text ? text.toUpperCase() === 'TRUE' : null);
  const factsOf = (trade: Row, dealer: boolean | null): DelayFacts => ({
    blockElection: flag(trade['blocktradeElectionIndicator']),
    largeNotionalElection: flag(trade['largeNotionalOfffacilitySwapElectionIndicator']),
    mandatoryClearing: flag(trade['mandatoryClearingIndicator']),
    clearingException: null,
    dealer,
    assetClass: 'IR',
    postPriced: flag(trade['postPricedSwapIndicator']),
  });

  it('are those of table C4, once it is assumed that a dealer is a party, which rows never say', () => {
    expect(trades).toHaveLength(3);
    for (const trade of trades) {
      expect(delaysFor(factsOf(trade, null)).map(({ table }) => table)).toEqual(['C4', 'C6']);
      expect(delaysFor(factsOf(trade, true)).map(({ table }) => table)).toEqual(['C4']);
    }
  });

  it('end before the row is published, and not long before, but for those listed', () => {
    const late: string[] = [];
    for (const trade of trades) {
      const computed = disseminationTime(factsOf(trade, true), parseInstant(trade['executionTimestamp']!)!);
      if (computed.kind !== 'delayed') throw new Error(`${computed.kind} is no delay`);
      const after = (parseInstant(trade['disseminationTimestamp']!)! - computed.at) / 1000;
      expect(after).toBeGreaterThanOrEqual(0);
      if (after > PUBLISHED_WITHIN) late.push(trade['disseminationIdentifier']!);
    }
    expect(late).toEqual(Object.keys(PUBLISHED_LATER));
  });

  it('that are listed are of a swap that had been published before', () => {
    const { disseminationIdentifier, disseminationTimestamp, ...again } = trades.find(
      (trade) => trade['disseminationIdentifier']! in PUBLISHED_LATER,
    )!;
    const before = trades.find((trade) =>
      PUBLISHED_LATER[disseminationIdentifier!]!.includes(trade['disseminationIdentifier']!),
    )!;
    expect(before).toMatchObject(again);
    expect(before['disseminationTimestamp']! < disseminationTimestamp!).toBe(true);
  });
});
