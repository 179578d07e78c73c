/** What the repository's open swaps report and our ledger disagree in. Free of zod. */

/**
 * The kinds of errors that a verification looks for. Source: 17 CFR 45.14(b) and 49.11, as repositories publish them:
 * invalid value, missing value, wrong UTI, unreported swap, closed but should be open, open but should be closed,
 * reported but should not be, changed counterparty identifier.
 */
export const BREAK_KINDS = [
  'invalid-value',
  'missing-value',
  'wrong-uti',
  'unreported-swap',
  'closed-should-be-open',
  'open-should-be-closed',
  'reported-should-not-be',
  'changed-counterparty',
] as const;

export type BreakKind = (typeof BREAK_KINDS)[number];

export type Break = {
  readonly kind: BreakKind;
  /** UTI, else USI: ours where we have the swap, else as reported. */
  readonly swap: string;
  /** Line of the report from 1; null where the report does not have the swap. */
  readonly line: number | null;
  /** Number of the element and its slot; null where the whole swap is meant. */
  readonly element: string | null;
  readonly slot: string | null;
  /** What we have and what the report says, in canonical form; blank where one says nothing. */
  readonly ours: string;
  readonly theirs: string;
};

export type ReconciliationCounts = {
  /** Swaps of the report, and those that it should list. */
  reported: number;
  expected: number;
  /** Swaps that both have. */
  compared: number;
  /** Of these, without any break. */
  agreeing: number;
  readonly breaks: Record<BreakKind, number>;
};
