import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseWindow, windowAt, type Window } from '../../../domain/governor/window.ts';

const MINUTE = 60_000;

const read = (text: string): Window => {
  const window = parseWindow(text);
  if ('problem' in window) throw new Error(window.problem);
  return window;
};
const isOpen = (text: string, instant: string): boolean => windowAt(read(text), Date.parse(instant)).isOpen;

/** How many minutes it is open from one instant to another. */
const openMinutes = (text: string, from: string, to: string): number => {
  const window = read(text);
  let count = 0;
  for (let at = Date.parse(from); at < Date.parse(to); at += MINUTE)
    if (windowAt(window, at).isOpen) count += 1;
  return count;
};

const NIGHTS = '19:00-07:00 Asia/Seoul; weekends; holidays';

describe('a window', () => {
  it.each([
    // Seoul is nine hours ahead. 2025-11-20 is a Thursday.
    ['2025-11-20T09:59:59Z', false],
    ['2025-11-20T10:00:00Z', true],
    ['2025-11-20T15:00:00Z', true],
    ['2025-11-20T21:59:59Z', true],
    ['2025-11-20T22:00:00Z', false],
    ['2025-11-22T03:00:00Z', true],
    ['2025-12-25T03:00:00Z', true],
    ['2025-12-24T03:00:00Z', false],
  ])('of nights, weekends and holidays in Seoul at %s: %s', (instant, open) => {
    expect(isOpen(NIGHTS, instant)).toBe(open);
  });

  it('of the hours of some days goes over midnight into the day after them', () => {
    const fridays = 'fri 22:00-02:00 UTC';

    expect(isOpen(fridays, '2026-11-20T23:00:00Z')).toBe(true);
    expect(isOpen(fridays, '2026-11-21T01:59:00Z')).toBe(true);
    expect(isOpen(fridays, '2026-11-20T01:00:00Z')).toBe(false);
    expect(isOpen(fridays, '2026-11-21T22:30:00Z')).toBe(false);
  });

  it('of days that go over the end of the week has them all', () => {
    const days = ['16', '17', '18', '19', '20', '21', '22'].map((day) =>
      isOpen('fri-mon UTC', `2026-11-${day}T12:00:00Z`),
    );

    expect(days).toEqual([true, false, false, false, true, true, true]);
  });

  it('has the hours that its clocks show, also when they are changed', () => {
    // New York, 8 March 2026: 02:00 to 03:00 is missing; 1 November: 01:00 to 02:00 is there twice.
    const nights = '01:00-04:00 America/New_York';

    expect(openMinutes(nights, '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z')).toBe(120);
    expect(openMinutes(nights, '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z')).toBe(240);
    expect(openMinutes(nights, '2026-11-03T05:00:00Z', '2026-11-04T05:00:00Z')).toBe(180);
  });

  it('that depends on holidays of a year that is not known says so, and stays shut', () => {
    const noon = Date.UTC(2031, 9, 3, 3);

    expect(windowAt(read('holidays Asia/Seoul'), noon)).toEqual({ isOpen: false, areHolidaysKnown: false });
    expect(windowAt(read('holidays US Asia/Seoul'), noon)).toEqual({ isOpen: false, areHolidaysKnown: true });
    expect(windowAt(read('09:00-18:00 Asia/Seoul; holidays'), noon).areHolidaysKnown).toBe(true);
  });

  it.each([
    ['', 'a part without days or hours'],
    ['19:00-07:00', 'names no time zone'],
    ['19:00-07:00 Asia/Seoul;', 'a part without days or hours'],
    ['19:00-07:00 Asia/Seoul; weekends UTC', 'two time zones, Asia/Seoul and UTC'],
    ['19:00-07:00 Asia/Soul', '"Asia/Soul", which is no time zone'],
    ['25:00-07:00 UTC', '"25:00-07:00" is neither'],
    ['19:00-24:30 UTC', 'beyond the day'],
    ['24:00-07:00 UTC', 'beyond the day'],
    ['07:00-07:00 UTC', 'is empty'],
    ['7-19 UTC', '"7-19" is neither'],
    ['weekend UTC', '"weekend" is none of weekends'],
    ['mon-fry UTC', '"mon-fry" is none of weekends'],
    ['mon-fri-sun UTC', '"mon-fri-sun" is none of weekends'],
    ['holidays Europe/London', 'say whose holidays'],
    ['mon tue UTC', '"tue" is neither'],
    ['19:00-07:00 weekends UTC', '"weekends" is too much'],
  ])('that is written as "%s" is refused: %s', (text, problem) => {
    expect(parseWindow(text)).toMatchObject({ problem: expect.stringContaining(problem) });
  });

  it('of any text is a window or a problem, and throws nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9:; \-/]{0,40}$/)), (text) => {
        expect(parseWindow(text)).toBeInstanceOf(Object);
      }),
    );
  });
});

const zones = fc.constantFrom(
  'Asia/Seoul',
  'America/New_York',
  'Europe/London',
  'Australia/Lord_Howe',
  'UTC',
);
const instants = fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2026, 0) - 1 });
const clock = fc.integer({ min: 0, max: 24 * 60 - 1 });
const write = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** What a clock on the wall shows, asked of the runtime in another way than the code asks it. */
const shown = (instant: number, zone: string): number => {
  const text = new Date(instant).toLocaleTimeString('sv-SE', { timeZone: zone, timeStyle: 'short' });
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
};

describe('hours', () => {
  it('are open exactly while the clock on the wall shows them', () => {
    fc.assert(
      fc.property(zones, clock, clock, instants, (zone, from, to, instant) => {
        fc.pre(from !== to);
        const minute = shown(instant, zone);
        const expected = from < to ? minute >= from && minute < to : minute >= from || minute < to;

        expect(windowAt(read(`${write(from)}-${write(to)} ${zone}`), instant).isOpen).toBe(expected);
      }),
    );
  });

  it('and those between them are never open at once, and one of the two always is', () => {
    fc.assert(
      fc.property(zones, clock, clock, instants, (zone, from, to, instant) => {
        fc.pre(from !== to);
        const [one, other] = [`${write(from)}-${write(to)} ${zone}`, `${write(to)}-${write(from)} ${zone}`];

        expect(windowAt(read(one), instant).isOpen).not.toBe(windowAt(read(other), instant).isOpen);
      }),
    );
  });

  it('of several parts are open when those of one of them are', () => {
    const parts = ['weekends', 'holidays KR', 'mon-wed 08:00-18:00', '22:00-06:00', 'thu'];
    fc.assert(
      fc.property(fc.subarray(parts, { minLength: 1 }), zones, instants, (chosen, zone, instant) => {
        const each = chosen.map((part) => windowAt(read(`${part} ${zone}`), instant).isOpen);

        expect(windowAt(read(`${zone} ${chosen.join('; ')}`), instant).isOpen).toBe(each.includes(true));
      }),
    );
  });
});
