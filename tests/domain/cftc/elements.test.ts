import { describe, expect, test } from '@jest/globals';
import {
  elementByKey,
  elementByNumber,
  ELEMENTS,
  RULE_SET_VERSION,
  SPECIFICATION_VERSION,
  type Element,
} from '../../../domain/cftc/elements.ts';

const byNumber = (number: string): Element => elementByNumber.get(number)!;
const numbers = (chosen: (element: Element) => boolean): string[] =>
  ELEMENTS.filter(chosen).map(({ number }) => number);
const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

describe('the element table', () => {
  test('has the 128 numbered elements in order and the five of dissemination', () => {
    expect(ELEMENTS.map(({ number }) => number)).toEqual([...range(1, 128), 'D1', 'D2', 'D3', 'D4', 'D5']);
  });

  test('has unique keys, names and column names', () => {
    const names = ELEMENTS.flatMap((element) => [element.name, ...element.columnNames]);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
    expect(elementByKey.size).toBe(ELEMENTS.length);
    expect(elementByNumber.size).toBe(ELEMENTS.length);
  });

  test('has keys that are camel case and as good as a column name', () => {
    for (const { key } of ELEMENTS) expect(key).toMatch(/^[a-z][A-Za-z0-9]*$/);
  });

  test('has no name with blanks around it', () => {
    for (const { name } of ELEMENTS) expect(name).toBe(name.trim());
  });

  test('finds elements by key and by number', () => {
    expect(elementByKey.get('notionalAmount')).toBe(byNumber('31'));
    expect(byNumber('D1').key).toBe('disseminationIdentifier');
    expect(elementByKey.get('constructor')).toBeUndefined();
  });

  test('names its versions', () => {
    expect(SPECIFICATION_VERSION).toBe('3.2');
    expect(RULE_SET_VERSION).toMatch(/^cftc-3\.2\.\d+$/);
  });
});

describe('formats and allowed values', () => {
  test.each([
    ['31', { kind: 'num', digits: 25, decimals: 5, whole: false }],
    ['42', { kind: 'num', digits: 3, decimals: 0, whole: false }],
    ['65', { kind: 'num', digits: 18, decimals: 13, whole: false }],
    ['67', { kind: 'num', digits: 11, decimals: 10, whole: false }],
    ['13', { kind: 'party' }],
    ['22', { kind: 'lei' }],
    ['29', { kind: 'eventIdentifier' }],
    ['43', { kind: 'varchar', max: 4 }],
    ['46', { kind: 'varchar', max: 100 }],
    ['66', { kind: 'currencyPair' }],
    ['77', { kind: 'currencyOrPair' }],
    ['87', { kind: 'upi' }],
    ['90', { kind: 'country' }],
    ['98', { kind: 'mic' }],
    ['102', { kind: 'usi' }],
    ['103', { kind: 'uti' }],
    ['113', { kind: 'dateOrTimestamp' }],
    ['D3', { kind: 'timestamp' }],
    ['D4', { kind: 'text', max: 35 }],
    ['D5', { kind: 'text', max: null }],
  ])('#%s has its format', (number, format) => {
    expect(byNumber(number).format).toEqual(format);
  });

  test.each([
    ['47', '49', ['1', '3']],
    ['50', '52', ['1', '3', '4']],
    ['69', '71', ['1', '3']],
    ['73', '75', ['1', '3', '4']],
    ['76', '78', ['1', '3']],
  ])('#%s is read by the notation #%s, which allows exactly its formats', (number, notation, codes) => {
    const { format } = byNumber(number);
    if (format.kind !== 'notated') throw new Error(`#${number} has no notation`);
    expect(elementByKey.get(format.notation)).toBe(byNumber(notation));
    expect(Object.keys(format.byNotation)).toEqual(codes);
    expect(byNumber(notation).allowed).toEqual({ kind: 'codes', codes });
    expect(byNumber(notation).legs).toBe(byNumber(number).legs);
  });

  test.each([
    ['1', 'Y N I'],
    ['15', 'LEID NPID PLID'],
    ['26', 'NEWT MODI CORR EROR TERM REVI PRTO VALU MARU'],
    ['27', 'TRAD NOVA COMP ETRM CLRG EXER ALOC CLAL CREV PTNG CORP UPDT'],
    ['57', 'UFRO UWIN PEXH'],
    ['115', 'UNCL PRC1 PRC2 PRCL OWC1 OWC2 OWP1 OWP2 FLCL'],
  ])('#%s allows its codes', (number, codes) => {
    expect(byNumber(number).allowed).toEqual({ kind: 'codes', codes: codes.split(' ') });
  });

  test('every code element has a list of codes without repetition, and no other element has one', () => {
    for (const { format, allowed } of ELEMENTS) {
      expect(format.kind === 'code').toBe(allowed?.kind === 'codes');
      if (allowed?.kind === 'codes') expect(new Set(allowed.codes).size).toBe(allowed.codes.length);
    }
  });

  test('day counts are A001 to A020 and NARR', () => {
    const { allowed } = byNumber('53');
    expect(allowed).toMatchObject({
      codes: [...range(1001, 1020).map((code) => `A${code.slice(1)}`), 'NARR'],
    });
  });

  test('ranges are those of the specification', () => {
    const within =
      (wanted: string) =>
      ({ allowed }: Element) =>
        allowed?.kind === 'range' && allowed.range === wanted;
    expect(numbers(within('>0'))).toEqual(['36', '38', '65']);
    expect(numbers(within('0..1'))).toEqual(['83', '84', '85']);
    expect(numbers(within('>=0'))).toEqual([
      '33',
      '40',
      '42',
      '44',
      '56',
      '58',
      '64',
      '79',
      '118',
      '119',
      '121',
      '122',
      '125',
      '127',
    ]);
  });

  test('placeholders stand where the specification allows them', () => {
    expect(numbers(({ placeholders }) => placeholders.length > 0)).toEqual([
      '7',
      '8',
      '9',
      '31',
      '44',
      '46',
      '47',
      '50',
      '116',
      '124',
    ]);
    expect(byNumber('50').placeholders).toEqual(['99999.9999999999999', '9.9999999999', '99999']);
  });
});

describe('columns and reports', () => {
  test('three elements come per leg and per stream', () => {
    expect(numbers(({ streams }) => streams)).toEqual(['53', '63', '64']);
    for (const element of ELEMENTS) if (element.streams) expect(element.legs).toBe(true);
  });

  test('elements per leg are those of the specification', () => {
    expect(numbers(({ legs }) => legs)).toEqual(
      ['20', '21', '31', '32', '33', '34', '35', '40', '41', '42', '43', '44', '53', '54', '55', '56'].concat(
        ['63', '64', '67', '73', '74', '75', '89', '106', '107', '108'],
      ),
    );
  });

  test('what repeats, repeats alone or in its set', () => {
    const inSet = (set: string | null) => numbers((element) => element.repeatable && element.set === set);
    expect(inSet(null)).toEqual(['5', '6', '11', '12', '104']);
    expect(inSet('otherPayment')).toEqual(range(57, 62));
    expect(inSet('notionalSchedule')).toEqual(range(33, 35));
    expect(numbers(({ set, repeatable }) => set !== null && !repeatable)).toEqual([]);
  });

  test('the notional schedule has column names of its own', () => {
    expect(byNumber('33').columnNames).toContain('Notional amount in effect on associated effective date');
    expect(byNumber('34').columnNames).toContain('Effective date of the notional amount');
    expect(byNumber('35').columnNames).toContain('End date of the notional amount');
  });

  test('parties and transaction identifiers are never shown to the public', () => {
    for (const number of ['4', '13', '14', '18', '20', '22', '61', '97', '102', '103']) {
      expect(byNumber(number).disseminated).toBe(false);
    }
  });

  test('reports are told apart by the flags', () => {
    const counts = (flag: 'part43' | 'part45' | 'endOfDay' | 'disseminated') =>
      ELEMENTS.filter((element) => element[flag]).length;
    expect([counts('part43'), counts('part45'), counts('endOfDay'), counts('disseminated')]).toEqual([
      76, 128, 33, 69,
    ]);
  });
});
