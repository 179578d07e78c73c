/** Columns of the reports on a period: on messages, events and rejected records, and the rows under them. */
import { explainIssue } from '../cftc/explain-issue.ts';
import type { Issue } from '../../contracts/issues.ts';
import type { RecordValues } from '../swaps/record-content.ts';
import { columnsOf, MESSAGE_ID_COLUMN, type MessageKind } from './message-columns.ts';

/** A field as text; blank means not reported. */
const field = (value: string | number | null): string => (value === null ? '' : String(value));

export type MessageFacts = {
  readonly businessDate: string;
  readonly messageId: string;
  readonly state: string;
};

/** Columns of the messages of a kind: day, id and state, then the elements in the order of the specification. */
export const messageColumns = (kind: MessageKind): readonly string[] => [
  'businessDate',
  MESSAGE_ID_COLUMN,
  'state',
  ...columnsOf(kind).names,
];

/** @param values as the message is sent */
export const messageRow = (kind: MessageKind, facts: MessageFacts, values: RecordValues): string[] => [
  facts.businessDate,
  facts.messageId,
  facts.state,
  ...columnsOf(kind).fields(values),
];

export type LateMessage = {
  /** Instants as YYYY-MM-DDThh:mm:ssZ. */
  readonly dueAt: string;
  readonly messageId: string;
  readonly part: number;
  readonly kind: string;
  readonly assetClass: string | null;
  readonly key: string;
  readonly action: string;
  readonly businessDate: string | null;
  readonly obligation: string | null;
  readonly state: string;
  readonly sentAt: string | null;
  readonly answeredAt: string | null;
  /** Seconds from the due time to the acknowledgement; null while there is none. */
  readonly lateSeconds: number | null;
};

export const LATE_COLUMNS = [
  'dueAt',
  MESSAGE_ID_COLUMN,
  'part',
  'message',
  'assetClass',
  'swap',
  'actionType',
  'businessDate',
  'obligation',
  'state',
  'sentAt',
  'answeredAt',
  'lateSeconds',
] as const;

export const lateRow = (late: LateMessage): string[] =>
  [
    late.dueAt,
    late.messageId,
    late.part,
    late.kind,
    late.assetClass,
    late.key,
    late.action,
    late.businessDate,
    late.obligation,
    late.state,
    late.sentAt,
    late.answeredAt,
    late.lateSeconds,
  ].map(field);

export type ReportedEvent = {
  readonly key: string;
  readonly kind: 'swap' | 'portfolio';
  /** File and record, or feed@session and sequence. */
  readonly place: string;
  readonly part: number | null;
  readonly outcome: string;
  readonly issues: readonly Issue[];
  readonly values: RecordValues;
};

const ACTIVITY_FACTS = ['swap', 'kind', 'place', 'part', 'outcome', 'rules'] as const;

export const ACTIVITY_COLUMNS: readonly string[] = [...ACTIVITY_FACTS, ...columnsOf('transaction').names];

/** An event with what became of it; the rules are those of its issues, in the order in which they were found. */
export const activityRow = ({ issues, values, ...event }: ReportedEvent): string[] => [
  event.key,
  event.kind,
  event.place,
  field(event.part),
  event.outcome,
  [...new Set(issues.map(({ ruleId }) => ruleId))].join(';'),
  ...columnsOf('transaction').fields(values),
];

export type RejectedRecord = {
  /** Folder date of a file, date of submission on a feed. */
  readonly date: string;
  readonly source: 'file' | 'feed';
  /** Id of the file; feed@session. */
  readonly sourceId: string;
  /** Name of the file; of a feed, its name. */
  readonly name: string;
  /** Number of the record, or sequence number. */
  readonly record: number;
  /** Of a file. */
  readonly line: number | null;
  readonly key: string | null;
  readonly issues: readonly Issue[];
};

export const REJECTION_COLUMNS = [
  'date',
  'source',
  'sourceId',
  'name',
  'record',
  'line',
  'swap',
  'rule',
  'severity',
  'element',
  'column',
  'value',
  'problem',
] as const;

/** A row per issue of a rejected record, the problem in English; one row where nothing is said. */
export function rejectionRows({ issues, ...record }: RejectedRecord): string[][] {
  const head = [
    record.date,
    record.source,
    record.sourceId,
    record.name,
    record.record,
    record.line,
    record.key,
  ].map(field);
  const blank = [null, null, null, null, null, null];
  const tails = issues.map((issue) => [
    issue.ruleId,
    issue.severity,
    issue.element,
    issue.column,
    issue.value,
    explainIssue(issue, 'en'),
  ]);
  return (tails.length > 0 ? tails : [blank]).map((tail) => [...head, ...tail.map(field)]);
}
