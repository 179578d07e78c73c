/** What a reconciliation found, in English. reconcile-ko.ts follows. */
import type { BreakKind } from '../reconciliation.ts';

export type ReconcileTexts = {
  readonly kinds: Readonly<Record<BreakKind, string>>;
  /** What a person does. */
  readonly remedies: Readonly<Record<BreakKind, string>>;
  readonly columns: {
    readonly kind: string;
    readonly swap: string;
    readonly line: string;
    readonly element: string;
    readonly ours: string;
    readonly theirs: string;
    readonly count: string;
  };
  readonly blank: string;
  readonly more: (count: string) => string;
  readonly unreadable: (file: string, lines: string, first: string) => string;
  readonly unreadableLine: (file: string, line: string) => string;
  readonly summary: (facts: {
    readonly file: string;
    readonly date: string;
    readonly reported: string;
    readonly expected: string;
    readonly compared: string;
    readonly agreeing: string;
    readonly breaks: string;
  }) => string;
  readonly recorded: (entities: string, date: string) => string;
};

export const RECONCILE_EN: ReconcileTexts = {
  kinds: {
    'invalid-value': 'invalid value',
    'missing-value': 'missing value',
    'wrong-uti': 'wrong UTI',
    'unreported-swap': 'unreported swap',
    'closed-should-be-open': 'closed but should be open',
    'open-should-be-closed': 'open but should be closed',
    'reported-should-not-be': 'reported but should not be',
    'changed-counterparty': 'changed counterparty identifier',
  },
  remedies: {
    'invalid-value': 'send CORR with the right value',
    'missing-value': 'send CORR with the value',
    'wrong-uti': 'send EROR for the wrong UTI and NEWT for the right one',
    'unreported-swap': 'send NEWT',
    'closed-should-be-open': 'send REVI',
    'open-should-be-closed': 'send TERM, or CORR of the expiration date',
    'reported-should-not-be': 'send EROR',
    'changed-counterparty': 'find out which identifier holds; send CORR if it is ours',
  },
  columns: {
    kind: 'error',
    swap: 'swap',
    line: 'line',
    element: 'element',
    ours: 'ours',
    theirs: 'the report',
    count: 'count',
  },
  blank: '(blank)',
  more: (count) => `… and ${count} more (--limit shows more, --csv all).`,
  unreadable: (file, lines, first) =>
    `${file}: ${lines} lines could not be read, or name no swap; the first is line ${first}.`,
  unreadableLine: (file, line) => `${file}, line ${line}: cannot be read, or names no swap (#103, #102).`,
  summary: ({ file, date, reported, expected, compared, agreeing, breaks }) =>
    `${file} of ${date}: ${reported} swaps reported, ${expected} expected, ${compared} compared, ` +
    `${agreeing} of them agree in every field; ${breaks} errors.`,
  recorded: (entities, date) => `Recorded: the open swaps of ${entities} were verified as of ${date}.`,
};
