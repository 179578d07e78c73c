import { describe, expect, it } from '@jest/globals';
import { NEARING_MS, obligationState } from '../../../contracts/obligations.ts';
import { BUILT_IN_TABLES } from '../../../domain/cftc/built-in-tables.ts';
import type { OwnEntity } from '../../../domain/cftc/entities.ts';
import { lastDueDays, owedDays } from '../../../domain/desk/daily-duties.ts';

const dealer = BUILT_IN_TABLES.entities.rows[0]!;
const tables = (rows: readonly OwnEntity[]) => ({ entities: { rows }, calendars: BUILT_IN_TABLES.calendars });

describe('daily duties', () => {
  it('are of business days alone', () => {
    // A Thursday to a Monday; the Friday behind Thanksgiving is a business day.
    const days = owedDays(tables([dealer]), '2026-11-26', '2026-11-30');
    expect(days.map(({ kind, date }) => `${kind} ${date}`)).toEqual([
      'valuation 2026-11-27',
      'collateral 2026-11-27',
      'valuation 2026-11-30',
      'collateral 2026-11-30',
    ]);
  });

  it('were last due for the day whose deadline has passed', () => {
    // Owed of Friday by the end of Monday in New York.
    const before = lastDueDays(tables([dealer]), Date.parse('2026-12-01T04:59:00Z'));
    const behind = lastDueDays(tables([dealer]), Date.parse('2026-12-01T05:00:00Z'));
    expect(before.map(({ date }) => date)).toEqual(['2026-11-25', '2026-11-25']);
    expect(behind.map(({ date }) => date)).toEqual(['2026-11-27', '2026-11-27']);
  });

  it('are none of others than registered entities', () => {
    const other: OwnEntity = { ...dealer, role: 'OTHER' };
    expect(lastDueDays(tables([other]), Date.parse('2026-12-01T05:00:00Z'))).toEqual([]);
  });
});

describe('the state of an obligation', () => {
  it('follows from what is open and from the time that is left', () => {
    const due = 1_000_000_000;
    const state = (open: number, now: number) => obligationState('message', { open, dueAt: due }, now);
    expect(state(0, due + 1)).toBe('met');
    expect(state(1, due - NEARING_MS.message - 1)).toBe('due');
    expect(state(1, due - NEARING_MS.message)).toBe('nearing');
    expect(state(1, due)).toBe('nearing');
    expect(state(1, due + 1)).toBe('missed');
    expect(obligationState('verification', { open: 1, dueAt: null }, due)).toBe('unknown');
  });
});
