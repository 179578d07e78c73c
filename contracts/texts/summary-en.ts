/** The words of a day's summary, in English. summary-ko.ts follows. */
import type { DayState, MessageState } from '../outbound.ts';

export type SummaryTexts = {
  readonly lang: string;
  readonly title: (date: string) => string;
  readonly states: Readonly<Record<DayState | 'unopened', string>>;
  readonly version: (version: number) => string;
  readonly cutAt: (instant: string) => string;
  readonly madeAt: (instant: string) => string;
  readonly nothingToDo: string;
  readonly needsPerson: string;
  readonly needs: Readonly<
    Record<
      'problem' | 'input-missing' | 'refused' | 'held' | 'overdue' | 'conflict' | 'pending' | 'sum',
      (count: string, name: string) => string
    >
  >;
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
  };
};

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
  nothingToDo: 'Nothing of this day needs a person now.',
  needsPerson: 'What needs a person',
  needs: {
    problem: (_count, name) => name,
    'input-missing': (_count, name) => `The input ${name} is missing. Send it in, or waive it with a reason.`,
    refused: (count) =>
      `Messages refused by the repository: ${count}. Correct them and send them again; the clock runs.`,
    held: (count) => `Messages held until a refused one of their swap is settled: ${count}.`,
    overdue: (count) => `Messages past their due time and not acknowledged: ${count}.`,
    conflict: (count) =>
      `Accepted events that contradict others: ${count}. Say which is right by a correction.`,
    pending: (count) => `Accepted events that wait for the beginning of their swap: ${count}.`,
    sum: (_count, name) => `A sum does not add up: ${name}. Run tain verify for the day.`,
  },
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
  columns: { name: 'Name', rows: 'Rows', bytes: 'Bytes', hash: 'SHA-256', due: 'Due', state: 'State' },
};
