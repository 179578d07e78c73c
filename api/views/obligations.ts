/** What is owed by when, as the API shows it. */
import { obligationState, type Blocker, type OwedKind } from '../../contracts/obligations.ts';
import type { ObligationList, ObligationView } from '../../contracts/obligations.schema.ts';
import { describeBlocker } from '../../contracts/texts/describe-obligations.ts';
import type { Language } from '../../contracts/texts/shape.ts';
import type { DailyGap } from '../../db/exception-ledger.ts';
import type { DueMessages } from '../../db/obligations.ts';
import { entitiesAt, entityAt, type EntityTable } from '../../domain/cftc/entities.ts';
import { verificationObligation } from '../../domain/cftc/obligations.ts';
import type { OwedDay } from '../../domain/desk/daily-duties.ts';

type Context = {
  readonly entities: EntityTable;
  /** An instant in milliseconds, and its day. */
  readonly now: number;
  readonly today: string;
  readonly language: Language;
};

export type Blocking = ObligationList['notCut'][number];

/** Which blocker a message of a state is; null where nothing is in its way. */
const BLOCKER_OF: Readonly<Record<DueMessages['state'], Blocker | null>> = {
  held: 'held',
  pending: 'not-sent',
  sent: 'unanswered',
  refused: 'refused',
  acknowledged: null,
  resubmitted: null,
  withdrawn: null,
};

export const sayBlocking = (
  reason: Blocker,
  found: { readonly count: number; readonly example: string | null },
  language: Language,
): Blocking => ({
  reason,
  text: describeBlocker(reason, language),
  count: found.count,
  example: found.example,
});

/** Groups by state as one obligation each. What was resubmitted is answered for by the message in its place; what was withdrawn, by nothing. */
export function viewMessages(groups: readonly DueMessages[], context: Context): ObligationView[] {
  const { entities, now, language } = context;
  const keyOf = ({ entity, part, obligation, date, dueOn }: DueMessages): string =>
    JSON.stringify([entity, part, obligation, date, dueOn]);
  return [...Map.groupBy(groups, keyOf).values()].flatMap((states) => {
    const [{ entity, part, obligation, date }] = states as [DueMessages];
    const counted = states.filter(({ state }) => state !== 'resubmitted' && state !== 'withdrawn');
    const total = counted.reduce((sum, { count }) => sum + count, 0);
    if (total === 0) return [];
    const blocking = counted.flatMap((one) => {
      const reason = BLOCKER_OF[one.state];
      return reason === null ? [] : [sayBlocking(reason, one, language)];
    });
    const open = blocking.reduce((sum, { count }) => sum + count, 0);
    const waiting = counted.filter(({ state }) => BLOCKER_OF[state] !== null);
    const due = Math.min(...(open > 0 ? waiting : counted).map(({ dueAt }) => dueAt.getTime()));
    const kind = part === 43 ? 'at-once' : 'message';
    return [
      {
        entity: entity ?? '',
        isOurs: entity !== null && entityAt(entities, entity, date ?? context.today) !== null,
        ...{ kind: 'message' as const, part, obligation: obligation ?? '', date },
        dueAt: new Date(due).toISOString(),
        state: obligationState(kind, { open, dueAt: due }, now),
        total,
        open,
        blocking,
      },
    ];
  });
}

/** The daily reports of days; of a day to come nobody can say yet what it lacks. */
export function viewDaily(
  days: readonly OwedDay[],
  gaps: Readonly<Record<'valuation' | 'collateral', readonly DailyGap[]>>,
  { now, language }: Context,
): ObligationView[] {
  return days.map(({ kind, entity, date, obligation }) => {
    const gap = gaps[kind].find((one) => one.entity === entity && one.date === date);
    const open = gap?.count ?? 0;
    return {
      ...ownView(kind, entity, { date, dueAt: obligation.dueAt, open, obligation: obligation.citation }, now),
      blocking: gap ? [sayBlocking('not-reported', gap, language)] : [],
    };
  });
}

/** When each of our entities must verify its open swaps next. One that never has is owed without a due time. */
export function viewVerifications(
  verified: ReadonlyMap<string, string>,
  { entities, now, today, language }: Context,
): ObligationView[] {
  return entitiesAt(entities, today).flatMap((entity) => {
    const last = verified.get(entity.lei) ?? null;
    const owed = verificationObligation(entity, last ?? today);
    if (owed === null) return [];
    const dueAt = last === null ? null : owed.dueAt;
    const what = { date: last, dueAt, open: 1, obligation: owed.citation };
    const blocking =
      last === null ? [sayBlocking('never-verified', { count: 1, example: null }, language)] : [];
    return [{ ...ownView('verification', entity.lei, what, now), blocking }];
  });
}

function ownView(
  kind: OwedKind,
  entity: string,
  what: { date: string | null; dueAt: number | null; open: number; obligation: string },
  now: number,
): Omit<ObligationView, 'blocking'> {
  const { date, dueAt, open, obligation } = what;
  return {
    ...{ entity, isOurs: true, kind, part: null, obligation, date, total: null, open },
    dueAt: dueAt === null ? null : new Date(dueAt).toISOString(),
    state: obligationState(kind, { open, dueAt }, now),
  };
}
