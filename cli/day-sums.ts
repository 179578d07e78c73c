/** How the figures of a CFTC day add up, for people. */
import type { DayView } from '../contracts/cftc-day.schema.ts';
import { formatCount } from './print.ts';

type Counts = NonNullable<DayView['counts']>;

/** "accepted 10 = applied 8 + …", "applied 8 + settled 0 = messages 7 + reported by others 1", "messages 7 = acknowledged 7". */
export function describeDaySums(counts: Counts, messages: DayView['messages']): string[] {
  const sum = (names: readonly (keyof Counts)[]): string =>
    names.map((name) => `${name} ${formatCount(counts[name])}`).join(' + ');
  const states = Object.entries(messages ?? {}).filter(([, count]) => count > 0);
  return [
    `accepted ${formatCount(counts.accepted)} = ${sum(['applied', 'duplicate', 'conflict', 'pending', 'violated'])}`,
    `applied ${formatCount(counts.applied)} + settled ${formatCount(counts.settled)} = ` +
      `messages ${formatCount(counts.messages)} + reported by others ${formatCount(counts.otherReports)}`,
    ...(states.length === 0
      ? []
      : [
          `messages ${formatCount(counts.messages)} = ` +
            states.map(([state, count]) => `${state} ${formatCount(count)}`).join(' + '),
        ]),
  ];
}
