/** The figures of a day, how they must add up, and what of them needs a person. */
import type { ErrorFacts } from '../../contracts/errors.ts';
import type { DayState, MessageState } from '../../contracts/outbound.ts';
import type { Need } from '../../contracts/texts/summary-en.ts';

export type DayOutcomes = {
  readonly applied: number;
  readonly duplicate: number;
  readonly conflict: number;
  readonly pending: number;
  readonly violated: number;
};

export type DayFacts = {
  /** YYYY-MM-DD */
  readonly date: string;
  /** Null: nobody has opened it. */
  readonly state: DayState | null;
  readonly version: number;
  /** YYYY-MM-DDThh:mm:ssZ, null before the cut. */
  readonly cutAt: string | null;
  readonly problem: ErrorFacts | null;
  /** The moment that the figures are of, an instant in milliseconds. */
  readonly now: number;
  readonly records: { readonly read: number; readonly accepted: number; readonly rejected: number };
  /** Accepted records of the cut that name neither a swap nor a portfolio. */
  readonly unplaced: number;
  /** Of the other accepted records, when their messages were cut; null before. */
  readonly outcomes: DayOutcomes | null;
  /** Applied events of earlier days that waited until then. */
  readonly settled: number;
  /** Applied events that the other party reports. */
  readonly otherReports: number;
  /** Messages that were made of events, without those that take the place of a refused one. */
  readonly messages: number;
  /** All messages of the day by state, and those among them that take the place of a refused one. */
  readonly byState: Readonly<Record<MessageState, number>>;
  readonly resubmissions: number;
  /** Kind of message or asset class, '' where it is not known. */
  readonly byClass: readonly { readonly name: string; readonly count: number }[];
  /** Rejected records by rule, most first; a record counts under every rule that it breaks. */
  readonly byRule: readonly { readonly rule: string; readonly count: number }[];
  /** Rejected records of the cut that no accepted record has taken the place of. */
  readonly unmended: number;
  /** When the earliest messages that are not acknowledged are due, by state, instants; null where none is. */
  readonly nextDue: Readonly<Record<'refused' | 'held' | 'pending' | 'sent', number | null>>;
  /** Values of the day that our entities owe and that nobody has sent. */
  readonly owed: readonly {
    readonly kind: 'valuation' | 'collateral';
    /** LEI. */
    readonly entity: string;
    readonly count: number;
    /** An instant; null when nobody can say by when. */
    readonly dueAt: number | null;
  }[];
  /** When the first of what happened on the day is due, an instant; null when none of ours owes anything. */
  readonly mendBy: number | null;
  readonly timely: Readonly<Record<'inTime' | 'late' | 'overdue' | 'open' | 'noDeadline', number>>;
  readonly inputs: readonly {
    readonly name: string;
    readonly state: 'waiting' | 'arrived' | 'waived' | 'missing';
    readonly dueAt: string | null;
  }[];
  readonly files: readonly {
    readonly name: string;
    readonly rows: number;
    readonly bytes: number;
    readonly sha256: string;
  }[];
};

/** A sum as it is shown: what is on its left side, and what that must equal. */
export type DaySum = {
  readonly name: 'read' | 'accepted' | 'messages' | 'answers';
  readonly left: readonly Addend[];
  readonly right: readonly Addend[];
  readonly holds: boolean;
};

export type Addend = { readonly term: string; readonly count: number };

const total = (side: readonly Addend[]): number => side.reduce((sum, { count }) => sum + count, 0);

function sum(name: DaySum['name'], left: readonly Addend[], right: readonly Addend[]): DaySum {
  return { name, left, right, holds: total(left) === total(right) };
}

/** The sums that hold at every moment behind the step that they are about. */
export function sumsOf(facts: DayFacts): DaySum[] {
  const { records, outcomes, unplaced, byState } = facts;
  const term = (name: string, count: number): Addend => ({ term: name, count });
  const sums = [
    sum(
      'read',
      [term('read', records.read)],
      [term('accepted', records.accepted), term('rejected', records.rejected)],
    ),
  ];
  if (outcomes === null) return sums;
  const became = Object.entries(outcomes).map(([name, count]) => term(name, count));
  // The last one is rare, and shown where there is any.
  if (unplaced > 0) became.push(term('unplaced', unplaced));
  sums.push(sum('accepted', [term('accepted', records.accepted)], became));
  sums.push(
    sum(
      'messages',
      [term('applied', outcomes.applied), ...(facts.settled > 0 ? [term('settled', facts.settled)] : [])],
      [term('messages', facts.messages), term('otherReports', facts.otherReports)],
    ),
  );
  const answers = Object.entries(byState).map(([name, count]) => term(`state:${name}`, count));
  sums.push(
    sum(
      'answers',
      [
        term('messages', facts.messages),
        ...(facts.resubmissions > 0 ? [term('resubmissions', facts.resubmissions)] : []),
      ],
      answers.filter(({ count }) => count > 0),
    ),
  );
  return sums;
}

export type DayNeed = {
  readonly kind: Need | 'problem';
  readonly count: number;
  /** An input, a sum, or an LEI. */
  readonly name: string;
  /** An instant; null where nothing says. */
  readonly dueAt: number | null;
};

/** What needs a person: what stops the day or makes its figures doubtful, then by deadline, then what has none. */
export function needsOf(facts: DayFacts): DayNeed[] {
  const { byState, timely, outcomes, inputs, nextDue, mendBy } = facts;
  const one = (
    kind: DayNeed['kind'],
    count: number,
    { name = '', dueAt = null as number | null } = {},
  ): DayNeed[] => (count > 0 ? [{ kind, count, name, dueAt }] : []);
  const open = Object.values(nextDue).filter((due) => due !== null);
  const timed = [
    ...one('overdue', timely.overdue, { dueAt: open.length === 0 ? null : Math.min(...open) }),
    ...one('refused', byState.refused, { dueAt: nextDue.refused }),
    ...one('held', byState.held, { dueAt: nextDue.held }),
    ...inputs.flatMap(({ name, state, dueAt }) =>
      one('input-missing', state === 'missing' ? 1 : 0, {
        name,
        dueAt: dueAt === null ? null : Date.parse(dueAt),
      }),
    ),
    ...facts.owed.flatMap(({ kind, entity, count, dueAt }) =>
      one(`${kind}-owed`, count, { name: entity, dueAt }),
    ),
    ...one('rejected', facts.unmended, { dueAt: mendBy }),
    ...one('conflict', outcomes?.conflict ?? 0),
    ...one('violated', outcomes?.violated ?? 0),
    ...one('pending', outcomes?.pending ?? 0),
  ];
  return [
    ...one('problem', facts.problem === null ? 0 : 1),
    ...sumsOf(facts).flatMap(({ holds, name }) => one('sum', holds ? 0 : 1, { name })),
    ...timed.toSorted((left, right) => (left.dueAt ?? Infinity) - (right.dueAt ?? Infinity) || 0),
  ];
}

/** Is the day over, with nothing left to do? */
export const isComplete = (facts: DayFacts): boolean =>
  (facts.state === 'closed' || facts.state === 'nil') && needsOf(facts).length === 0;
