import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { AT, DEMO_COLUMNS } from '../../../demo/columns.ts';
import { DEMO_HEADER, generateDay, type DayRequest } from '../../../demo/day.ts';
import { BROKEN_RULES } from '../../../demo/mutations.ts';
import {
  CLEARING_HOUSES,
  CLEARING_MEMBERS,
  COUNTERPARTIES,
  FACILITIES,
  NATURAL_PERSONS,
  OUR_ENTITY,
  REPOSITORIES,
} from '../../../demo/parties.ts';
import { isLei, isPartyIdentifier, isUpi, isUti } from '../../../domain/cftc/identifiers.ts';
import { CONDITIONAL_RULES } from '../../../domain/cftc/conditional-rules.ts';
import { PROFILES } from '../../../domain/cftc/profiles.ts';
import { BUILT_IN_REGISTERS } from '../../../domain/cftc/built-in-registers.ts';
import { findUncheckedRules } from '../../../domain/cftc/registers.ts';
import { RULES } from '../../../domain/cftc/rules.ts';
import { splitFields } from '../../../domain/csv/fields.ts';
import { readDemoHeader } from './read-back.ts';

const DAY: DayRequest = { seed: 'tain', rows: 20_000, date: '2026-11-20' };

/** Pairs of action and event of the specification's appendix F. */
const ALLOWED_PAIRS: Readonly<Record<string, string>> = {
  NEWT: 'TRAD NOVA COMP CLRG EXER ALOC CLAL PTNG CORP UPDT',
  MODI: 'TRAD NOVA COMP EXER ALOC CREV CORP UPDT',
  TERM: 'NOVA COMP ETRM CLRG EXER ALOC CLAL CREV CORP',
  PRTO: 'PTNG',
};

const hashOf = (request: DayRequest): string => {
  const hash = createHash('sha256').update(DEMO_HEADER);
  for (const { bytes } of generateDay(request)) hash.update(bytes, 'latin1');
  return hash.digest('hex');
};

/** Fields of the records that nobody spoilt or varied. */
const cleanFields = (request: DayRequest): string[][] =>
  [...generateDay({ ...request, brokenShare: 0 })]
    .filter(({ expected }) => expected.issues.length === 0)
    .map(({ bytes }) => splitFields(bytes.replaceAll(/[\r\n]+$/g, '')))
    .filter((fields) => Array.isArray(fields));

/** Of a file that is refused as a whole, of a record that would fill the memory, of a returned file. */
const NOT_OF_A_DAY: readonly string[] = [
  'csv.not-utf8',
  'csv.record-too-long',
  'record.correction-reference',
  // Rules that need a register beside the file.
  ...findUncheckedRules(BUILT_IN_REGISTERS),
  // Of a swap without a day of execution.
  'code.currency-withdrawn',
  // Of a product that a register knows otherwise.
  'record.product-conflict',
  // Of a record with more mistakes than a verdict names.
  'record.issues-left-out',
];
/** Tain sets these elements itself: whoever sends a file may leave them out. */
const EXCUSED: readonly string[] = PROFILES.spec.excused;

/** What intake can say of the records of a submission. */
const RULES_OF_A_DAY = [
  // Of the rules of sequence the two that a record shows by itself.
  'sequence.event-blank',
  'sequence.pair',
  ...Object.entries(RULES)
    .filter(
      ([ruleId, { level }]) => level !== 'sequence' && level !== 'feed' && !NOT_OF_A_DAY.includes(ruleId),
    )
    .map(([ruleId]) => ruleId),
  ...CONDITIONAL_RULES.filter(
    ({ strictOnly, messages, kind, element }) =>
      !strictOnly &&
      messages.some((message) => message !== 'dissemination') &&
      !(kind === 'required' && EXCUSED.includes(element)),
  ).map(({ id }) => id),
].sort();

describe('generateDay', () => {
  it('gives the same bytes for the same seed and others for another seed or date', () => {
    const request = { ...DAY, rows: 2_000 };
    expect(hashOf(request)).toBe(hashOf(request));
    expect(hashOf({ ...request, seed: 'other' })).not.toBe(hashOf(request));
    expect(hashOf({ ...request, date: '2026-11-23' })).not.toBe(hashOf(request));
  });

  it('gives exactly the rows that were asked for, numbered from 1 and on rising lines', () => {
    for (const rows of [0, 1, 2, 7, 500]) {
      const records = [...generateDay({ ...DAY, rows, brokenShare: 0.5 })];
      expect(records.map(({ expected }) => expected.record)).toEqual(records.map((_, index) => index + 1));
      expect(records).toHaveLength(rows);
    }
  });

  it('breaks about the share of records that was asked for', () => {
    const rejectedShare = (brokenShare: number): number =>
      [...generateDay({ ...DAY, brokenShare })].filter(({ expected }) => expected.verdict === 'rejected')
        .length / DAY.rows;
    expect(rejectedShare(0)).toBe(0);
    expect(rejectedShare(0.02)).toBeCloseTo(0.02, 2);
    expect(rejectedShare(0.3)).toBeCloseTo(0.3, 1);
    expect(rejectedShare(1)).toBe(1);
  });

  it('expects every rule to be broken somewhere in a day', () => {
    const expected = new Set(
      [...generateDay({ ...DAY, brokenShare: 0.4 })].flatMap((row) =>
        row.expected.issues.map(({ ruleId }) => ruleId),
      ),
    );
    expect([...expected].sort()).toEqual(RULES_OF_A_DAY);
    expect([...BROKEN_RULES].sort()).toEqual(RULES_OF_A_DAY);
  });

  it('trades every asset class, takes every action and fills both legs', () => {
    const records = cleanFields(DAY);
    const valuesOf = (column: number): string[] =>
      [...new Set(records.map((fields) => fields[column]!))].sort();
    expect(valuesOf(AT.assetClass)).toEqual(['', 'CO', 'CR', 'EQ', 'FX', 'IR']);
    expect(valuesOf(AT.messageType)).toEqual(['collateral', 'transaction', 'valuation']);
    expect(valuesOf(AT.actionType)).toEqual(
      ['NEWT', 'MODI', 'CORR', 'EROR', 'TERM', 'REVI', 'PRTO', 'VALU', 'MARU'].sort(),
    );
    for (const leg of [AT.notionalAmountLeg1, AT.notionalAmountLeg2, AT.spreadLeg1, AT.spreadLeg2]) {
      expect(valuesOf(leg).length).toBeGreaterThan(10);
    }
  });

  it('pairs actions with the events that they may have', () => {
    const pairs = new Set(
      cleanFields(DAY).map((fields) => `${fields[AT.actionType]} ${fields[AT.eventType]}`),
    );
    const wrong = [...pairs].filter((pair) => {
      const [action = '', event = ''] = pair.split(' ');
      return event === '' ? action in ALLOWED_PAIRS : !ALLOWED_PAIRS[action]?.split(' ').includes(event);
    });
    expect(wrong).toEqual([]);
    expect(pairs.size).toBeGreaterThan(25);
  });

  it('gives every swap a life that begins before it goes on, in order of time', () => {
    const lastEvents = new Map<string, string>();
    let lives = 0;
    for (const fields of cleanFields(DAY)) {
      const uti = fields[AT.uniqueTransactionIdentifierUti]!;
      const event = fields[AT.eventTimestamp]!;
      if (uti === '' || fields[AT.messageType] !== 'transaction') continue;
      const last = lastEvents.get(uti);
      if (last !== undefined) {
        lives += 1;
        expect(event >= last).toBe(true);
      }
      expect(event >= fields[AT.executionTimestamp]!).toBe(true);
      expect(fields[AT.reportingTimestamp]! >= event).toBe(true);
      expect(fields[AT.expirationDate]! >= fields[AT.effectiveDate]!).toBe(true);
      lastEvents.set(uti, event);
    }
    expect(lives).toBeGreaterThan(1_000);
  });
});

describe('identifiers of the demo', () => {
  it('are well-formed for every party', () => {
    const entities = [
      OUR_ENTITY,
      ...COUNTERPARTIES,
      ...CLEARING_HOUSES,
      ...CLEARING_MEMBERS,
      ...FACILITIES,
      ...REPOSITORIES,
    ];
    const leis = entities.map(({ lei }) => lei);
    expect(leis.filter((lei) => !isLei(lei))).toEqual([]);
    expect(new Set(leis).size).toBe(leis.length);
    expect(NATURAL_PERSONS.every(isPartyIdentifier)).toBe(true);
  });

  it('are well-formed in every record that is right, and new for every new swap', () => {
    const records = [...generateDay({ ...DAY, brokenShare: 0 })]
      .filter(({ expected }) => expected.issues.length === 0)
      .map(({ bytes }) => bytes.split(','));
    const plain = records.filter((fields) => !fields[0]!.startsWith('"'));
    const valuesOf = (column: number): string[] =>
      plain.map((fields) => fields[column]!).filter((value) => value !== '');
    expect(valuesOf(AT.uniqueTransactionIdentifierUti).filter((uti) => !isUti(uti))).toEqual([]);
    expect(valuesOf(AT.uniqueProductIdentifier).filter((upi) => !isUpi(upi))).toEqual([]);
    const traded = plain.filter(
      (fields) => fields[AT.actionType] === 'NEWT' && fields[AT.eventType] !== 'PTNG',
    );
    const utis = traded.map((fields) => fields[AT.uniqueTransactionIdentifierUti]);
    expect(new Set(utis).size).toBe(utis.length);
  });
});

describe('DEMO_HEADER', () => {
  it('binds every column to its element and leg, and leaves two columns unknown', () => {
    const { layout } = readDemoHeader();
    expect(layout.format).toBe('submission');
    expect(layout.unknownColumns).toEqual(['Remark, for the desk only', 'Desk']);
    for (const [index, { slot, element }] of DEMO_COLUMNS.entries()) {
      const bound = layout.columns[index]!;
      expect([slot, bound.element?.number ?? null]).toEqual([slot, element]);
      expect([slot, bound.leg]).toEqual([slot, /Leg([12])$/.test(slot) ? Number(slot.at(-1)) : null]);
    }
  });
});
