import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeUtf8 } from '../../../domain/csv/decode.ts';
import { statusOfLei } from '../../../domain/cftc/lei-register.ts';
import type { RegisterReader, RegisterReading } from '../../../domain/cftc/register-files.ts';
import { createLeiReader, createMicReader, createUpiReader } from '../../../domain/cftc/register-readers.ts';

const LEI = '5493001KJTIIGC8Y1R12';
const UPI = 'QZTNSWP00019';

function readAll<Register>(reader: RegisterReader<Register>, ...chunks: string[]): RegisterReading<Register> {
  for (const chunk of chunks) reader.push(chunk);
  return reader.end();
}

function take<Register>(reading: RegisterReading<Register>): Register {
  if (!('register' in reading)) throw new Error(JSON.stringify(reading.problems));
  return reading.register;
}

const firstProblem = (reading: RegisterReading<unknown>): unknown =>
  'problems' in reading ? reading.problems[0] : null;

const productOf = (header: string, row: string): unknown =>
  take(readAll(createUpiReader(), `${header}\n${row}\n`)).entries.get(UPI);

describe('upi.csv', () => {
  test('gives the attributes of its columns', () => {
    const header = 'UPI,Asset Class,Instrument Type,Underlier Type,Delivery Type,Notional Schedule';
    expect(productOf(header, `${UPI},Rates,Swap,Fixed - Fixed,Physical,Constant`)).toEqual({
      assetClass: 'IR',
      instrumentType: 'Swap',
      underlierType: 'Fixed - Fixed',
      deliveryType: 'PHYS',
      notionalSchedule: 'Constant',
    });
  });

  test('gives what use case, CFI and FISN say where the columns are blank, in this order', () => {
    const header = 'FISN,CFI,UseCase,InstrumentType,AssetClass,UPI';
    expect(productOf(header, `NA/O Call OIS USD,SRCCSP,Fixed_Fixed,Swap,Rates,${UPI}`)).toEqual({
      assetClass: 'IR',
      instrumentType: 'Swap',
      underlierType: 'Fixed - Fixed',
      deliveryType: 'PHYS',
      notionalSchedule: null,
    });
    expect(productOf(header, `NA/Swap OIS USD,,,,,${UPI}`)).toMatchObject({
      assetClass: 'IR',
      underlierType: 'Overnight Index Swap (OIS)',
    });
  });

  test('leaves products of the provider\'s class "Other" undetermined', () => {
    expect(productOf('UPI,Asset Class,Instrument Type', `${UPI},Other,Other`)).toMatchObject({
      assetClass: null,
      instrumentType: null,
    });
  });

  test.each([
    ['no UPI column', 'Asset Class\nRates', { line: 1, field: 'UPI', value: '', fault: 'missing-column' }],
    ['a column twice', 'UPI,upi\n', { line: 1, field: 'upi', value: 'upi', fault: 'double-column' }],
    ['nothing in it', '', { line: 1, field: 'UPI', value: '', fault: 'missing-column' }],
    ['a blank UPI', 'UPI,CFI\n,SRCCSC', { line: 2, field: 'UPI', value: '', fault: 'blank' }],
    ['a wrong UPI', 'UPI\nQZTNSWP00018', { line: 2, field: 'UPI', value: 'QZTNSWP00018', fault: 'invalid' }],
    ['a UPI twice', `UPI\n${UPI}\n\n${UPI}`, { line: 4, field: 'UPI', value: UPI, fault: 'duplicate' }],
    ['too many fields', `UPI\n${UPI},x`, { line: 2, field: '', value: `${UPI},x`, fault: 'structure' }],
    ['an open quote', `UPI\n"${UPI}`, { line: 2, field: '', value: `"${UPI}`, fault: 'structure' }],
    [
      'an unknown word',
      `UPI,DeliveryType\n${UPI},Sometimes`,
      { line: 2, field: 'DeliveryType', value: 'Sometimes', fault: 'unknown' },
    ],
    ['a wrong CFI', `UPI,CFI\n${UPI},sr`, { line: 2, field: 'CFI', value: 'sr', fault: 'invalid' }],
    [
      'a delivery that its template does not have',
      `UPI,Asset Class,Instrument Type,Use Case,Delivery Type\n${UPI},Rates,Swap,Fixed_Float,OPTL`,
      { line: 2, field: 'Delivery Type', value: 'OPTL', fault: 'contradiction' },
    ],
    [
      'an underlier that its template does not have',
      `UPI,Asset Class,Instrument Type,Use Case,Underlier Type\n${UPI},Rates,Swap,Fixed_Float,Index Tranche`,
      { line: 2, field: 'Underlier Type', value: 'Index Tranche', fault: 'contradiction' },
    ],
  ])('with %s is not taken', (_, text, problem) => {
    expect(firstProblem(readAll(createUpiReader(), text))).toEqual(problem);
  });

  test('names no more than twenty problems, with their values cut short', () => {
    const reading = readAll(createUpiReader(), `UPI\n${`${'x'.repeat(500)}\n`.repeat(1000)}`);
    const problems = 'problems' in reading ? reading.problems : [];
    expect(problems).toHaveLength(20);
    expect(problems[0].value).toHaveLength(60);
  });
});

describe('lei.csv', () => {
  const text = encodeUtf8(`\ufeffLEI,Name,Registration Status\r\n${LEI},"Müller, Söhne",ISSUED\r\n`);

  test('gives the status of its LEIs, whatever the names are', () => {
    expect(statusOfLei(take(readAll(createLeiReader(), text)), LEI)).toBe('ISSUED');
  });

  test('is read the same however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const places = [0, ...cuts.sort((one, other) => one - other), text.length];
        const chunks = places.slice(1).map((end, at) => text.slice(places[at], end));
        expect(statusOfLei(take(readAll(createLeiReader(), ...chunks)), LEI)).toBe('ISSUED');
      }),
    );
  });

  test.each([
    ['LEI\n', 'Status', 'missing-column'],
    [`LEI,Status\n${LEI},`, 'Status', 'blank'],
    [`LEI,Status\n${LEI},fine`, 'Status', 'unknown'],
    ['LEI,Status\n5493001KJTIIGC8Y1R13,ISSUED', 'LEI', 'invalid'],
    [`LEI,Status\n${LEI},ISSUED\n${LEI},LAPSED`, 'LEI', 'duplicate'],
  ])('is not taken: %j', (wrong, field, fault) => {
    expect(firstProblem(readAll(createLeiReader(), wrong))).toMatchObject({ field, fault });
  });
});

describe('mic.csv', () => {
  test('gives operating market and day of expiry, in either way of writing days', () => {
    const { entries, isComplete } = take(
      readAll(
        createMicReader(),
        'MIC,OPERATING MIC,STATUS,EXPIRY DATE\nTWSF,TRAD,ACTIVE,\nXOLD,,EXPIRED,20200131\nXOTH,XOLD,expired,2020-01-31\n',
      ),
    );
    expect(isComplete).toBe(true);
    expect([...entries]).toEqual([
      ['TWSF', { operating: 'TRAD', expires: null }],
      ['XOLD', { operating: 'XOLD', expires: '2020-01-31' }],
      ['XOTH', { operating: 'XOLD', expires: '2020-01-31' }],
    ]);
  });

  test.each([
    ['MIC\nxnys', 'MIC', 'invalid'],
    ['MIC\nXNYS\nXNYS', 'MIC', 'duplicate'],
    ['MIC,Status\nXNYS,ASLEEP', 'Status', 'unknown'],
    ['MIC,Expiry Date\nXNYS,20200230', 'Expiry Date', 'invalid'],
    ['MIC,Operating MIC\nXNYS,NYSE1', 'Operating MIC', 'invalid'],
  ])('is not taken: %j', (wrong, field, fault) => {
    expect(firstProblem(readAll(createMicReader(), wrong))).toMatchObject({
      line: expect.any(Number),
      field,
      fault,
    });
  });
});

test('no bytes make a reader of registers throw', () => {
  const bytes = fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 200 });
  fc.assert(
    fc.property(bytes, fc.constantFrom('', 'UPI\n', 'LEI,Status\n', 'MIC\n'), (junk, header) => {
      for (const make of [createUpiReader, createLeiReader, createMicReader]) {
        const reading = readAll<unknown>(make(), header + junk);
        expect('register' in reading || reading.problems.length > 0).toBe(true);
      }
    }),
  );
});
