/** How a way to spoil (or to vary) a record is written down: which cells it writes and what is wrong afterwards. */
import type { RuleId } from '../../domain/cftc/rules.ts';
import { AT, elementOf, setCells, type Cells, type Slot, type Values } from '../columns.ts';
import type { Random } from '../random.ts';
import { both, has, isTransaction, type Where } from './where.ts';

/** What the validator must say; known from how the record was made, never from asking the validator. */
export type ExpectedIssue = { readonly ruleId: string; readonly element: string | null };

/** Writes cells of a record that was right. */
export type CellMutation = {
  readonly name: string;
  /** The records in which it breaks what it says, and nothing else. */
  readonly where: Where;
  /** The cells that it writes; two mutations of one record must not share one. */
  readonly slots: readonly Slot[];
  readonly issues: readonly ExpectedIssue[];
  readonly apply: (cells: Cells, random: Random) => void;
};

/** Spoils the line itself. One that breaks the line leaves more than one record. */
export type LineMutation = {
  readonly name: string;
  readonly ruleIds: readonly RuleId[];
  readonly apply: (
    cells: Cells,
    random: Random,
  ) => readonly { readonly text: string; readonly issue: ExpectedIssue }[];
};

/** A value, or how it is made from the one that stood there. */
type Way = string | ((before: string, random: Random) => string);

/** A mutation of one cell that breaks one rule in one of several ways, where the cell has a value. */
export const breaks = (ruleId: RuleId, slot: Slot, ...ways: readonly Way[]): CellMutation => ({
  name: `${ruleId} in ${slot}`,
  where: has(slot),
  slots: [slot],
  issues: [{ ruleId, element: elementOf(slot) }],
  apply: (cells, random) => {
    const way = random.pick(ways);
    cells[AT[slot]] = typeof way === 'string' ? way : way(cells[AT[slot]]!, random);
  },
});

/** A mutation of several cells, of which one breaks a rule, where that one has a value. */
export const breaksAmong = (ruleId: RuleId, slot: Slot, values: Values): CellMutation => ({
  name: `${ruleId} in ${slot} among ${Object.keys(values).length} cells`,
  where: has(slot),
  slots: Object.keys(values) as Slot[],
  issues: [{ ruleId, element: elementOf(slot) }],
  apply: (cells) => {
    setCells(cells, values);
  },
});

/** A way to write a record that is unusual and right, where its cells have values. */
export const allowed = (name: string, ...ways: readonly Values[]): CellMutation => {
  const slots = Object.keys(ways[0]!) as Slot[];
  return {
    name,
    where: both(...slots.map((slot) => has(slot))),
    slots,
    issues: [],
    apply: (cells, random) => {
      setCells(cells, random.pick(ways));
    },
  };
};

/** The mutation in these records alone, also where its cells are blank. */
export const inside = (where: Where, mutation: CellMutation): CellMutation => ({ ...mutation, where });

/** The mutation in those of its records that also fit. */
export const only = (where: Where, mutation: CellMutation): CellMutation => ({
  ...mutation,
  where: both(mutation.where, where),
});

/** The mutation in every report of a swap, also where its cells are blank. */
export const inTransactions = (mutation: CellMutation): CellMutation => inside(isTransaction, mutation);

/** The number in the last place raised by one: never the right check digit. */
export function withWrongLastDigit(identifier: string): string {
  const last = Number(identifier.at(-1));
  return identifier.slice(0, -1) + String((last + 1) % 10);
}
