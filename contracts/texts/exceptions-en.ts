/** What needs a person and how it is settled, in English. exceptions-ko.ts follows. */
import type { ExceptionKind } from '../exceptions.ts';
import { ENGLISH_ERRORS } from './en-errors.ts';
import type { ErrorWords, Param } from './shape.ts';

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
    readonly item: string;
    readonly about: string;
  };
  readonly nobody: (role: string) => string;
  readonly overdue: string;
  readonly nothing: string;
  readonly note: (by: string, text: string) => string;
  readonly more: (kind: string, count: string) => string;
  readonly noItems: string;
  readonly moreItems: string;
  readonly sum: (causes: string) => string;
  /** An age of days, hours and minutes, the largest two of them. */
  readonly age: (days: number, hours: number, minutes: number) => string;
};

/** What is wrong with records, by the first word of the rules that find it. */
const MISTAKES: Readonly<Record<string, string>> = {
  csv: 'lines that cannot be read',
  format: 'values that are malformed',
  code: 'codes that do not exist',
  record: 'records that are no whole',
  feed: 'messages that cannot be read',
  sequence: 'events that do not follow those before',
  required: 'values that are missing',
  agrees: 'values that do not agree',
  blank: 'values that must not be given',
};

export const mistakeOf = (param: Param, mistakes: Readonly<Record<string, string>>): string =>
  mistakes[param('family')] ?? param('family');

/** How deliveries get through that do not, by their state; `sending` is that of any other. */
const DELIVERY_REMEDIES: Readonly<Record<string, string>> = {
  failed:
    'They rest and hold up the days behind them: mend what is wrong, then tain deliveries retry ID --reason …, or give-up.',
  silent:
    'Ask the repository what it has: what it answers counts at any time. If no answer will come: tain deliveries give-up ID --reason …',
  sending: 'Look at the target and the line; delivery goes on by itself where it stands.',
};

/** What is in the way of messages that are due. */
const inTheWay = (param: Param): string =>
  [
    ['refused', 'refused'],
    ['held', 'held by a refused one'],
    ['unsent', 'not sent'],
    ['unanswered', 'sent and not answered'],
  ]
    .filter(([name]) => param(name!) !== '0')
    .map(([name, words]) => `${param(name!)} ${words}`)
    .join(', ');

/** Days of a group of messages, where it has some. */
const ofDays = (param: Param): string =>
  param('date') === ''
    ? ''
    : param('days') === '1'
      ? ` of ${param('date')}`
      : ` of ${param('days')} days from ${param('date')}`;

/** Day of a group of messages, where it has one. */
const onDay = (param: Param): string => (param('date') === '' ? '' : ` of ${param('date')}`);

/** The words of the error that a cause is about; null where they do not say it. */
export const errorOf = (param: Param, errors: Readonly<Record<string, ErrorWords>>): ErrorWords | null =>
  errors[param('code')] ?? null;

export const EXCEPTIONS_EN: ExceptionTexts = {
  kinds: {
    'message-refused': {
      title: (param, count) =>
        `The repository refused ${count} messages of part ${param('part')} by ${param('rule') || 'no rule that it names'}, like ${param('action')} of ${param('swap')} (${param('id')}).`,
      remedy: () =>
        'Send the mended records in as corrections, then: tain message resubmit ID --reason …; the clock runs on. ' +
        'Where they have it: tain message acknowledge ID; where nothing is to take its place: tain message withdraw ID.',
    },
    'message-late': {
      title: (param, count) =>
        `${count} messages of part ${param('part')}${ofDays(param)} are past their deadline (${param('obligation')}): ${inTheWay(param)}.`,
      remedy: (param) =>
        `Settle what is in the way (tain exceptions show late:${param('part')}:${param('obligation')}); notify the regulator if it takes longer.`,
    },
    'message-nearing': {
      title: (param, count) =>
        `${count} messages of part ${param('part')}${ofDays(param)} are near their deadline (${param('obligation')}): ${inTheWay(param)}.`,
      remedy: () => 'Settle what is in the way before it is late.',
    },
    'message-held': {
      title: (param, count) =>
        `${count} messages of ${param('swaps')} swaps wait, because the beginning of their swap was refused (${param('rule') || 'no rule named'}), like those of ${param('swap')} for ${param('by')}.`,
      remedy: () => 'Settle the refused messages; these follow by themselves.',
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
    'days-not-opened': {
      title: (param) =>
        `Days are not opened: ${errorOf(param, ENGLISH_ERRORS)?.detail(param) ?? param('code')}`,
      remedy: (param) =>
        `${errorOf(param, ENGLISH_ERRORS)?.help ?? 'See the log of the batch worker.'} The opener looks again within the hour.`,
    },
    'day-unopened': {
      title: (param) =>
        `The business date ${param('date')} is past its cut time and no day was opened for it.`,
      remedy: (param) =>
        `See whether the batch worker runs (tain status), or: tain day run ${param('date')}.`,
    },
    'day-standing': {
      title: (param) =>
        `The day ${param('date')} has been ${param('state')} for over ${param('minutes')} minutes past its cut time` +
        `${param('before') === '' ? '.' : `; ${param('before')} has to go on before it.`}`,
      remedy: (param) => `See what it waits for: tain day status ${param('before') || param('date')}.`,
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
      title: (param, count) =>
        `${count} files do not get through to ${param('target')}: ${param('state')} ${param('code')}, like ${param('file')}.`,
      remedy: (param) => DELIVERY_REMEDIES[param('state')] ?? DELIVERY_REMEDIES['sending']!,
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
    'valuation-nearing': {
      title: (param, count) =>
        `${count} open swaps of ${param('entity')} have no valuation of ${param('date')} yet, and it is soon due, like ${param('swap')}.`,
      remedy: () => 'Send the valuations (VALU) in before they are late.',
    },
    'collateral-nearing': {
      title: (param, count) =>
        `${count} portfolios of ${param('entity')} have no margin of ${param('date')} yet, and it is soon due, like ${param('swap')}.`,
      remedy: () => 'Send the margin (MARU) in before it is late.',
    },
    'reconcile-breaks': {
      title: (param, count) =>
        `${count} fields of ${param('entity')} differ from the repository’s open swaps of ${param('date')} (${param('report')}).`,
      remedy: () => 'Correct them (CORR), then compare again: tain reconcile FILE --record.',
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
    violated: {
      title: (param, count) =>
        `${count} accepted events of ${param('swaps')} swaps break the order of events (${param('rule')}), like one of ${param('swap')}: nothing of them is reported.`,
      remedy: () =>
        'See what came before them (tain trace ID), have them corrected and sent in again, or resolve it with a reason.',
    },
    'rejected-records': {
      title: (param, count) =>
        `${param('atLeast') === '1' ? 'At least ' : ''}${count} records of ${param('sources')} files or feeds were rejected: ${mistakeOf(param, MISTAKES)}, ` +
        `by ${param('rules')}${param('otherRules') === '0' ? '' : ` and ${param('otherRules')} more rules`}; the first at ${param('example')}.`,
      remedy: () => 'Have them mended (tain rejections FILE) and sent in again, or resolve it with a reason.',
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
  columns: {
    what: 'what',
    count: 'count',
    owner: 'owner',
    age: 'age',
    deadline: 'deadline',
    item: 'which',
    about: 'about',
  },
  nobody: (role) => `(${role})`,
  overdue: 'overdue',
  nothing: 'Nothing needs a person.',
  note: (by, text) => `note of ${by}: ${text}`,
  more: (kind, count) =>
    `Of ${kind} there are ${count} more: see them with --kind ${kind} as these are settled.`,
  noItems: 'It is one thing: its links show it.',
  moreItems: 'There are more than are shown.',
  sum: (causes) => `${causes} causes need a person.`,
  age: (days, hours, minutes) =>
    days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min`,
};
