/**
 * Public holidays of South Korea, substitute days and days declared once included. Those of the lunar calendar and
 * those declared cannot be computed, so that only years are here that are known for certain; load a list for others.
 * Saturdays and Sundays are left out. Labour Day closes banks and is no public holiday: a list can add it.
 * Source: Regulations on Holidays of Government Offices (general knowledge).
 */
import { calendarOfList } from './holiday-calendar.ts';

const LIST = `
2024-01-01 New Year's Day
2024-02-09 Seollal
2024-02-12 Seollal (substitute)
2024-03-01 Independence Movement Day
2024-04-10 National Assembly election
2024-05-06 Children's Day (substitute)
2024-05-15 Buddha's Birthday
2024-06-06 Memorial Day
2024-08-15 Liberation Day
2024-09-16 Chuseok
2024-09-17 Chuseok
2024-09-18 Chuseok
2024-10-01 Armed Forces Day (declared)
2024-10-03 National Foundation Day
2024-10-09 Hangeul Day
2024-12-25 Christmas
2025-01-01 New Year's Day
2025-01-27 Seollal (declared)
2025-01-28 Seollal
2025-01-29 Seollal
2025-01-30 Seollal
2025-03-03 Independence Movement Day (substitute)
2025-05-05 Children's Day and Buddha's Birthday
2025-05-06 Children's Day and Buddha's Birthday (substitute)
2025-06-03 presidential election
2025-06-06 Memorial Day
2025-08-15 Liberation Day
2025-10-03 National Foundation Day
2025-10-06 Chuseok
2025-10-07 Chuseok
2025-10-08 Chuseok (substitute)
2025-10-09 Hangeul Day
2025-12-25 Christmas
`;

export const KOREA = calendarOfList(
  'KR',
  new Map(
    LIST.trim()
      .split('\n')
      .map((line) => [line.slice(0, 10), line.slice(11)]),
  ),
  { citation: 'Regulations on Holidays of Government Offices', confidence: 'general-knowledge' },
);
