/** All the ways to spoil or to vary a record, and the order in which they take their turns. */
import type { Cells } from './columns.ts';
import { LEGAL_MUTATIONS, WARNING_MUTATIONS } from './mutations/accepted.ts';
import { END_OF_DAY_MUTATIONS } from './mutations/end-of-day.ts';
import { LINE_MUTATIONS } from './mutations/lines.ts';
import type { CellMutation, LineMutation } from './mutations/mutation.ts';
import { RECORD_MUTATIONS } from './mutations/records.ts';
import { DOUBTFUL_TRANSACTIONS, TRANSACTION_MUTATIONS } from './mutations/transactions.ts';
import { UNDETERMINED } from './mutations/undetermined.ts';
import { VALUE_MUTATIONS } from './mutations/values.ts';
import type { Random } from './random.ts';

export type { CellMutation, ExpectedIssue, LineMutation } from './mutations/mutation.ts';

/** Mutations that leave a record to be rejected. */
export const ERROR_MUTATIONS: readonly (CellMutation | LineMutation)[] = [
  ...VALUE_MUTATIONS,
  ...RECORD_MUTATIONS,
  ...TRANSACTION_MUTATIONS,
  ...END_OF_DAY_MUTATIONS,
  ...LINE_MUTATIONS,
];

/** Mutations that leave a record to be accepted, with a warning or without. */
export const ACCEPTED_MUTATIONS: readonly CellMutation[] = [
  ...WARNING_MUTATIONS,
  ...DOUBTFUL_TRANSACTIONS,
  ...UNDETERMINED,
  ...LEGAL_MUTATIONS,
];

/** Mutations of single values and lists: two of them can meet in one record, and neither changes what the other breaks. */
export const ERROR_CELL_MUTATIONS: readonly CellMutation[] = [...VALUE_MUTATIONS, ...RECORD_MUTATIONS];

/** Rules that the mutations break. */
export const BROKEN_RULES: ReadonlySet<string> = new Set(
  [...ERROR_MUTATIONS, ...ACCEPTED_MUTATIONS].flatMap<string>((mutation) =>
    'ruleIds' in mutation ? mutation.ruleIds : mutation.issues.map(({ ruleId }) => ruleId),
  ),
);

const fits = (mutation: CellMutation | LineMutation, cells: Cells): boolean =>
  'ruleIds' in mutation || mutation.where(cells);

/**
 * Deals out mutations in random order, each once before any comes twice: so that a few hundred records are enough to
 * see most of them. Those that do not fit the record wait for one that they fit. Null when none fits.
 */
export function createDealer<Mutation extends CellMutation | LineMutation>(
  mutations: readonly Mutation[],
  random: Random,
): (cells: Cells) => Mutation | null {
  let waiting: Mutation[] = mutations.slice();
  const findIn = (list: readonly Mutation[], cells: Cells): number => {
    const turn = random.int(0, list.length - 1);
    for (let step = 0; step < list.length; step += 1) {
      const at = (turn + step) % list.length;
      if (fits(list[at]!, cells)) return at;
    }
    return -1;
  };
  return (cells) => {
    if (waiting.length === 0) waiting = mutations.slice();
    const at = findIn(waiting, cells);
    if (at >= 0) return takeAt(waiting, at);
    return mutations[findIn(mutations, cells)] ?? null;
  };
}

/** Takes an item out of a list whose order does not matter. */
export function takeAt<T>(items: T[], at: number): T {
  const item = items[at]!;
  const last = items.pop()!;
  if (at < items.length) items[at] = last;
  return item;
}
