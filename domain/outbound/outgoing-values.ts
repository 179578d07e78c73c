/** What an outgoing message says: the record as the ledger has it, with who submits it (#22) and when (#97). */
import type { RecordValues } from '../swaps/record-content.ts';

/** An instant as messages write it, whole seconds. @param at milliseconds since 1970 */
export const writeTimestamp = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/**
 * @param submitter #22; null: what the record says
 * @param reportedAt #97, milliseconds since 1970
 */
export const outgoingValues = (
  values: RecordValues,
  submitter: string | null,
  reportedAt: number,
): RecordValues => ({
  ...values,
  ...(submitter !== null && { submitterIdentifier: submitter }),
  reportingTimestamp: writeTimestamp(reportedAt),
});
