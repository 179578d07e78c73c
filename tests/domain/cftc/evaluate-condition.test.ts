import { describe, expect, it } from '@jest/globals';
import {
  all,
  any,
  compare,
  compareTo,
  filled,
  is,
  isBlank,
  isCurrencyPair,
  isLei,
  isMidnight,
  isNot,
  isUpi,
  not,
  product,
  startsWithLei,
  type Condition,
} from '../../../domain/cftc/conditions.ts';
import {
  compileCondition,
  FALSE,
  MOOT,
  TRUE,
  UNDETERMINED,
  type Known,
  type Truth,
} from '../../../domain/cftc/evaluate-condition.ts';
import { withWrongLastDigit } from '../../../demo/mutations/mutation.ts';
import { LEI } from '../../support/good-record.ts';

const UNSHARED: Omit<Known, 'columnsOf'> = { valueOf: () => undefined, product: () => null };

/** The truth of a condition for a record that has these values, by element; of a list of values one per leg. */
function truthOf(
  condition: Condition,
  record: Readonly<Record<string, string | readonly string[]>> = {},
  known: Partial<Known> = {},
): Truth {
  const values: string[] = [];
  const columns = new Map<string, number[]>();
  for (const [element, cells] of Object.entries(record))
    columns.set(
      element,
      [cells].flat().map((cell) => values.push(cell) - 1),
    );
  const columnsOf = (element: string): number[] => columns.get(element) ?? [];
  const compiled = compileCondition(condition, { ...UNSHARED, columnsOf, ...known });
  return typeof compiled === 'function' ? compiled(values) : compiled;
}

describe('a condition', () => {
  it.each([
    ['a code that is there', is('15', 'LEID'), { '15': 'LEID' }, TRUE],
    ['another code', is('15', 'LEID'), { '15': 'NPID' }, FALSE],
    ['a blank', is('15', 'LEID'), { '15': '' }, FALSE],
    ['an element that has no column', is('15', 'LEID'), {}, FALSE],
    ['what is no code', is('15', 'LEID'), { '15': 'leid' }, MOOT],
    ['the opposite of what is no code', isNot('15', 'LEID'), { '15': 'leid' }, MOOT],
    ['a boolean in capitals', is('68', 'False'), { '68': 'FALSE' }, TRUE],
    ['a boolean in other letters', is('68', 'False'), { '68': 'fALSE' }, MOOT],
    ['one member of a list', is('57', 'UFRO'), { '57': 'PEXH;UFRO' }, TRUE],
    ['one member beside what is no code', is('57', 'UFRO'), { '57': '?;UFRO' }, TRUE],
    ['no member beside what is no code', is('57', 'UFRO'), { '57': 'PEXH;?' }, MOOT],
    ['a literal of an element without codes', is('116', 'TRANSACTIONLEVEL'), { '116': 'x' }, FALSE],
    ['the second leg', is('55', 'EXPI'), { '55': ['', 'EXPI'] }, TRUE],
    ['a value', filled('31'), { '31': ['', '1'] }, TRUE],
    ['no value', isBlank('31'), { '31': ['', ''] }, TRUE],
  ])('on %s', (_what, condition, record, truth) => {
    expect(truthOf(condition, record as Record<string, string>)).toBe(truth);
  });

  it.each([
    ['1', '=', '1.000', TRUE],
    ['1', '<', '2', TRUE],
    ['99999999999999999999.9999', '<', '99999999999999999999.99991', TRUE],
    ['-1', '>=', '0', FALSE],
    // As many decimals count as the format has; the others are rounded.
    ['1000000.000004', '=', '1000000', TRUE],
    ['0.000005', '=', '0.00001', TRUE],
    ['0.000004', '>', '0', FALSE],
    ['1e1', '=', '10', MOOT],
    ['', '=', '10', MOOT],
    ['99999999999999999999.99999', '>', '1', MOOT],
  ] as const)('compares %j %s %j as decimals', (left, op, right, truth) => {
    expect(truthOf(compare('31', op, '36', 'decimal'), { '31': left, '36': right })).toBe(truth);
  });

  it.each([
    ['2026-11-20T14:05:00Z', '>=', '2026-11-20T14:05:00Z', TRUE],
    ['2026-11-20T14:04:59Z', '>=', '2026-11-20T14:05:00Z', FALSE],
    ['2026-11-20', '>=', '2026-11-20T14:05:00Z', TRUE],
    ['9999-12-31', '>', '2026-11-20', TRUE],
    // What is malformed has an issue of its own, and must not lead to another one.
    ['2026-02-29', '<', '2026-01-01', MOOT],
    ['2026-11-20T24:00:00Z', '<', '2026-01-01', MOOT],
    ['2026-11-20T24:00:00Z', '>', '2026-01-01', TRUE],
  ] as const)('compares %s %s %s as times', (left, op, right, truth) => {
    expect(truthOf(compare('30', op, '96', 'time'), { '30': left, '96': right })).toBe(truth);
  });

  it('compares lists member by member, and one that is wrong decides', () => {
    const later = compare('35', '>', '34', 'time');
    const ends = (ends: string, starts: string): Truth => truthOf(later, { '35': ends, '34': starts });

    expect(ends('2026-01-02;2026-01-03', '2026-01-01;2026-01-02')).toBe(TRUE);
    expect(ends('2026-01-02;2026-01-02', '2026-01-01;2026-01-02')).toBe(FALSE);
    expect(ends('x;2026-01-02', '2026-01-01;2026-01-02')).toBe(FALSE);
    expect(ends('2026-01-00;2026-01-03', '2026-01-01;2026-01-02')).toBe(MOOT);
    expect(ends('2026-01-02', '2026-01-01;2026-01-02')).toBe(MOOT);
  });

  it('compares a number with a literal', () => {
    expect(truthOf(compareTo('79', '>', '0'), { '79': '0.01' })).toBe(TRUE);
    expect(truthOf(compareTo('79', '>', '0'), { '79': '-0' })).toBe(FALSE);
    expect(truthOf(compareTo('79', '>', '0'), {})).toBe(MOOT);
  });

  it('knows an LEI and the first second of a day', () => {
    expect([truthOf(isLei('14'), { '14': LEI }), truthOf(isLei('14'), { '14': 'x' })]).toEqual([TRUE, FALSE]);
    expect(truthOf(isLei('14'))).toBe(MOOT);
    expect(truthOf(isMidnight('30'), { '30': '2026-11-20T00:00:00Z' })).toBe(TRUE);
    expect(truthOf(isMidnight('30'), { '30': '2026-11-20T00:00:01Z' })).toBe(FALSE);
    expect(truthOf(isMidnight('30'), { '30': '2026-11-20' })).toBe(MOOT);
  });

  it.each([
    [startsWithLei('13'), LEI, TRUE],
    [startsWithLei('13'), `${LEI}CLIENT7`, TRUE],
    [startsWithLei('13'), 'CLIENT7', FALSE],
    // The format says what is wrong with these.
    [startsWithLei('13'), withWrongLastDigit(LEI), MOOT],
    [startsWithLei('13'), 'A PERSON', MOOT],
    [isUpi('87'), 'QZ8C74WSCNR8', TRUE],
    [isUpi('87'), 'IRSWAPUSD001', FALSE],
    [isUpi('87'), 'qz8C74WSCNR8', MOOT],
    [isUpi('87'), 'QZ8C74WSCNR9', MOOT],
    [isCurrencyPair('77'), 'EUR/USD', TRUE],
    [isCurrencyPair('77'), 'EUR', FALSE],
    [isCurrencyPair('77'), 'EUR/', MOOT],
  ])('%j on %s', (condition, value, truth) => {
    const element = 'element' in condition ? condition.element : '';
    expect(truthOf(condition, { [element]: value })).toBe(truth);
    expect(truthOf(condition, { [element]: '' })).toBe(MOOT);
  });

  const yes = filled('31');
  const no = not(yes);
  const unknown = product('instrumentType', 'Option');
  const moot = is('15', 'LEID');
  it.each([
    ['all', all(yes, unknown), UNDETERMINED],
    ['all', all(no, unknown), FALSE],
    ['all', all(unknown, no, moot), FALSE],
    ['all', all(unknown, moot, yes), MOOT],
    ['any', any(no, unknown), UNDETERMINED],
    ['any', any(unknown, moot, yes), TRUE],
    ['any', any(moot, unknown, no), MOOT],
    ['not', not(unknown), UNDETERMINED],
    ['not', not(moot), MOOT],
    ['all', all(), TRUE],
    ['any', any(), FALSE],
  ])('joined by "%s" is decided as far as it can be', (_how, condition, truth) => {
    const record = { '31': '1', '15': '?' };

    expect(truthOf(condition, record)).toBe(truth);
    // What the records of a plan share is worked out beforehand, with the same result.
    const valueOf = (element: string) => (element === '31' ? '1' : element === '15' ? null : undefined);
    expect(compileCondition(condition, { ...UNSHARED, valueOf, columnsOf: () => [] })).toBe(truth);
  });

  it('asks for the product of each record where a plan does not know it', () => {
    let type: string | null = null;
    const compiled = compileCondition(unknown, {
      ...UNSHARED,
      columnsOf: () => [],
      product: () => () => type,
    });
    const truths = [null, 'Option', 'Swap'].map((one) => {
      type = one;
      return typeof compiled === 'function' && compiled([]);
    });

    expect(truths).toEqual([UNDETERMINED, TRUE, FALSE]);
  });
});
