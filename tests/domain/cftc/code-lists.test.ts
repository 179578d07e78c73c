import { describe, expect, test } from '@jest/globals';
import { COUNTRIES } from '../../../domain/cftc/countries.ts';
import { checkCurrencyOn } from '../../../domain/cftc/check-value.ts';
import { ACTIVE_CURRENCIES, wasInForce, WITHDRAWN_CURRENCIES } from '../../../domain/cftc/currencies.ts';

describe('currencies', () => {
  test('there are 178 active and 129 withdrawn ones, all of three capital letters', () => {
    expect(ACTIVE_CURRENCIES.size).toBe(178);
    expect(WITHDRAWN_CURRENCIES.size).toBe(129);
    for (const code of [...ACTIVE_CURRENCIES, ...WITHDRAWN_CURRENCIES.keys()])
      expect(code).toMatch(/^[A-Z]{3}$/);
  });

  test('none is both active and withdrawn', () => {
    expect([...WITHDRAWN_CURRENCIES.keys()].filter((code) => ACTIVE_CURRENCIES.has(code))).toEqual([]);
  });

  test('every withdrawal has a month, or a year where no month is known', () => {
    for (const withdrawn of WITHDRAWN_CURRENCIES.values()) {
      expect(withdrawn).toMatch(/^(19[78]|199|20[0-2])\d(-(0[1-9]|1[0-2]))?$/);
    }
  });

  test.each([
    ['BGN', '2026-01'],
    ['ANG', '2025-03'],
    ['ZWL', '2024-09'],
    ['SLL', '2023-12'],
    ['HRK', '2023-01'],
    ['DEM', '2002-03'],
    ['ROK', '1990'],
  ])('%s was withdrawn in %s', (code, withdrawn) => {
    expect(WITHDRAWN_CURRENCIES.get(code)).toBe(withdrawn);
  });

  test.each(['USD', 'EUR', 'CNY', 'XCG', 'ZWG', 'SLE', 'VES', 'CLF', 'XAU', 'XXX'])(
    '%s is active',
    (code) => {
      expect(ACTIVE_CURRENCIES.has(code)).toBe(true);
    },
  );

  test.each([
    ['HRK', '2022-12-31', true],
    ['HRK', '2023-01-15', null],
    ['HRK', '2023-02-01T00:00:00Z', false],
    ['ROK', '1989-12-31', true],
    ['ROK', '1990-06-01', null],
    ['ROK', '1991-01-01', false],
    ['USD', '9999-12-31', true],
    ['USD', '2023-02-29', null],
    ['HRK', '', null],
    ['CNH', '2023-01-01', null],
    ['hrk', '2023-02-01', null],
  ])('%s in force on %s: %s', (code, date, answer) => {
    expect(wasInForce(code, date)).toBe(answer);
  });

  test('one that was withdrawn before the swap is an error, one withdrawn later is not', () => {
    expect(checkCurrencyOn('BGN', '2026-02-01T10:00:00Z')).toEqual({
      ruleId: 'code.currency-expired',
      severity: 'error',
      params: { code: 'BGN', withdrawn: '2026-01', date: '2026-02-01' },
    });
    for (const date of ['2026-01-31', '2025-12-31', '', 'soon'])
      expect(checkCurrencyOn('BGN', date)).toBeNull();
    expect(checkCurrencyOn('XQX', '2026-02-01')).toBeNull();
  });

  test('the offshore yuan is none', () => {
    expect(ACTIVE_CURRENCIES.has('CNH') || WITHDRAWN_CURRENCIES.has('CNH')).toBe(false);
  });
});

describe('countries', () => {
  test('there are 249 codes of two capital letters, each with a name of its own', () => {
    const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
    expect(COUNTRIES.size).toBe(249);
    for (const code of COUNTRIES) expect([code, names.of(code)]).not.toEqual([code, undefined]);
  });

  test.each(['UK', 'EU', 'XK', 'YU', 'AN', 'hk'])('%s is none', (code) => {
    expect(COUNTRIES.has(code)).toBe(false);
  });
});
