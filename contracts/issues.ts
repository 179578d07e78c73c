/**
 * What intake says of a record. An issue is stored as data (rule, element, value, parameters) and put into words by
 * contracts/texts. `error` rejects the record, `warning` is kept beside an accepted one, `unchecked` says that rules
 * could not be applied for want of knowledge: the record is neither wrong nor proven right.
 */
export const SEVERITIES = ['error', 'warning', 'unchecked'] as const;
export type Severity = (typeof SEVERITIES)[number];

export type IssueParams = Readonly<Record<string, string | number>>;

export type Issue = {
  readonly ruleId: string;
  readonly severity: Severity;
  /** Element number of the CFTC technical specification ("31", "D1"), null when no element is concerned. */
  readonly element: string | null;
  /** Column name as the file's header has it, null for issues of a whole record. */
  readonly column: string | null;
  /** The offending value as sent, cut at 200 characters. */
  readonly value: string | null;
  readonly params: IssueParams;
};

export type Verdict = {
  readonly accepted: boolean;
  /** UTI, USI or dissemination identifier; null when the record carries none that can be read. */
  readonly key: string | null;
  /** The rejected record that this one was sent to correct, as the sender names it; null when it says nothing. */
  readonly corrects: string | null;
  readonly issues: readonly Issue[];
};
