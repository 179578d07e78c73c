/** The words of a day's summary, in English. summary-ko.ts follows. */
import type { DayState, MessageState } from '../outbound.ts';

/** What of a day needs a person, a problem of the day itself apart. */
export type Need =
  | 'sum'
  | 'overdue'
  | 'refused'
  | 'held'
  | 'input-missing'
  | 'valuation-owed'
  | 'collateral-owed'
  | 'rejected'
  | 'conflict'
  | 'violated'
  | 'pending';

export type SummaryTexts = {
  readonly lang: string;
  readonly title: (date: string) => string;
  readonly states: Readonly<Record<DayState | 'unopened', string>>;
  readonly version: (version: number) => string;
  readonly cutAt: (instant: string) => string;
  readonly madeAt: (instant: string) => string;
  readonly complete: string;
  readonly nothingToDo: string;
  readonly needsPerson: (count: string) => string;
  /** What is the matter. */
  readonly needs: Readonly<Record<Need | 'problem', (count: string, name: string) => string>>;
  /** What to do next. */
  readonly next: Readonly<Record<Need, (date: string, name: string) => string>>;
  /** How much time is left or was lost, the largest two of days, hours and minutes. */
  readonly dueIn: (days: number, hours: number, minutes: number) => string;
  readonly overdueBy: (days: number, hours: number, minutes: number) => string;
  readonly sums: string;
  readonly sumNotes: {
    readonly read: string;
    readonly accepted: string;
    readonly messages: string;
    readonly answers: string;
  };
  readonly holds: string;
  readonly broken: string;
  readonly terms: {
    readonly read: string;
    readonly accepted: string;
    readonly rejected: string;
    readonly applied: string;
    readonly duplicate: string;
    readonly conflict: string;
    readonly pending: string;
    readonly violated: string;
    readonly unplaced: string;
    readonly settled: string;
    readonly messages: string;
    readonly otherReports: string;
    readonly resubmissions: string;
  };
  readonly messageStates: Readonly<Record<MessageState, string>>;
  readonly byClass: string;
  readonly assetClasses: Readonly<Record<string, string>>;
  readonly byRule: string;
  readonly moreRules: (count: string) => string;
  readonly timeliness: string;
  readonly timely: Readonly<Record<'inTime' | 'late' | 'overdue' | 'open' | 'noDeadline', string>>;
  readonly inputs: string;
  readonly inputStates: Readonly<Record<'waiting' | 'arrived' | 'waived' | 'missing', string>>;
  readonly files: string;
  readonly none: string;
  readonly columns: {
    readonly name: string;
    readonly rows: string;
    readonly bytes: string;
    readonly hash: string;
    readonly due: string;
    readonly state: string;
    readonly what: string;
    readonly next: string;
  };
};

const span = (days: number, hours: number, minutes: number): string =>
  days > 0 ? `${days} d ${hours} h` : hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min`;

export const SUMMARY_EN: SummaryTexts = {
  lang: 'en',
  title: (date) => `CFTC day ${date}`,
  states: {
    unopened: 'Not opened',
    open: 'Open: waits for its inputs',
    cut: 'Cut: its messages are being made',
    reported: 'Reported: its files are written',
    delivering: 'Delivering: waits for answers',
    closed: 'Closed',
    nil: 'Closed without anything to report',
    incomplete: 'Incomplete',
  },
  version: (version) => `version ${version}`,
  cutAt: (instant) => `cut at ${instant}`,
  madeAt: (instant) => `As of ${instant}.`,
  complete: 'Complete: everything was reported and acknowledged, and nothing needs a person.',
  nothingToDo: 'Nothing of this day needs a person now.',
  needsPerson: (count) => `Needs a person: ${count}`,
  needs: {
    problem: (_count, name) => name,
    sum: (_count, name) => `A sum does not add up: ${name}.`,
    overdue: (count) => `${count} messages are past their due time and not acknowledged.`,
    refused: (count) => `The repository refused ${count} messages.`,
    held: (count) => `${count} messages wait until a refused one of their swap is settled.`,
    'input-missing': (_count, name) => `The input ${name} is missing.`,
    'valuation-owed': (count, name) =>
      `${count} open swaps of ${name} have no valuation of this day or later.`,
    'collateral-owed': (count, name) => `${count} portfolios of ${name} have no margin of this day or later.`,
    rejected: (count) => `${count} records were rejected and not sent again.`,
    conflict: (count) => `${count} accepted events contradict others.`,
    violated: (count) => `${count} accepted events break the order of events: nothing of them is reported.`,
    pending: (count) => `${count} accepted events wait for the beginning of their swap.`,
  },
  next: {
    sum: (date) => `Run: tain day replay ${date}, and tain verify for its files.`,
    overdue: () => 'See what is in the way: tain obligations. Notify the regulator if it takes longer.',
    refused: () =>
      'See why: tain exceptions --kind message-refused. Send corrections in, then tain message resubmit ID --reason …',
    held: () => 'Settle the refused messages; these follow by themselves with the next day.',
    'input-missing': (date, name) => `Have it sent, or: tain day waive ${date} ${name} --reason …`,
    'valuation-owed': () => 'Have the valuations (VALU) sent in: tain exceptions --kind valuation-owed.',
    'collateral-owed': () => 'Have the margin (MARU) sent in: tain exceptions --kind collateral-owed.',
    rejected: () =>
      'Have them mended and sent in: tain exceptions --kind rejected-records, tain rejections FILE.',
    conflict: () => 'Say which is right by a correction (CORR): tain exceptions --kind conflict.',
    violated: () => 'Have them corrected and sent in again: tain exceptions --kind violated.',
    pending: () => 'Have the beginnings (NEWT) sent in: tain exceptions --kind pending-old.',
  },
  dueIn: (...left) => `due in ${span(...left)}`,
  overdueBy: (...lost) => `overdue by ${span(...lost)}`,
  sums: 'How the day adds up',
  sumNotes: {
    read: 'Every record of the files and feeds of the cut',
    accepted: 'What became of the accepted records in the ledger',
    messages: 'What leaves for the repository',
    answers: 'What the repository said to them',
  },
  holds: 'adds up',
  broken: 'does not add up',
  terms: {
    read: 'read',
    accepted: 'accepted',
    rejected: 'rejected',
    applied: 'applied',
    duplicate: 'duplicate',
    conflict: 'conflict',
    pending: 'pending',
    violated: 'violated',
    unplaced: 'name no swap',
    settled: 'settled from earlier days',
    messages: 'messages',
    otherReports: 'reported by the other party',
    resubmissions: 'resubmissions',
  },
  messageStates: {
    held: 'held',
    pending: 'to be sent',
    sent: 'sent, no answer yet',
    acknowledged: 'acknowledged',
    refused: 'refused',
    resubmitted: 'refused and resubmitted',
    withdrawn: 'withdrawn',
  },
  byClass: 'Messages by asset class',
  assetClasses: {
    CO: 'Other commodity',
    CR: 'Credit',
    EQ: 'Equity',
    FX: 'Foreign exchange',
    IR: 'Interest rate',
    valuation: 'Valuations',
    collateral: 'Collateral',
    '': 'Not known',
  },
  byRule: 'Rejected records by rule',
  moreRules: (count) => `and ${count} more by other rules`,
  timeliness: 'Timeliness',
  timely: {
    inTime: 'acknowledged in time',
    late: 'acknowledged late',
    overdue: 'overdue',
    open: 'not due yet',
    noDeadline: 'no deadline known',
  },
  inputs: 'Inputs that were expected',
  inputStates: { waiting: 'waited for', arrived: 'arrived', waived: 'waived', missing: 'missing' },
  files: 'Files of the day',
  none: 'None.',
  columns: {
    name: 'Name',
    rows: 'Rows',
    bytes: 'Bytes',
    hash: 'SHA-256',
    due: 'Due',
    state: 'State',
    what: 'What',
    next: 'Do next',
  },
};
