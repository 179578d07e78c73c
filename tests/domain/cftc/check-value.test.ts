import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createValueCheck, type Dialect } from '../../../domain/cftc/check-value.ts';
import { elementByNumber, ELEMENTS, type Element } from '../../../domain/cftc/elements.ts';
import { RULES } from '../../../domain/cftc/rules.ts';

const LEI = '5493001KJTIIGC8Y1R12';
const MISTYPED_LEI = '5493001KJTIIGC8Y1R13';
const UTI = `${LEI}TRADE1`;

const element = (number: string): Element => elementByNumber.get(number)!;

/** The rule that a value of an element breaks, null when none. */
function broken(
  number: string,
  value: string,
  notation?: string,
  dialect: Dialect = 'submission',
): string | null {
  return createValueCheck(element(number), dialect)(value, notation)?.ruleId ?? null;
}

describe('amounts', () => {
  test.each([
    ['0', null],
    ['-0', null],
    ['00012', null],
    ['-1000000.50', null],
    ['1.123456789', null],
    ['99999999999999999999.99999', null],
    ['99999999999999999999.999995', null],
    ['12345678901234567890.12345', null],
    ['12345678901234567890123456', 'format.digits'],
    ['123456789012345678901.12345', 'format.digits'],
    ['9'.repeat(5000), 'format.digits'],
    [`0.${'0'.repeat(5000)}1`, null],
    ['12x', 'format.decimal'],
    ['1.', 'format.decimal'],
    ['.5', 'format.decimal'],
    ['1e5', 'format.decimal'],
    ['+5', 'format.decimal'],
    ['1,000', 'format.decimal'],
    ['470000000+', 'format.decimal'],
    [' 5', 'format.decimal'],
    ['', 'format.empty'],
  ])('#31 Notional amount %p breaks %p', (value, ruleId) => {
    expect(broken('31', value)).toBe(ruleId);
  });

  test('a value with too many digits is told how many it has and how many it may have', () => {
    const found = createValueCheck(element('31'), 'submission')('123456789012345678901.123456', undefined);
    expect(found).toEqual({
      ruleId: 'format.digits',
      severity: 'error',
      params: { digits: 25, decimals: 5, actual: 26 },
    });
  });

  test.each([
    ['36', '0', 'format.range'],
    ['36', '-1', 'format.range'],
    ['36', '0.000004', 'format.range'],
    ['36', '0.000005', null],
    ['79', '-0.00', null],
    ['79', '-0.000004', null],
    ['79', '-0.01', 'format.range'],
    ['84', '0', null],
    ['84', '1', null],
    ['84', '01.000', null],
    ['84', '1.00000000004', null],
    ['84', '1.0000000001', 'format.range'],
    ['84', '2', 'format.range'],
    ['84', '-0.1', 'format.range'],
    ['42', '2.5', null],
    ['42', '999.5', 'format.digits'],
    ['42', '-1', 'format.range'],
  ])('#%s is judged after rounding: %s breaks %p', (number, value, ruleId) => {
    expect(broken(number, value)).toBe(ruleId);
  });

  test.each([
    ['31', '1,234,567.89', null],
    ['31', '-12,345', null],
    ['31', '470,000,000+', null],
    ['31', '132405004+', null],
    ['31', '12,34', 'format.decimal'],
    ['31', '99,999,999,999,999,999,999,999,999', 'format.digits'],
    ['79', '1,088,796.31529', null],
    ['79', '-1,000.123456', 'format.range'],
    ['79', '1,234.123456789+', null],
    ['84', '1+', null],
    ['47', '408,280,296', null],
  ])('#%s of a public file may be quoted: %s breaks %p', (number, value, ruleId) => {
    expect(broken(number, value, undefined, 'public')).toBe(ruleId);
  });
});

describe('prices and spreads', () => {
  test.each([
    ['99999.9999999999999', '1', null],
    ['99999.1234567891', '3', 'format.digits'],
    ['123456.1234567890123', '1', 'format.digits'],
    ['9.9999999999', '3', null],
    ['0.00123456789012', '3', null],
    ['103', '3', null],
    ['99999', '4', null],
    ['-99999', '4', null],
    ['3.000', '4', null],
    ['3.5', '4', 'format.integer'],
    ['123456', '4', 'format.digits'],
  ])('#73 Spread %s with notation %s breaks %p', (value, notation, ruleId) => {
    expect(broken('73', value, notation)).toBe(ruleId);
  });

  test.each([
    ['99999.9999999999999', null],
    ['3.5', null],
    ['123456.0000000000001', null],
    ['1234567.1234567890123', 'format.digits'],
    ['x', 'format.decimal'],
  ])('without a notation #73 Spread %s may have any of the formats: breaks %p', (value, ruleId) => {
    for (const notation of [undefined, '', '9', 'constructor'])
      expect(broken('73', value, notation)).toBe(ruleId);
  });

  test('a price has no format in basis points', () => {
    expect(broken('69', '3.5', '4')).toBeNull();
    expect(broken('69', '3.5', '3')).toBeNull();
  });
});

describe('Num(p,s) at its limits', () => {
  const formats = ELEMENTS.filter(({ allowed }) => allowed === null).flatMap(({ number, format }) =>
    format.kind === 'num' ? [{ number, format }] : [],
  );

  test('takes every number of so many digits and refuses one digit more', () => {
    fc.assert(
      fc.property(fc.constantFrom(...formats), fc.nat(), ({ number, format }, split) => {
        const fraction = split % (format.decimals + 1);
        const integer = format.digits - fraction;
        const tail = fraction === 0 ? '' : `.${'9'.repeat(fraction)}`;
        expect(broken(number, `-${'9'.repeat(integer)}${tail}`)).toBeNull();
        expect(broken(number, `${'9'.repeat(integer + 1)}${tail}`)).toBe('format.digits');
      }),
    );
  });
});

describe('booleans, codes, dates', () => {
  test.each([
    ['25', 'True', null],
    ['25', 'TRUE', null],
    ['25', 'false', null],
    ['25', 'tRUE', 'format.boolean'],
    ['25', 'Y', 'format.boolean'],
    ['25', '1', 'format.boolean'],
    ['26', 'NEWT', null],
    ['26', 'newt', 'code.spelling'],
    ['26', 'NEWT ', 'code.spelling'],
    ['26', 'PORT', 'code.unknown'],
    ['26', 'constructor', 'code.unknown'],
    ['27', 'PTNG', null],
    ['53', 'A020', null],
    ['53', 'A021', 'code.unknown'],
    ['75', '4', null],
    ['71', '4', 'code.unknown'],
    ['94', '2024-02-29', null],
    ['94', '2026-02-29', 'format.date'],
    ['94', '2026-13-01', 'format.date'],
    ['94', '2026-11-20T00:00:00Z', 'format.date'],
    ['96', '2026-11-20T14:05:00Z', null],
    ['96', '2026-11-20', 'format.timestamp'],
    ['96', '2026-11-20T14:05:60Z', 'format.timestamp'],
    ['113', '2026-11-20', null],
    ['113', '2026-11-20T14:05:00Z', null],
    ['113', '2026-11-20T14:05', 'format.date-or-timestamp'],
    ['90', 'HK', null],
    ['90', 'hk', 'code.spelling'],
    ['90', 'UK', 'code.country'],
  ])('#%s %p breaks %p', (number, value, ruleId) => {
    expect(broken(number, value)).toBe(ruleId);
    expect(broken(number, value, undefined, 'public')).toBe(ruleId);
  });

  test.each([
    ['94', '2026-02-30', 'calendar'],
    ['94', '20261120', 'shape'],
    ['96', '2026-11-20T25:00:00Z', 'calendar'],
    ['96', '2026-11-20T14:05:00.000Z', 'shape'],
    ['113', '2026-02-30', 'calendar'],
    ['113', '2026-02-30T00:00:00Z', 'calendar'],
    ['113', 'today', 'shape'],
  ])('#%s %s: what is wrong is the %3$s', (number, value, problem) => {
    expect(createValueCheck(element(number), 'submission')(value, undefined)?.params).toEqual({ problem });
  });

  test('an unknown code is told the known ones', () => {
    const found = createValueCheck(element('1'), 'submission')('X', undefined);
    expect(found?.params).toEqual({ allowed: 'Y, N, I' });
  });
});

describe('currencies', () => {
  test.each([
    ['32', 'USD', null],
    ['32', 'usd', 'code.spelling'],
    ['32', 'USDX', 'code.currency'],
    ['32', 'CNH', 'code.currency-cnh'],
    ['32', 'HRK', 'code.currency-withdrawn'],
    ['32', 'EUR/USD', 'code.currency'],
    ['66', 'EUR/USD', null],
    ['66', 'USD/EUR', null],
    ['66', 'EURUSD', 'format.currency-pair'],
    ['66', 'EUR', 'format.currency-pair'],
    ['66', 'EUR/XYZ', 'code.currency'],
    ['66', 'eur/USD', 'code.spelling'],
    ['66', 'USD/CNH', 'code.currency-cnh'],
    ['66', 'EUR/HRK', 'code.currency-withdrawn'],
    ['66', 'HRK/USD', 'code.currency-withdrawn'],
    ['66', 'HRK/XYZ', 'code.currency'],
    ['77', 'USD', null],
    ['77', 'EUR/USD', null],
    ['77', 'EUR/US', 'format.currency-pair'],
    ['77', 'XYZ', 'code.currency'],
  ])('#%s %s breaks %p', (number, value, ruleId) => {
    expect(broken(number, value)).toBe(ruleId);
  });

  test('a withdrawn code is a warning that says since when', () => {
    expect(createValueCheck(element('32'), 'submission')('BGN', undefined)).toEqual({
      ruleId: 'code.currency-withdrawn',
      severity: 'warning',
      params: { code: 'BGN', withdrawn: '2026-01' },
    });
  });
});

describe('identifiers', () => {
  test.each([
    ['22', LEI, null],
    ['22', MISTYPED_LEI, 'format.lei-check'],
    ['22', LEI.toLowerCase(), 'format.lei'],
    ['22', 'NOTAVAILABLE', 'format.lei'],
    ['9', 'NOTAVAILABLE', null],
    ['9', 'notavailable', 'format.lei'],
    ['13', LEI, null],
    ['13', MISTYPED_LEI, 'format.lei-check'],
    ['13', `${LEI}PERSON7`, null],
    ['14', 'A'.repeat(73), 'format.length'],
    ['14', 'J-1', 'format.alphanumeric'],
    ['103', UTI, null],
    ['103', UTI.toLowerCase(), 'format.uti-case'],
    ['103', `${LEI}-1`, 'format.alphanumeric'],
    ['103', LEI, 'format.uti'],
    ['103', LEI + 'A'.repeat(33), 'format.uti'],
    ['103', `${MISTYPED_LEI}TRADE1`, 'format.lei-prefix'],
    ['103', 'NOTAVAILABLE', 'format.uti'],
    ['8', 'NOTAVAILABLE', null],
    ['6', UTI, null],
    ['6', '', 'format.empty'],
    ['29', `${LEI}comp7`, null],
    ['29', LEI, 'format.event-identifier'],
    ['29', `${LEI.toLowerCase()}comp7`, 'format.lei-prefix'],
    ['102', '1031234567ABC', null],
    ['102', 'A'.repeat(43), 'format.length'],
    ['102', '103 123', 'format.alphanumeric'],
    ['7', 'NOTAVAILABLE', null],
    ['98', '360T', null],
    ['98', 'twsf', 'format.mic'],
    ['98', 'TWS', 'format.mic'],
    ['43', 'BBL', null],
    ['43', 'BARRL', 'format.length'],
    ['46', 'UNKNOWN', null],
    ['116', 'TRANSACTIONLEVEL', null],
    ['124', 'NOTAPPLICABLE', null],
  ])('#%s %s breaks %p', (number, value, ruleId) => {
    expect(broken(number, value)).toBe(ruleId);
  });

  test.each([
    ['QZHQMMR4V1JL', null, null],
    ['QZHQMMR4V1JM', 'format.upi-check', 'error'],
    ['QZHQMMR4V1J', 'format.upi', 'error'],
    ['QZHQMMR4V1JLL', 'format.upi', 'error'],
    ['QZAQMMR4V1JL', 'format.upi', 'error'],
    ['qzhqmmr4v1jl', 'format.upi', 'error'],
    ['CO:OIL:SWAP', 'format.upi-shape', 'warning'],
    ['ZQHQMMR4V1JL', 'format.upi-shape', 'warning'],
  ])(
    'what begins like a UPI must be one, other product identifiers pass: %s breaks %p',
    (value, ruleId, severity) => {
      const found = createValueCheck(element('87'), 'submission')(value, undefined);
      expect([found?.ruleId ?? null, found?.severity ?? null]).toEqual([ruleId, severity]);
    },
  );

  test('dissemination identifiers are text, however many digits they have', () => {
    expect(broken('D1', '5601260381000000101', undefined, 'public')).toBeNull();
    expect(broken('D2', '13095737', undefined, 'public')).toBeNull();
    expect(broken('D2', '5.60126E+18', undefined, 'public')).toBe('format.alphanumeric');
    expect(broken('D1', '1'.repeat(53), undefined, 'public')).toBe('format.length');
  });

  test('names of products may have any characters', () => {
    expect(broken('D4', 'NA/O Call Epn OIS USD', undefined, 'public')).toBeNull();
    expect(broken('D4', 'N'.repeat(36), undefined, 'public')).toBe('format.length');
    expect(broken('D5', 'CAD-CORRA vs USD-SOFR-OIS Compound', undefined, 'public')).toBeNull();
    expect(broken('D5', '', undefined, 'public')).toBe('format.empty');
  });
});

describe('every check', () => {
  const checks = ELEMENTS.flatMap((one) =>
    (['submission', 'public'] as const).map((dialect) => ({ one, check: createValueCheck(one, dialect) })),
  );

  test('accepts the placeholder of the notation that a value has, and no other', () => {
    expect(broken('73', '12.5', '4')).toBe('format.integer');
    expect(broken('50', '99999', '4')).toBeNull();
    expect(broken('50', '9.9999999999', '4')).toBe('format.integer');
    expect(broken('50', '99999.9999999999999', '4')).toBe('format.integer');
    expect(broken('50', '9.9999999999', '3')).toBeNull();
  });

  test('takes zeros that mean nothing, but not without end', () => {
    expect(broken('31', `${'0'.repeat(50)}5`)).toBeNull();
    expect(broken('31', `${'0'.repeat(5_000_000)}5`)).toBe('format.digits');
    expect(broken('31', `5.${'0'.repeat(10_000)}`)).toBe('format.digits');
  });

  test('accepts the placeholders of its element where the notation is not known', () => {
    for (const { one, check } of checks) {
      for (const placeholder of one.placeholders) expect(check(placeholder, undefined)).toBeNull();
    }
  });

  test('accepts every code of its element', () => {
    for (const { one, check } of checks) {
      if (one.allowed?.kind !== 'codes') continue;
      for (const code of one.allowed.codes) expect(check(code, undefined)).toBeNull();
    }
  });

  test('finds an empty member of a list', () => {
    for (const { check } of checks) expect(check('', undefined)?.ruleId).toBe('format.empty');
  });

  test('takes any text without failing and reports by the table of rules', () => {
    const values = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('True', '1', LEI, '1e5'),
    );
    fc.assert(
      fc.property(fc.constantFrom(...checks), values, values, ({ check }, value, notation) => {
        const found = check(value, notation);
        if (found === null) return;
        expect(found.severity).toBe(RULES[found.ruleId].severity);
        expect(Object.keys(found.params).sort()).toEqual([...RULES[found.ruleId].params].sort());
      }),
      { numRuns: 3000 },
    );
  });
});
