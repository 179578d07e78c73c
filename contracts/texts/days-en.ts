/** What keeps a day from going on, in English. days-ko.ts follows. */
import type { DayBlock } from '../cftc-day.ts';
import type { Param } from './shape.ts';

export type DayTexts = { readonly blocks: Readonly<Record<DayBlock, (param: Param) => string>> };

export const DAYS_EN: DayTexts = {
  blocks: {
    'input-waiting': (param) =>
      `Input ${param('name')} (${param('expected')}) has not come; it is due ${param('due')}.`,
    'input-waiting-without-end': (param) =>
      `Input ${param('name')} (${param('expected')}) has not come; it is waited for until somebody waives it.`,
    'day-before': (param) => `Day ${param('date')} is to be cut first.`,
    'file-applying': (param) => `File ${param('name')} is on its way into the ledger.`,
    'not-sent': () => 'No target is configured: the files are written and nothing is sent.',
    decision: () => 'Somebody has to decide: open the day again, or close it.',
    held: (param) => `${param('messages')} messages wait for a refused message of their swap.`,
    unsent: (param) => `${param('messages')} messages have not been sent.`,
    unanswered: (param) => `${param('messages')} messages have not been answered.`,
  },
};
