/** How a way to spoil (or to vary) a record is written down: which cells it writes and what is wrong afterwards. */
import type { RuleId } from '../../domain/cftc/rules.ts';
import { AT, elementOf, setCells, type Cells, type Slot, type Values } from '../columns.ts';
import type { Random } from '../random.ts';

/** What the validator must say; known from how the record was made, never from asking the validator. */
export type ExpectedIssue = { readonly ruleId: RuleId; readonly element: string | null };

/** Writes cells of a record that was right. */
export type CellMutation = {
  readonly name: string;
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

/** A mutation of one cell that breaks one rule in one of several ways. */
export const breaks = (ruleId: RuleId, slot: Slot, ...ways: readonly Way[]): CellMutation => ({
  name: `${ruleId} in ${slot}`,
  slots: [slot],
  issues: [{ ruleId, element: elementOf(slot) }],
  apply: (cells, random) => {
    const way = random.pick(ways);
    cells[AT[slot]] = typeof way === 'string' ? way : way(cells[AT[slot]]!, random);
  },
});

/** A mutation of several cells, of which one breaks a rule. */
export const breaksAmong = (ruleId: RuleId, slot: Slot, values: Values): CellMutation => ({
  name: `${ruleId} in ${slot} among ${Object.keys(values).length} cells`,
  slots: Object.keys(values) as Slot[],
  issues: [{ ruleId, element: elementOf(slot) }],
  apply: (cells) => {
    setCells(cells, values);
  },
});

/** A way to write a record that is unusual and right. */
export const allowed = (name: string, ...ways: readonly Values[]): CellMutation => ({
  name,
  slots: Object.keys(ways[0]!) as Slot[],
  issues: [],
  apply: (cells, random) => {
    setCells(cells, random.pick(ways));
  },
});

/** The number in the last place raised by one: never the right check digit. */
export function withWrongLastDigit(identifier: string): string {
  const last = Number(identifier.at(-1));
  return identifier.slice(0, -1) + String((last + 1) % 10);
}
