/** A message as it is sent: the values of its event, with the submitter (#22) and the time (#97) that its cut gave it. */
import type { RecordValues } from '../swaps/record-content.ts';

export type SentFacts = {
  /** #22; null: what the record says. */
  readonly submitter: string | null;
  /** #97, YYYY-MM-DDThh:mm:ssZ. */
  readonly reportedAt: string;
};

/** @param values of the event, or what is sent in its place, by slot */
export const sentRecord = (values: RecordValues, { submitter, reportedAt }: SentFacts): RecordValues => ({
  ...values,
  ...(submitter !== null && { submitterIdentifier: submitter }),
  reportingTimestamp: reportedAt,
});
