/** What needs a person and how it is settled, in English. exceptions-ko.ts follows. */
import type { ExceptionKind } from '../exceptions.ts';
import type { Param } from './shape.ts';

export type ExceptionWords = {
  /** What is the matter, and with which thing. */
  readonly title: (param: Param, count: string) => string;
  /** How it is settled. */
  readonly remedy: (param: Param) => string;
};

export type ExceptionTexts = {
  readonly kinds: Readonly<Record<ExceptionKind, ExceptionWords>>;
  readonly columns: {
    readonly what: string;
    readonly count: string;
    readonly owner: string;
    readonly age: string;
    readonly deadline: string;
  };
  readonly nobody: (role: string) => string;
  readonly overdue: string;
  readonly nothing: string;
  readonly note: (by: string, text: string) => string;
  readonly more: (kinds: string) => string;
  readonly sum: (causes: string) => string;
  /** An age of days, hours and minutes, the largest two of them. */
  readonly age: (days: number, hours: number, minutes: number) => string;
};

/** Day of a group of messages, where it has one. */
const onDay = (param: Param): string => (param('date') === '' ? '' : ` of ${param('date')}`);

export const EXCEPTIONS_EN: ExceptionTexts = {
  kinds: {
    'message-refused': {
      title: (param) =>
        `The repository refused ${param('action')} of ${param('swap')} (${param('id')}): ${param('rule') || 'no reason given'}.`,
      remedy: () => 'Send the mended record in as a correction; the refused message is then resubmitted.',
    },
    'message-late': {
      title: (param, count) =>
        `${count} messages of part ${param('part')}${onDay(param)} are past their deadline (${param('obligation')}).`,
      remedy: () => 'See what blocks them (tain obligations); notify the regulator if it takes longer.',
    },
    'message-held': {
      title: (param, count) =>
        `${count} messages of ${param('swap')} wait, because ${param('by')} was refused.`,
      remedy: () => 'Settle the refused message; these follow by themselves.',
    },
    'message-unanswered': {
      title: (param, count) =>
        `${count} messages of part ${param('part')}${onDay(param)} have had no answer for over ${param('minutes')} minutes.`,
      remedy: () => 'Look at the session with the repository (GET /v1/deliveries), and ask it what it has.',
    },
    'outcome-revised': {
      title: (param) =>
        `${param('action')} of ${param('swap')} (${param('id')}) was sent, and is ${param('outcome')} by what came later.`,
      remedy: () => 'Correct it at the repository (CORR or EROR), or resolve it with a reason.',
    },
    'day-stuck': {
      title: (param) => `The day ${param('date')} is ${param('state')} and cannot go on. ${param('code')}`,
      remedy: () => 'See what it lacks (GET /v1/days); send it in, or close the day with a reason.',
    },
    'day-input-missing': {
      title: (param) =>
        `The day ${param('date')} lacks ${param('name')} (${param('input')} ${param('expected')}).`,
      remedy: () => 'Have it sent, or waive it with a reason.',
    },
    'delivery-stalled': {
      title: (param) =>
        `${param('file')} does not get to ${param('target')}: ${param('state')} ${param('code')}`,
      remedy: () => 'Look at the target and the line; delivery goes on by itself where it stands.',
    },
    'target-trouble': {
      title: (param, count) =>
        `The target ${param('target')} cannot be spoken to in ${count} sessions: ${param('code')} ${param('reason')}`,
      remedy: () =>
        'See what it says (tain deliveries); correct address, user or password, or ask the repository.',
    },
    'live-unsent': {
      title: (param, count) =>
        `${count} messages that leave at once have waited for over ${param('minutes')} minutes, like one of ${param('swap')}.`,
      remedy: () =>
        'See whether the target is there (tain deliveries), or what the first one of its swap waits for.',
    },
    'valuation-owed': {
      title: (param, count) =>
        `${count} open swaps of ${param('entity')} have no valuation of ${param('date')} or later, like ${param('swap')}.`,
      remedy: () => 'Send the valuations (VALU) in.',
    },
    'collateral-owed': {
      title: (param, count) =>
        `${count} portfolios of ${param('entity')} have no margin of ${param('date')} or later, like ${param('swap')}.`,
      remedy: () => 'Send the margin (MARU) in.',
    },
    'file-problem': {
      title: (param) => `The file ${param('file')} was not taken: ${param('code')}.`,
      remedy: () => 'See what is wrong (GET /v1/files/{id}), and have it sent again.',
    },
    'feed-gap': {
      title: (param, count) =>
        `${count} messages of the feed ${param('feed')} did not come, in ${param('gaps')} gaps.`,
      remedy: () => 'They are asked for by themselves; if that does not help, ask the sender.',
    },
    conflict: {
      title: (param, count) =>
        `${count} events of ${param('swap')} say something else than one that came before.`,
      remedy: () => 'Find out which holds and have it corrected (CORR), or resolve it with a reason.',
    },
    'rejected-records': {
      title: (param, count) => `${count} records of ${param('file')} were rejected by ${param('rule')}.`,
      remedy: () => 'Mend them (tain rejections) and send them in, or resolve it with a reason.',
    },
    'pending-old': {
      title: (param, count) =>
        `${count} events of ${param('source')} have waited for the beginning of their swap for over a day, like ${param('swap')}.`,
      remedy: () => 'Have the beginning (NEWT) of these swaps sent in.',
    },
    'governor-alarm': {
      title: (param) => `The governor raises an alarm: ${param('alarm')}.`,
      remedy: () => 'See what it says: tain priority.',
    },
  },
  columns: { what: 'what', count: 'count', owner: 'owner', age: 'age', deadline: 'deadline' },
  nobody: (role) => `(${role})`,
  overdue: 'overdue',
  nothing: 'Nothing needs a person.',
  note: (by, text) => `note of ${by}: ${text}`,
  more: (kinds) => `Of these there are more than are shown: ${kinds}.`,
  sum: (causes) => `${causes} causes need a person.`,
  age: (days, hours, minutes) =>
    days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min`,
};
