/** How a record is made whose values do not go together: by leaving cells blank, or by writing others into them. */
import { setCells, type Slot, type Values } from '../columns.ts';
import type { CellMutation, ExpectedIssue } from './mutation.ts';
import { both, has, type Where } from './where.ts';

/** Issues of conditional rules by their ids, which name the kind of rule and the number of the element at fault. */
export const issuesOf = (ruleIds: string): readonly ExpectedIssue[] =>
  ruleIds.split(' ').map((ruleId) => ({ ruleId, element: ruleId.split('.')[1]! }));

/**
 * Leaves cells blank that have values.
 * @param slots names of the cells
 * @param ruleIds what is then broken, with a rule once for every leg in which it is
 */
export function omits(where: Where, slots: string, ruleIds: string): CellMutation {
  const names = slots.split(' ') as Slot[];
  const blanks: Values = Object.fromEntries(names.map((slot) => [slot, '']));
  return {
    name: `without ${slots}`,
    where: both(where, ...names.map((slot) => has(slot))),
    slots: names,
    issues: issuesOf(ruleIds),
    apply: (cells) => {
      setCells(cells, blanks);
    },
  };
}

/** Writes values into cells, blank or not. */
export function writes(where: Where, values: Values, ruleIds: string): CellMutation {
  const names = Object.keys(values) as Slot[];
  return {
    name: `${ruleIds} by ${names.join(' ')}`,
    where,
    slots: names,
    issues: issuesOf(ruleIds),
    apply: (cells) => {
      setCells(cells, values);
    },
  };
}
