/** What an outgoing message says: the record as the ledger has it, with who submits it (#22) and when (#97). */
import { formatInstant } from '../cftc/calendars/zone.ts';
import type { RecordValues } from '../swaps/record-content.ts';
import { codeOfSlot, readCoded } from '../swaps/record-text.ts';

const SUBMITTER = 'submitterIdentifier';
const REPORTED_AT = 'reportingTimestamp';
const SUBMITTER_CODE = codeOfSlot(SUBMITTER);
const REPORTED_AT_CODE = codeOfSlot(REPORTED_AT);

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
  ...(submitter !== null && { [SUBMITTER]: submitter }),
  [REPORTED_AT]: formatInstant(reportedAt),
});

/**
 * The same by code, from the text of the record: a day has many of them.
 * @param submitter, reportedAt as above
 */
export function readOutgoing(
  text: string,
  submitter: string | null,
  reportedAt: number,
): Readonly<Record<string, string | readonly string[]>> {
  const coded = readCoded(text);
  if (submitter !== null) coded[SUBMITTER_CODE] = submitter;
  coded[REPORTED_AT_CODE] = formatInstant(reportedAt);
  return coded;
}
