/** What an outgoing message says: the record as the ledger has it, with who submits it (#22) and when (#97). */
import { formatInstant } from '../cftc/calendars/zone.ts';
import type { RecordValues } from '../swaps/record-content.ts';

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
  reportingTimestamp: formatInstant(reportedAt),
});
