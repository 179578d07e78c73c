import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BUILT_IN_REGISTERS } from '../../../domain/cftc/built-in-registers.ts';
import { isCfi, readCfi } from '../../../domain/cftc/cfi.ts';
import { isMic, isUpi, leiCheckDigits } from '../../../domain/cftc/identifiers.ts';
import { createLeiList, LEI_STATUSES, statusOfLei } from '../../../domain/cftc/lei-register.ts';
import { readUnderlierType } from '../../../domain/cftc/product-attributes.ts';
import { PRODUCT_TEMPLATES } from '../../../domain/cftc/product-templates.ts';
import {
  checkLeiRegister,
  checkMicRegister,
  checkUpiRegister,
  findUncheckedRules,
  type Registers,
} from '../../../domain/cftc/registers.ts';

const LEI = '5493001KJTIIGC8Y1R12';
const LAPSED = '529900T8BM49AURSDO55';
const UPI = 'QZTNSWP00019';

const leiOf = (first18: string): string => first18 + leiCheckDigits(first18);
const leis = fc.stringMatching(/^[0-9A-Z]{18}$/).map(leiOf);

const list = createLeiList();
list.add(LEI, 'ISSUED');
list.add(LAPSED, 'LAPSED');
const REGISTERS: Registers = {
  upi: { entries: BUILT_IN_REGISTERS.upi!.entries, isComplete: true },
  lei: list.end(),
  mic: { entries: new Map([['XNYS', { operating: 'XNYS', expires: null }]]), isComplete: true },
  version: 'test',
};

describe('a complete register', () => {
  test('says what it does not have', () => {
    expect(checkMicRegister('XNAS', REGISTERS)).toMatchObject({
      ruleId: 'format.mic-unknown',
      severity: 'warning',
    });
    expect(checkUpiRegister('QZHQMMR4V1JL', REGISTERS)).toMatchObject({ ruleId: 'format.upi-unknown' });
    expect(checkLeiRegister(leiOf('0'.repeat(18)), REGISTERS)).toMatchObject({
      ruleId: 'format.lei-unknown',
    });
    expect(findUncheckedRules(REGISTERS)).toEqual([]);
  });

  test('says nothing of what it has', () => {
    expect(checkMicRegister('XNYS', REGISTERS)).toBeNull();
    expect(checkUpiRegister(UPI, REGISTERS)).toBeNull();
    expect(checkLeiRegister(LEI, REGISTERS)).toBeNull();
  });

  test('says the status of an LEI that nobody looks after', () => {
    expect(checkLeiRegister(LAPSED, REGISTERS)).toEqual({
      ruleId: 'format.lei-lapsed',
      severity: 'warning',
      params: { status: 'LAPSED' },
    });
  });

  test.each(['', 'xnys', 'XNYS1', '\0', 'Ä', 'QZ', '5493001KJTIIGC8Y1R13', 'x'.repeat(1e6)])(
    'leaves what is no code to the checks of formats',
    (value) => {
      for (const check of [checkMicRegister, checkUpiRegister, checkLeiRegister])
        expect(check(value, REGISTERS)).toBeNull();
    },
  );
});

describe('the built-in registers', () => {
  test('never say that a code does not exist, and say that they do not', () => {
    expect(checkMicRegister('ZZZZ', BUILT_IN_REGISTERS)).toBeNull();
    expect(checkUpiRegister('QZHQMMR4V1JL', BUILT_IN_REGISTERS)).toBeNull();
    expect(checkLeiRegister(LEI, BUILT_IN_REGISTERS)).toBeNull();
    expect(findUncheckedRules(BUILT_IN_REGISTERS)).toHaveLength(4);
  });

  test('have well-formed codes alone', () => {
    const { upi, mic } = BUILT_IN_REGISTERS;
    expect([...upi!.entries.keys()].filter((code) => !isUpi(code))).toEqual([]);
    expect([...mic!.entries.keys()].filter((code) => !isMic(code))).toEqual([]);
    expect(mic!.entries.has('XOFF') && mic!.entries.has('XXXX') && mic!.entries.has('BILT')).toBe(true);
  });

  test('have products that a template allows', () => {
    for (const { assetClass, instrumentType, underlierType } of BUILT_IN_REGISTERS.upi!.entries.values()) {
      const templates = PRODUCT_TEMPLATES.filter(
        (one) => one.assetClass === assetClass && one.instrumentType === instrumentType,
      );
      expect(templates.flatMap(({ underlierTypes }) => underlierTypes).map(readUnderlierType)).toContain(
        underlierType,
      );
    }
  });

  test('can be sent to a thread', () => {
    expect(structuredClone(BUILT_IN_REGISTERS)).toEqual(BUILT_IN_REGISTERS);
  });
});

describe('a list of LEIs', () => {
  test('knows those that were added by their status, and no others', () => {
    const statuses = fc.constantFrom(...LEI_STATUSES);
    fc.assert(
      fc.property(fc.array(fc.tuple(leis, statuses), { maxLength: 200 }), leis, (added, other) => {
        const filled = createLeiList(4);
        const expected = new Map<string, string>();
        for (const [lei, status] of added) {
          expect(filled.add(lei, status)).toBe(!expected.has(lei));
          if (!expected.has(lei)) expected.set(lei, status);
        }
        const register = filled.end();
        expect(register.size).toBe(expected.size);
        for (const [lei, status] of expected) expect(statusOfLei(register, lei)).toBe(status);
        expect(statusOfLei(register, other)).toBe(expected.get(other) ?? null);
      }),
    );
  });

  test('takes at most 33 bytes for an LEI, however many there are', () => {
    const filled = createLeiList();
    const count = 20_000;
    for (let at = 0; at < count; at += 1) filled.add(leiOf(`TAIN${String(at).padStart(14, '0')}`), 'ISSUED');
    const { high, middle, low, status, size } = filled.end();
    const bytes = high.byteLength + middle.byteLength + low.byteLength + status.byteLength;
    expect(size).toBe(count);
    expect(bytes / count).toBeLessThan(33);
  });

  test('is empty when nothing was added', () => {
    expect(statusOfLei(createLeiList().end(), LEI)).toBeNull();
  });
});

describe('a CFI', () => {
  test.each([
    ['SRCCSC', 'IR', 'Swap', 'CASH'],
    ['JFTXFP', 'FX', 'Forward', 'PHYS'],
    ['HCAVFE', 'CR', 'Option', 'OPTL'],
    ['SMMXXA', null, 'Swap', null],
    ['FFDCSX', null, null, null],
    ['srccsc', null, null, null],
    ['SRCCS', null, null, null],
  ])('%s is read', (cfi, assetClass, instrumentType, deliveryType) => {
    expect(readCfi(cfi)).toMatchObject({ assetClass, instrumentType, deliveryType });
  });

  test('is six capital letters', () => {
    expect(['SRCCSC', 'SRCCS', 'SRCCSC1', 'SRCCS1', ''].map(isCfi)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
