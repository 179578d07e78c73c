/**
 * The ground truth of a demo file as lines of JSON: a summary, then every record that is not simply accepted. What
 * the lines do not name is accepted without an issue.
 */
export type ManifestIssue = { readonly ruleId: string; readonly element: string | null };

/** Verdict on one record, as expected or as found. */
export type RecordVerdict = {
  /** Number of the record in its file, from 1. */
  readonly record: number;
  /** Line of its first byte; the header is line 1. */
  readonly line: number;
  readonly verdict: 'accepted' | 'rejected';
  readonly issues: readonly ManifestIssue[];
};

export type ManifestSummary = {
  readonly seed: string;
  readonly rows: number;
  /** YYYY-MM-DD */
  readonly date: string;
  readonly brokenShare: number;
  readonly accepted: number;
  readonly rejected: number;
  /** Of the whole file, in hexadecimal digits. */
  readonly sha256: string;
};

/** Does the manifest name the record? */
export const isNamed = (expected: RecordVerdict): boolean =>
  expected.verdict === 'rejected' || expected.issues.length > 0;

/** The line of a record, with its line break. */
export const formatVerdict = ({ record, line, verdict, issues }: RecordVerdict): string =>
  `${JSON.stringify({ record, line, verdict, issues })}\n`;

/** The first line, with its line break; filled up with blanks to `width`, so that it can be written last. */
export const formatSummary = (summary: ManifestSummary, width = 0): string =>
  `${JSON.stringify(summary).padEnd(width - 1)}\n`;
