import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { ELEMENTS } from '../../../domain/cftc/elements.ts';
import { PROFILES } from '../../../domain/cftc/profiles.ts';
import type { CsvRecord } from '../../../domain/csv/split.ts';
import { recogniseHeader, type Layout } from '../../../domain/swaps/header.ts';
import { createJudge, type Judge } from '../../../domain/swaps/judge.ts';
import { record } from '../../support/csv-record.ts';
import { LEI, OTHER_LEI } from '../../support/good-record.ts';
import { REALISTIC_RECORDS, type RealisticRecord } from '../../support/realistic-records.ts';

/** Every column that a submission can have, as most desks send them. */
const COLUMNS = [
  ...ELEMENTS.filter(({ number }) => !number.startsWith('D')).flatMap(({ number, legs, streams }) =>
    (streams ? ['fixedRate', 'floatingRate'] : ['']).flatMap((stream) =>
      (legs ? ['Leg1', 'Leg2'] : ['']).map((leg) => `${stream}#${number}${leg}`),
    ),
  ),
  'assetClass',
  'UPI.instrumentType',
  'UPI.underlierType',
  'UPI.deliveryType',
  'UPI.notionalSchedule',
];
const LAYOUT = recogniseHeader(COLUMNS) as Layout;
const lineOf = (one: RealisticRecord): CsvRecord => record(COLUMNS.map((column) => one[column] ?? '').join());
const rows = (count: number, make: (index: number) => RealisticRecord): CsvRecord[] =>
  Array.from({ length: count }, (_, index) => lineOf(make(index)));

const SWAP = REALISTIC_RECORDS['IR fixed-float']!;
const pick = (values: readonly string[], index: number): string => values[index % values.length]!;
const ACTIONS = ['NEWT', 'MODI', 'CORR', 'EROR', 'TERM', 'REVI', 'PRTO', 'VALU', 'MARU', 'x', ''];
const EVENTS = [
  'TRAD',
  'NOVA',
  'COMP',
  'ETRM',
  'CLRG',
  'EXER',
  'ALOC',
  'CLAL',
  'CREV',
  'PTNG',
  'CORP',
  'UPDT',
  '',
];
/** A kind of record that comes only once in thousands. */
const ofKind = (index: number): RealisticRecord => ({
  ...SWAP,
  '#26': pick(ACTIONS, index),
  '#27': pick(EVENTS, index),
  '#1': pick(['Y', 'N', 'I', ''], Math.floor(index / 143)),
  'UPI.instrumentType': pick(['Swap', 'Option', 'Forward', ''], Math.floor(index / 572)),
  'UPI.underlierType': `type ${index}`,
  assetClass: pick(['IR', 'FX', 'CR', 'EQ', 'CO', '', '?'], Math.floor(index / 2288)),
});

const GOOD = rows(500, (index) => ({ ...SWAP, '#31Leg1': String(1000 + index), '#103': `${LEI}T${index}` }));
const BAD: Readonly<Record<string, CsvRecord[]>> = {
  'nothing right': rows(500, (index) =>
    Object.fromEntries(COLUMNS.map((column, at) => [column, `?${index}${at}`])),
  ),
  'nothing but an action': rows(500, () => ({ '#26': 'NEWT' })),
  'every element, asked for or not': rows(500, (index) => ({
    ...Object.fromEntries(COLUMNS.map((column) => [column, 'A1'])),
    ...SWAP,
    '#103': `${LEI}T${index}`,
  })),
  'parties that are not its own': rows(500, () => ({ ...SWAP, '#14': OTHER_LEI.replace('T', 'U') })),
  'a withdrawn currency': rows(500, () => ({ ...SWAP, '#32Leg1': 'DEM', '#32Leg2': 'HRK' })),
  'a kind of its own': rows(16_000, ofKind),
};

const MOST_TIMES = 10;

/**
 * What a row costs in good ones, by CPU time: the least of some rounds, and of more while that is too much, so that what else
 * the machine and this process do counts little.
 */
function costInGoodRows(judge: Judge, records: readonly CsvRecord[]): number {
  const [ROUND, ROUNDS, MOST_ROUNDS] = [4000, 6, 40];
  let at = 0;
  const timeOf = (of: readonly CsvRecord[]): number => {
    const before = process.cpuUsage();
    for (let count = 0; count < ROUND; count += 1) judge(of[at++ % of.length]!);
    return process.cpuUsage(before).user;
  };
  let least = Infinity;
  for (let round = 0; round < ROUNDS || (least >= MOST_TIMES && round < MOST_ROUNDS); round += 1)
    least = Math.min(least, timeOf(records) / timeOf(GOOD));
  return least;
}

describe.each(['spec', 'strict'] as const)('under the profile %s', (name) => {
  const judge = createJudge(LAYOUT, { profile: PROFILES[name] });

  it('good rows are good', () => {
    expect(GOOD.flatMap((one) => judge(one).issues)).toEqual([]);
  });

  it.each(Object.entries(BAD))('a row with %s costs no more than ten good ones', (_what, records) => {
    expect(costInGoodRows(judge, records)).toBeLessThan(MOST_TIMES);
  });
});

describe('the memory of a judge', () => {
  it('stays flat, whatever kinds of records come', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const judge = createJudge(LAYOUT);
    const heapAfter = (from: number, to: number): number => {
      for (let index = from; index < to; index += 1) judge(lineOf(ofKind(index)));
      collect();
      return process.memoryUsage().heapUsed;
    };
    const early = heapAfter(0, 4000);
    const late = heapAfter(4000, 16_000);

    expect(late - early).toBeLessThan(30 * 1024 * 1024);
  });
});
