/** Which records a mutation is for: those of which it is known what else it breaks, mostly nothing. */
import { AT, type Cells, type Slot } from '../columns.ts';

export type Where = (cells: Cells) => boolean;

const SUBMISSIONS_IN_FULL: ReadonlySet<string> = new Set(['NEWT', 'MODI', 'CORR', 'REVI']);

export const both =
  (...parts: readonly Where[]): Where =>
  (cells) =>
    parts.every((part) => part(cells));

/** The cell has one of the values; without any: it is not blank. */
export const has =
  (slot: Slot, ...values: readonly string[]): Where =>
  (cells) =>
    values.length === 0 ? cells[AT[slot]] !== '' : values.includes(cells[AT[slot]]!);

export const isNot =
  (where: Where): Where =>
  (cells) =>
    !where(cells);

/** The cell has one value, and not a list of them. */
export const isOne =
  (slot: Slot): Where =>
  (cells) =>
    cells[AT[slot]] !== '' && !cells[AT[slot]]!.includes(';');

export const isTransaction = has('messageType', 'transaction');
export const isValuation = has('messageType', 'valuation');
export const isCollateral = has('messageType', 'collateral');
export const isEndOfDay = has('messageType', 'valuation', 'collateral');

/** A swap that is reported with all its terms: of those that end a report, a repository may accept less. */
export const isInFull: Where = (cells) =>
  isTransaction(cells) && SUBMISSIONS_IN_FULL.has(cells[AT.actionType]!);

export const ofClass = (...classes: readonly string[]): Where =>
  both(isInFull, has('assetClass', ...classes));

export const isOption = both(isInFull, has('upi.instrumentType', 'Option'));
export const isFxOption = both(isOption, has('assetClass', 'FX'));
/** The same, also where its end is reported: whatever is given must agree. */
export const isAnyFxOption = both(
  isTransaction,
  has('assetClass', 'FX'),
  has('upi.instrumentType', 'Option'),
);
/** Cleared with a clearing house, out of another swap. */
export const isClearingSwap = both(isInFull, has('cleared', 'Y'), has('eventType', 'CLRG'));
export const isSuccessor = both(isInFull, has('actionType', 'NEWT'), has('priorUti'));
