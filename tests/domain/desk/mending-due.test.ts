import { describe, expect, it } from '@jest/globals';
import { BUILT_IN_TABLES } from '../../../domain/cftc/built-in-tables.ts';
import type { OwnEntity } from '../../../domain/cftc/entities.ts';
import { correctionDue, earliestDue } from '../../../domain/desk/mending-due.ts';

const dealer = BUILT_IN_TABLES.entities.rows[0]!;
const tables = (rows: readonly OwnEntity[]) => ({ entities: { rows }, calendars: BUILT_IN_TABLES.calendars });
const other: OwnEntity = { ...dealer, lei: 'OTHER', role: 'OTHER' };

describe('what a day has left to be mended', () => {
  it('is due when the first of ours owes a new swap of that day', () => {
    // A dealer by the end of the next business day, the Friday behind Thanksgiving; others a business day later.
    expect(earliestDue(tables([other, dealer]), '2026-11-25')).toBe(Date.parse('2026-11-28T04:59:59Z'));
    expect(earliestDue(tables([other]), '2026-11-25')).toBe(Date.parse('2026-12-01T04:59:59Z'));
  });

  it('is due at no time where nobody of ours owes anything', () => {
    expect(earliestDue(tables([]), '2026-11-25')).toBeNull();
  });
});

describe('an error that was found', () => {
  it('is to be corrected within seven business days by ours, and by nobody else', () => {
    const found = Date.parse('2026-11-20T15:00:00.250Z');
    expect(correctionDue(tables([dealer]), dealer.lei, found)).toBe(Date.parse('2026-12-03T04:59:59Z'));
    expect(correctionDue(tables([dealer]), 'SOMEBODY', found)).toBeNull();
  });
});
