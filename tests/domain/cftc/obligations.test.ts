import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KOREA } from '../../../domain/cftc/calendars/korea.ts';
import { US_FEDERAL } from '../../../domain/cftc/calendars/us-federal.ts';
import { formatInstant } from '../../../domain/cftc/calendars/zone.ts';
import type { OwnEntity, Role } from '../../../domain/cftc/entities.ts';
import {
  dailyObligations,
  judgeTimeliness,
  obligationsOfEvent,
  verificationObligation,
  type Obligation,
  type SwapEvent,
} from '../../../domain/cftc/obligations.ts';

const CALENDARS = new Map([
  ['US', US_FEDERAL],
  ['KR', KOREA],
]);
const entity = (role: Role, rest: Partial<OwnEntity> = {}): OwnEntity => ({
  lei: '5493001KJTIIGC8Y1R12',
  role,
  country: 'US',
  calendar: 'US',
  zone: 'America/New_York',
  financialEntity: null,
  usPerson: null,
  effectiveFrom: '2020-01-01',
  effectiveTo: null,
  ...rest,
});
const seoul = entity('SD', { country: 'KR', calendar: 'KR', zone: 'Asia/Seoul' });
const trade: SwapEvent = {
  action: 'NEWT',
  event: 'TRAD',
  executionTimestamp: '2026-10-02T18:00:00Z',
  eventTimestamp: '2026-10-02T18:00:00Z',
  onFacility: false,
  corporateEventOfOther: false,
  discoveredAt: null,
};
const owed = (event: Partial<SwapEvent>, by: OwnEntity | Role): Obligation[] =>
  obligationsOfEvent({ ...trade, ...event }, typeof by === 'string' ? entity(by) : by, CALENDARS);
const due = (obligation: Obligation | null | undefined): string | null =>
  obligation?.dueAt == null ? (obligation?.gap ?? null) : formatInstant(obligation.dueAt);
const shown = (all: readonly Obligation[]): string[] =>
  all.map((one) => `${one.kind} ${due(one)} ${one.confidence}`);

describe('for an event is owed', () => {
  const FRIDAYS_NEXT = '2026-10-06T03:59:59Z';
  const SECOND = '2026-10-07T03:59:59Z';

  test.each<[string, Partial<SwapEvent>, Role, string[]]>([
    ['by a dealer the creation on the next business day', {}, 'SD', [`creation ${FRIDAYS_NEXT} source`]],
    ['by others on the second', {}, 'OTHER', [`creation ${SECOND} source`]],
    ['by a facility on the next', { onFacility: true }, 'SEF', [`creation ${FRIDAYS_NEXT} source`]],
    ['by a dealer nothing, when the facility reports', { onFacility: true }, 'SD', []],
    ['by a facility nothing off it', {}, 'DCM', []],
    [
      'by a clearing organization its swaps',
      { event: 'CLRG' },
      'DCO',
      [`creation ${FRIDAYS_NEXT} general-knowledge`],
    ],
    [
      'by a clearing organization the end of the original',
      { action: 'TERM', event: 'CLRG' },
      'DCO',
      [`alpha-termination ${FRIDAYS_NEXT} source`],
    ],
    ['by a dealer a change', { action: 'MODI' }, 'MSP', [`lifecycle ${FRIDAYS_NEXT} source`]],
    ['by others a change later', { action: 'TERM', event: 'ETRM' }, 'OTHER', [`lifecycle ${SECOND} source`]],
    ['by a facility no change', { action: 'TERM', event: 'ETRM' }, 'SEF', []],
    [
      'more time for an event of the other party',
      { action: 'MODI', event: 'CORP', corporateEventOfOther: true },
      'SD',
      [`lifecycle ${SECOND} source`],
    ],
    [
      'no more for an event of one’s own',
      { action: 'MODI', event: 'CORP' },
      'SD',
      [`lifecycle ${FRIDAYS_NEXT} source`],
    ],
    [
      'a transfer like a change',
      { action: 'PRTO', event: 'PTNG' },
      'SD',
      [`lifecycle ${FRIDAYS_NEXT} inferred`],
    ],
    [
      'a correction within seven business days',
      { action: 'CORR', event: null, discoveredAt: '2026-10-02T12:00:00Z' },
      'SD',
      ['error-correction 2026-10-15T03:59:59Z general-knowledge'],
    ],
    [
      'a correction, but nobody knows since when',
      { action: 'EROR', event: null },
      'SD',
      ['error-correction start-unknown general-knowledge'],
    ],
    ['nothing more for a valuation that is there', { action: 'VALU', event: null }, 'SD', []],
    ['nothing that we know of for what is no action', { action: 'toString' }, 'SD', []],
  ])('%s', (_, event, role, expected) => {
    expect(shown(owed(event, role))).toEqual(expected);
  });

  test('counted from the date in New York, also when it is another day in Seoul', () => {
    // 2 October in Seoul, still 1 October in New York: the next business day of Seoul is 2 October.
    const late = { executionTimestamp: '2025-10-01T23:30:00Z' };
    expect(due(owed(late, seoul)[0])).toBe('2025-10-02T14:59:59Z');
    expect(due(owed(late, 'SD')[0])).toBe('2025-10-03T03:59:59Z');
  });

  test('by the holidays of the place: the long Chuseok of 2025', () => {
    const before = { executionTimestamp: '2025-10-02T14:00:00Z' };
    expect(due(owed(before, seoul)[0])).toBe('2025-10-10T14:59:59Z');
    expect(due(owed(before, 'SD')[0])).toBe('2025-10-04T03:59:59Z');
  });

  test('for a swap that came of another one counted from its event', () => {
    const moved = { event: 'PTNG', executionTimestamp: '2019-01-01T12:00:00Z' };
    expect(due(owed(moved, 'SD')[0])).toBe(FRIDAYS_NEXT);
  });

  test('what nobody can date is still owed', () => {
    expect(due(owed({}, seoul)[0])).toBe('calendar-does-not-cover');
    expect(due(owed({}, entity('SD', { calendar: 'XX' }))[0])).toBe('calendar-not-loaded');
    for (const executionTimestamp of [null, '2026-10-02', 'nonsense', '2026-02-29T00:00:00Z']) {
      expect(due(owed({ executionTimestamp }, 'SD')[0])).toBe('start-unknown');
    }
  });
});

describe('for a day are owed', () => {
  test.each<[Role, string[]]>([
    [
      'SD',
      [
        'valuation 2026-10-06T03:59:59Z general-knowledge',
        'collateral 2026-10-06T03:59:59Z general-knowledge',
      ],
    ],
    [
      'MSP',
      [
        'valuation 2026-10-06T03:59:59Z general-knowledge',
        'collateral 2026-10-06T03:59:59Z general-knowledge',
      ],
    ],
    ['DCO', ['valuation 2026-10-06T03:59:59Z general-knowledge']],
    ['OTHER', []],
    ['SEF', []],
  ])('by %s %j', (role, expected) => {
    expect(shown(dailyObligations(entity(role), '2026-10-02', CALENDARS))).toEqual(expected);
  });

  test('nothing on days off, and undated duties where the calendar ends', () => {
    expect(dailyObligations(entity('SD'), '2026-10-03', CALENDARS)).toEqual([]);
    expect(dailyObligations(entity('SD'), '2026-10-12', CALENDARS)).toEqual([]);
    expect(dailyObligations(seoul, '2026-10-02', CALENDARS).map(({ gap }) => gap)).toEqual([
      'calendar-does-not-cover',
      'calendar-does-not-cover',
    ]);
  });
});

describe('verification', () => {
  test.each<[Role, string, string]>([
    ['SD', '2026-10-02', '2026-11-02T04:59:59Z'],
    ['DCO', '2024-01-31', '2024-03-02T04:59:59Z'],
    ['OTHER', '2026-01-01', '2026-07-01T03:59:59Z'],
    ['OTHER', '2026-09-30', '2027-01-01T04:59:59Z'],
    ['OTHER', '2026-12-31', '2027-04-01T03:59:59Z'],
  ])('by %s after %s is due at %s', (role, last, at) => {
    expect(due(verificationObligation(entity(role), last))).toBe(at);
  });

  test('is no duty of facilities, and has no date without one before', () => {
    expect(verificationObligation(entity('SEF'), '2026-10-02')).toBeNull();
    expect(due(verificationObligation(entity('SD'), ''))).toBe('start-unknown');
    expect(due(verificationObligation(entity('OTHER'), '9999-12-31'))).toBe('start-unknown');
  });
});

describe('timeliness', () => {
  const [creation] = owed({}, 'SD');
  const at = (timestamp: string) => judgeTimeliness(creation!, Date.parse(timestamp));

  test('the last second is in time, the next is one second late', () => {
    expect(at('2026-10-02T18:00:01Z')).toEqual({ late: false, lateSeconds: 0 });
    expect(at('2026-10-06T03:59:59Z')).toEqual({ late: false, lateSeconds: 0 });
    expect(at('2026-10-06T03:59:59.999Z')).toEqual({ late: false, lateSeconds: 0 });
    expect(at('2026-10-06T04:00:00Z')).toEqual({ late: true, lateSeconds: 1 });
    expect(at('2026-10-07T04:00:00Z')).toEqual({ late: true, lateSeconds: 86_401 });
  });

  test('is undetermined where the due time is', () => {
    expect(judgeTimeliness(owed({}, seoul)[0]!, 0)).toEqual({ late: null, gap: 'calendar-does-not-cover' });
  });

  test('of a later execution is never due earlier', () => {
    const instants = fc.integer({ min: Date.UTC(2012, 0), max: Date.UTC(2035, 0) });
    const dueAfter = (instant: number): number =>
      owed({ executionTimestamp: formatInstant(instant - (instant % 1000)) }, 'SD')[0]!.dueAt!;
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 864_000_000 }), (instant, later) => {
        expect(dueAfter(instant + later)).toBeGreaterThanOrEqual(dueAfter(instant));
        expect(dueAfter(instant)).toBeGreaterThan(instant + 86_400_000 - 3_600_000);
      }),
      { numRuns: 200 },
    );
  });

  test('is told or undetermined, never an exception, whatever the values', () => {
    const text = fc.oneof(
      fc.constantFrom('0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', 'NEWT', 'CORR', 'TRAD', null),
      fc.string(),
    );
    const events = fc.record({
      action: text,
      event: text,
      executionTimestamp: text,
      eventTimestamp: text,
      discoveredAt: text,
    });
    fc.assert(
      fc.property(events, fc.constantFrom<Role>('SD', 'DCO', 'SEF', 'OTHER'), (event, role) => {
        for (const obligation of owed(event, role)) {
          expect(obligation.dueAt === null).toBe(obligation.gap !== null);
          expect(judgeTimeliness(obligation, 0).late === null).toBe(obligation.gap !== null);
        }
      }),
      { numRuns: 500 },
    );
  });
});
