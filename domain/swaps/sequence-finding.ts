/** What the fold says of a message: the rule, and the element and value that it is about. */
import type { Issue } from '../../contracts/issues.ts';
import { MAX_VALUE_LENGTH } from './issues.ts';
import type { Finding } from '../cftc/findings.ts';

export type SequenceFinding = Finding & {
  /** Element number; null when no single element is concerned. */
  readonly element: string | null;
  readonly value: string | null;
};

/** The finding as intake keeps it; a sequence has no column, because it looks at more than one record. */
export const toSequenceIssue = ({ ruleId, severity, params, element, value }: SequenceFinding): Issue => ({
  ruleId,
  severity,
  element,
  column: null,
  value: value === null ? null : value.slice(0, MAX_VALUE_LENGTH).toWellFormed(),
  params,
});
