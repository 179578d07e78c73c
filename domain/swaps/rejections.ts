/**
 * The list of rejected records that a person mends and sends in again: the file's own columns as they were sent, and
 * behind them what `isReturnColumn` knows. Values are never altered, not even those that a spreadsheet would take for a
 * formula: they must come back as they are. What is only for reading cannot become a formula.
 */
import type { Issue } from '../../contracts/issues.ts';
import { decodeLossy, isPlain } from '../csv/decode.ts';
import { encodeLine, looksLikeFormula } from '../csv/encode.ts';
import { isReturnColumn, RETURN_COLUMNS } from './column-slots.ts';
import type { Layout } from './header.ts';
import { readFields } from './judge.ts';

export type RejectedRecord = {
  /** As `formatRecordReference` writes it; empty when the record was never received. */
  readonly reference: string;
  /** Text of the record, one character per byte; null when it was too long to be kept. */
  readonly text: string | null;
  /** What is known of a record that was too long to be kept. */
  readonly notKept?: { readonly bytes: number; readonly sha256: string };
  readonly issues: readonly Issue[];
};

export type RejectionEncoder = {
  /** The header line. */
  readonly header: string;
  /** The line of a rejected record. */
  readonly encode: (record: RejectedRecord) => string;
};

/** More does not fit into a cell of a spreadsheet. */
const MAX_SHOWN = 32_000;
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/g;

/**
 * Makes the encoder of a file's rejected records.
 * @param explain puts an issue into words
 */
export function createRejectionEncoder(layout: Layout, explain: (issue: Issue) => string): RejectionEncoder {
  // A corrected file that is rejected again brings the columns of the list before: they are written anew.
  const columns = layout.columns.filter((column) => !isReturnColumn(column));
  return {
    header: encodeLine([...columns.map(({ name }) => name), ...RETURN_COLUMNS]),
    encode({ reference, text, notKept, issues }) {
      const read = text === null ? null : readFields(text, isPlain(text), layout);
      const fields = read !== null && 'fields' in read ? read.fields : null;
      return encodeLine([
        ...columns.map(({ index }) => fields?.[index] ?? ''),
        reference,
        show(issues.map(explain).join(' | ')),
        fields === null ? show(text === null ? describeNotKept(notKept) : decodeLossy(text)) : '',
      ]);
    },
  };
}

const describeNotKept = (notKept: RejectedRecord['notKept']): string =>
  notKept ? `[${notKept.bytes} bytes, sha-256 ${notKept.sha256}]` : '';

/** Text to read: on one line, short enough for a cell, and no formula. */
function show(text: string): string {
  const visible = text
    .slice(0, MAX_SHOWN)
    .toWellFormed()
    .replaceAll(CONTROL_CHARACTERS, (control) =>
      control === '\u007f' ? '\u2421' : String.fromCharCode(0x2400 + control.charCodeAt(0)),
    );
  return looksLikeFormula(visible) ? `'${visible}` : visible;
}
