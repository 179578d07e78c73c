import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  hasUsiNamespace,
  findNonAlphanumeric,
  isEventIdentifier,
  isLei,
  isLeiShaped,
  isMic,
  isPartyIdentifier,
  isUpi,
  isUsi,
  isUti,
  leiCheckDigits,
  startsWithLei,
  upiCheckCharacter,
} from '../../../domain/cftc/identifiers.ts';

const DIGITS = '0123456789';
const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const UPI_ALPHABET = '0123456789BCDFGHJKLMNPQRSTVWXZ';
const LEI = '5493001KJTIIGC8Y1R12';

const from = (alphabet: string, minLength: number, maxLength = minLength): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength });
const leis = from(DIGITS + CAPITALS, 18).map((first18) => first18 + leiCheckDigits(first18));
const upis = from(UPI_ALPHABET, 9).map((nine) => `QZ${nine}${upiCheckCharacter(`QZ${nine}`)}`);

const replace = (text: string, at: number, character: string): string =>
  text.slice(0, at) + character + text.slice(at + 1);

/** ISO 7064 MOD 97-10 by its definition, on one big integer. */
const leiNumber = (text: string): bigint =>
  BigInt([...text].map((character) => parseInt(character, 36)).join(''));

describe('LEI', () => {
  test.each([LEI, '529900T8BM49AURSDO55'])('%s is right', (lei) => {
    expect(isLei(lei)).toBe(true);
    expect(leiCheckDigits(lei.slice(0, 18))).toBe(lei.slice(18));
  });

  test.each([
    '5493001KJTIIGC8Y1R13',
    '5493001KJTIIGC8Y1R1',
    '5493001KJTIIGC8Y1R122',
    '5493001kjtiigc8y1r12',
    '5493001KJTIIGC8Y1R1A',
    '5493001KJTIIGC8-1R12',
    '987654321ZZABCDEFG12',
    '',
  ])('"%s" is wrong', (lei) => {
    expect(isLei(lei)).toBe(false);
  });

  test('has the check digits that leave the remainder 1', () => {
    fc.assert(
      fc.property(leis, (lei) => {
        expect(isLei(lei)).toBe(true);
        expect(leiNumber(lei) % 97n).toBe(1n);
      }),
    );
  });

  test('never has the check digits 00, 01 and 99, though 00 leaves the right remainder where 97 does', () => {
    const twins = leis.filter((lei) => ['97', '98', '02'].includes(lei.slice(18)));
    const twin: Record<string, string> = { 97: '00', 98: '01', '02': '99' };
    fc.assert(
      fc.property(twins, (lei) => {
        const other = lei.slice(0, 18) + twin[lei.slice(18)];
        expect(leiNumber(other) % 97n).toBe(1n);
        expect(isLei(other)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  // A letter counts as two digits, so ISO 7064 promises nothing about a digit that becomes a letter.
  test('shows every digit mistaken for another digit and every letter mistaken for another letter', () => {
    fc.assert(
      fc.property(leis, fc.nat(19), fc.nat(25), (lei, at, choice) => {
        const alphabet = DIGITS.includes(lei[at]!) ? DIGITS : CAPITALS;
        const mistaken = alphabet[choice % alphabet.length]!;
        expect(isLei(replace(lei, at, mistaken))).toBe(mistaken === lei[at]);
      }),
      { numRuns: 2000 },
    );
  });

  test('shows every two neighbours of one kind that changed places', () => {
    fc.assert(
      fc.property(leis, fc.nat(18), (lei, at) => {
        const [left, right] = [lei[at]!, lei[at + 1]!];
        fc.pre(left !== right && DIGITS.includes(left) === DIGITS.includes(right));
        expect(isLei(replace(replace(lei, at, right), at + 1, left))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  test('has no check digits for anything but 18 digits and capital letters', () => {
    for (const text of ['', LEI, '5493001KJTIIGC8Y1r', '5493001KJTIIGC8Y1 ']) {
      expect(() => leiCheckDigits(text)).toThrow(RangeError);
    }
  });
});

describe('UPI', () => {
  test.each(['QZHQMMR4V1JL', 'QZ06GQ4C3H0M', 'QZXQ4R16245X', 'QZ346HS5CZ8C', 'QZF08M5TR8H3'])(
    '%s is right',
    (upi) => {
      expect(isUpi(upi)).toBe(true);
      expect(upiCheckCharacter(upi.slice(0, 11))).toBe(upi[11]);
    },
  );

  test.each([
    'QZHQMMR4V1JM',
    'QZHQMMR4V1J',
    'QZHQMMR4V1JLL',
    'qzhqmmr4v1jl',
    'QZAQMMR4V1JL',
    'ZQHQMMR4V1JL',
    '',
  ])('"%s" is wrong', (upi) => {
    expect(isUpi(upi)).toBe(false);
  });

  test('is right with its check character and with no other', () => {
    fc.assert(
      fc.property(upis, (upi) => {
        const right = [...UPI_ALPHABET].filter((character) => isUpi(replace(upi, 11, character)));
        expect(right).toEqual([upi[11]]);
      }),
    );
  });

  test('shows every single character that is mistaken for another', () => {
    fc.assert(
      fc.property(upis, fc.nat(11), fc.constantFrom(...UPI_ALPHABET), (upi, at, mistaken) => {
        expect(isUpi(replace(upi, at, mistaken))).toBe(mistaken === upi[at]);
      }),
      { numRuns: 2000 },
    );
  });

  test('has no check character for anything but 11 characters of its alphabet', () => {
    for (const text of ['', 'QZHQMMR4V1', 'QZHQMMR4V1A', 'QZHQMMR4V1é', 'QZHQMMR4V1JL']) {
      expect(() => upiCheckCharacter(text)).toThrow(RangeError);
    }
  });
});

describe('UTI and event identifier', () => {
  test('an LEI and 1 to 32 more characters are a UTI', () => {
    fc.assert(fc.property(leis, from(DIGITS + CAPITALS, 1, 32), (lei, rest) => isUti(lei + rest)));
  });

  test.each([LEI, LEI + 'A'.repeat(33), `${LEI}a`, `${LEI}-1`, '5493001KJTIIGC8Y1R13ABC', ''])(
    '"%s" is no UTI',
    (uti) => {
      expect(isUti(uti)).toBe(false);
    },
  );

  test('an event identifier may have small letters after its LEI', () => {
    expect(isEventIdentifier(`${LEI}event1`)).toBe(true);
    expect(isEventIdentifier(`${LEI.toLowerCase()}event1`)).toBe(false);
    expect(isEventIdentifier(LEI)).toBe(false);
    expect(isEventIdentifier(LEI + 'A'.repeat(33))).toBe(false);
  });

  test('only a right LEI in front is a right prefix', () => {
    expect(startsWithLei(`${LEI}#`)).toBe(true);
    expect(startsWithLei(LEI.slice(0, 19))).toBe(false);
    expect(startsWithLei(`X${LEI}`)).toBe(false);
  });
});

describe('USI, party and platform', () => {
  test.each([
    ['1031234567ABCdef', true],
    ['A'.repeat(42), true],
    ['A'.repeat(43), false],
    ['103-1', false],
    ['', false],
  ])('"%s" as a USI: %s', (text, right) => {
    expect(isUsi(text)).toBe(right);
  });

  test.each([
    [LEI, true],
    ['5493001KJTIIGC8Y1R13', false],
    ['5493001KJTIIGC8Y1R1', true],
    ['5493001kjtiigc8y1r13', true],
    [`${LEI}PERSON7`, true],
    ['A'.repeat(72), true],
    ['A'.repeat(73), false],
    ['AN ORDINARY NAME', false],
    ['', false],
  ])('"%s" as a party: %s', (text, right) => {
    expect(isPartyIdentifier(text)).toBe(right);
  });

  test.each([
    ['TWSF', true],
    ['360T', true],
    ['BILT', true],
    ['bilt', false],
    ['BIL', false],
    ['BILTX', false],
    ['BI-T', false],
  ])('"%s" as a platform: %s', (text, right) => {
    expect(isMic(text)).toBe(right);
  });

  test('finds the first character that is neither letter nor digit', () => {
    expect(findNonAlphanumeric('abcXYZ019')).toBe(-1);
    expect(findNonAlphanumeric('ab_c-')).toBe(2);
    expect(findNonAlphanumeric('é')).toBe(0);
  });

  test('only 18 capitals or digits and two digits are shaped like an LEI', () => {
    expect(isLeiShaped('987654321ZZABCDEFG12')).toBe(true);
    expect(isLeiShaped('987654321ZZABCDEFGA2')).toBe(false);
    expect(isLeiShaped('987654321zzabcdefg12')).toBe(false);
  });
});

describe('USI', () => {
  test.each([
    ['1031234567', false],
    ['1031234567A', true],
    ['', false],
  ])('"%s" has an identifier behind its namespace: %s', (usi, answer) => {
    expect(hasUsiNamespace(usi)).toBe(answer);
  });
});
