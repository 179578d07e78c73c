import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { doWeReport } from '../../../domain/cftc/do-we-report.ts';
import { entitiesAt, entityAt, parseEntityTable, placeOf, type Role } from '../../../domain/cftc/entities.ts';
import { leiCheckDigits } from '../../../domain/cftc/identifiers.ts';
import { reportingCounterparty, type Counterparty } from '../../../domain/cftc/reporting-counterparty.ts';
import { US_FEDERAL } from '../../../domain/cftc/calendars/us-federal.ts';

const lei = (name: string): string => {
  const first = `TAIN00${name.padEnd(12, '0')}`;
  return first + leiCheckDigits(first);
};
const [DEALER, DESK, VENUE, STRANGER] = [lei('DEALER'), lei('DESK'), lei('VENUE'), lei('STRANGER')];
const HEADER = 'lei,role,country,calendar,zone,effectiveFrom,effectiveTo,usPerson';
const parse = (...lines: string[]) => parseEntityTable([HEADER, ...lines].join('\n'), new Set(['US', 'KR']));

const OWN = parse(
  `${DEALER},OTHER,US,US,America/New_York,2020-01-01,2023-12-31,true`,
  `${DEALER},SD,US,US,America/New_York,2024-01-01,,true`,
  `${DESK},SD,KR,KR,Asia/Seoul,2024-01-01,,false`,
  `${VENUE},SEF,US,US,America/New_York,2024-01-01,,`,
);

describe('the table of our own entities', () => {
  test('is read, and asked for a date', () => {
    expect(OWN.problems).toEqual([]);
    expect(entityAt(OWN.table, DEALER, '2023-12-31')).toMatchObject({ role: 'OTHER', usPerson: true });
    expect(entityAt(OWN.table, DEALER, '2024-01-01')).toMatchObject({ role: 'SD', effectiveTo: null });
    expect(entityAt(OWN.table, DEALER, '2019-12-31')).toBeNull();
    expect(entityAt(OWN.table, STRANGER, '2024-01-01')).toBeNull();
    expect(entitiesAt(OWN.table, '2026-01-01').map(({ role }) => role)).toEqual(['SD', 'SD', 'SEF']);
    expect(entitiesAt(OWN.table, '2020-01-01').map(({ role }) => role)).toEqual(['OTHER']);
  });

  test('names the place of an entity only with its calendar', () => {
    const desk = entityAt(OWN.table, DESK, '2026-01-01')!;
    expect(placeOf(desk, new Map([['US', US_FEDERAL]]))).toBeNull();
    expect(placeOf(desk, new Map([['KR', US_FEDERAL]]))).toMatchObject({ zone: 'Asia/Seoul' });
  });

  test.each([
    [`${DEALER.slice(0, 19)},SD,US,US,UTC,2024-01-01,,`, 'lei', 'not-an-lei'],
    [`,SD,US,US,UTC,2024-01-01,,`, 'lei', 'value-missing'],
    [`${DEALER},sd,US,US,UTC,2024-01-01,,`, 'role', 'value-not-allowed'],
    [`${DEALER},SD,USA,US,UTC,2024-01-01,,`, 'country', 'value-not-allowed'],
    [`${DEALER},SD,US,XX,UTC,2024-01-01,,`, 'calendar', 'calendar-unknown'],
    [`${DEALER},SD,US,US,Mars/Base,2024-01-01,,`, 'zone', 'not-a-time-zone'],
    [`${DEALER},SD,US,US,UTC,2023-02-29,,`, 'effectiveFrom', 'not-a-date'],
    [`${DEALER},SD,US,US,UTC,2024-01-02,2024-01-01,`, 'effectiveTo', 'dates-reversed'],
    [`${DEALER},SD,US,US,UTC,2024-01-01,,perhaps`, 'usPerson', 'value-not-allowed'],
  ])('leaves out %s: %s is %s', (line, field, problem) => {
    const { table, problems } = parse(line);
    expect(table.rows).toEqual([]);
    expect(problems).toMatchObject([{ line: 2, field, problem }]);
  });

  test('lets no LEI be two things on one day', () => {
    const { table, problems } = parse(
      `${DEALER},SD,US,US,UTC,2024-01-01,2024-12-31,`,
      `${DEALER},MSP,US,US,UTC,2024-12-31,,`,
      `${DEALER},MSP,US,US,UTC,2025-01-01,,`,
      `${DEALER},SD,US,US,UTC,2030-01-01,,`,
      `${DEALER},SD,US,US,UTC,2023-01-01,2024-01-01,`,
      `${DEALER},OTHER,US,US,UTC,2023-01-01,2023-12-31,`,
    );
    expect(problems.map(({ line, problem }) => [line, problem])).toEqual([
      [3, 'periods-overlap'],
      [5, 'periods-overlap'],
      [6, 'periods-overlap'],
    ]);
    expect(table.rows.map(({ role }) => role)).toEqual(['SD', 'MSP', 'OTHER']);
  });

  test('never ends in an exception', () => {
    fc.assert(
      fc.property(
        fc.string(),
        (text) => parseEntityTable(`${HEADER}\n${text}`, new Set()).table.rows.length === 0,
      ),
    );
  });
});

const party = (
  role: Role | null,
  usPerson: boolean | null = null,
  financialEntity: boolean | null = null,
): Counterparty => ({
  lei: STRANGER,
  role,
  usPerson,
  financialEntity,
});

describe('the reporting counterparty', () => {
  test.each<[string, Counterparty, Counterparty, 0 | 1 | null, string]>([
    ['a clearing organization before a dealer', party('SD'), party('DCO'), 1, 'clearing-organization'],
    ['a clearing organization before anybody', party('DCO'), party(null), 0, 'clearing-organization'],
    ['a dealer before a major participant', party('MSP'), party('SD'), 1, 'swap-dealer'],
    [
      'a major participant before a bank',
      party('MSP'),
      party('OTHER', null, true),
      0,
      'major-swap-participant',
    ],
    ['a bank before others', party('OTHER', true, false), party('OTHER', null, true), 1, 'financial-entity'],
    ['among equals the US person', party('SD', false), party('SD', true), 1, 'us-person'],
    ['among equals of one kind whom they chose', party('SD', true), party('SD', true), null, 'by-agreement'],
    ['nobody, when a premise is missing', party('SD', null), party('SD', true), null, 'premise-unknown'],
    ['nobody, when the other may be a dealer', party('SD', true), party(null), null, 'premise-unknown'],
    [
      'nobody, when either may be a bank',
      party('OTHER'),
      party('OTHER', true, true),
      null,
      'premise-unknown',
    ],
  ])('is %s', (_, first, second, place, reason) => {
    expect(reportingCounterparty([first, second])).toMatchObject({
      place,
      reason,
      confidence: 'general-knowledge',
    });
    const mirrored = place === null ? null : 1 - place;
    expect(reportingCounterparty([second, first])).toMatchObject({ place: mirrored, reason });
  });
});

describe('do we report', () => {
  const own = (name: string): Counterparty => ({
    lei: name,
    role: null,
    financialEntity: null,
    usPerson: null,
  });
  const ask = (
    first: Counterparty,
    second: Counterparty,
    facility: string | null = null,
    date = '2026-10-02',
  ) => doWeReport({ parties: [first, second], facility, date }, OWN.table);

  test('yes, as the dealer of the two', () => {
    expect(ask(own(DEALER), party('OTHER'))).toMatchObject({
      answer: 'we',
      entity: { lei: DEALER },
      reason: 'swap-dealer',
    });
    expect(ask(party('OTHER'), own(DEALER))).toMatchObject({ answer: 'we', entity: { lei: DEALER } });
  });

  test('no, when the other is a dealer and ours was none then', () => {
    expect(ask(own(DEALER), party('SD'), null, '2022-06-01')).toMatchObject({
      answer: 'not-we',
      reason: 'swap-dealer',
    });
  });

  test('no, when neither is ours, or the facility is not', () => {
    expect(ask(party('SD'), party('OTHER'))).toMatchObject({ answer: 'not-we', reason: 'none-is-ours' });
    expect(ask(own(DEALER), party('OTHER'), STRANGER)).toMatchObject({
      answer: 'not-we',
      reason: 'facility',
    });
  });

  test('yes, as the facility', () => {
    expect(ask(party('SD'), party('OTHER'), VENUE)).toMatchObject({ answer: 'we', entity: { role: 'SEF' } });
  });

  test('yes, when both are ours; the US person of the two, if one is', () => {
    expect(ask(own(DEALER), own(DESK))).toMatchObject({
      answer: 'we',
      entity: { lei: DEALER },
      reason: 'us-person',
    });
    expect(ask(own(DESK), own(DESK))).toMatchObject({ answer: 'we', entity: null, reason: 'both-are-ours' });
  });

  test('is undetermined against somebody unknown', () => {
    expect(ask(own(DEALER), party(null))).toMatchObject({
      answer: 'undetermined',
      reason: 'premise-unknown',
    });
    expect(ask(own(DEALER), party('SD', true))).toMatchObject({
      answer: 'undetermined',
      reason: 'by-agreement',
    });
  });
});
