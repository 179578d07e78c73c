/**
 * The rows of a file of messages, made of the texts of records without a record by slot in between: every message of a
 * day passes here.
 */
import { readOutgoing } from '../outbound/outgoing-values.ts';
import { singleValue } from '../swaps/record-content.ts';
import { codeOfSlot } from '../swaps/record-text.ts';
import { createControlTotals, type ControlTotals } from './control-totals.ts';
import { columnsOf, MESSAGE_ID_COLUMN, type MessageKind } from './message-columns.ts';

/** A message as its cut left it. */
export type CutMessage = {
  readonly id: string;
  /** JSON text of the record, as `writeRecord` writes it. */
  readonly elements: string;
  /** #22; null: what the record says. */
  readonly submitter: string | null;
  /** #97. */
  readonly reportedAt: Date;
};

export type MessageRows = {
  /** Names of the columns: the id of the message, then those of `columnsOf`. */
  readonly header: readonly string[];
  /** The fields of a message under these names; each message is counted. */
  row(message: CutMessage): string[];
  /** Of the messages so far. */
  totals(): ControlTotals;
};

const ACTION = codeOfSlot('actionType');
const AMOUNT = codeOfSlot('notionalAmountLeg1');
const CURRENCY = codeOfSlot('notionalCurrencyLeg1');

/** Makes the rows of one file. */
export function createMessageRows(kind: MessageKind): MessageRows {
  const header = [MESSAGE_ID_COLUMN, ...columnsOf(kind).names];
  const places = new Map(header.map((slot, place) => [codeOfSlot(slot), place]));
  const counter = createControlTotals();
  return {
    header,
    row({ id, elements, submitter, reportedAt }) {
      const coded = readOutgoing(elements, submitter, reportedAt.getTime());
      counter.add(singleValue(coded, ACTION), singleValue(coded, AMOUNT), singleValue(coded, CURRENCY));
      const row = new Array<string>(header.length).fill('');
      for (const code in coded) {
        const place = places.get(code);
        if (place === undefined) continue;
        const value = coded[code]!;
        row[place] = typeof value === 'string' ? value : value.join(';');
      }
      row[0] = id;
      return row;
    },
    totals: counter.totals,
  };
}
