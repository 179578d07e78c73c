/**
 * The ledger that files and feeds share. What it holds depends on the accepted events alone: not on the order, the
 * sources, the batches or the retries by which they came. See docs/decisions/0025-ledger.md.
 */
import type { TransactionSql } from 'postgres';
import type { EventOutcome, FoldedEvent } from '../domain/swaps/fold-swap.ts';
import type { EventSource, SourcedEvent } from '../domain/swaps/event-source.ts';
import {
  applyAll,
  applyBehind,
  holdsKey,
  openAccount,
  type Applied,
} from '../domain/swaps/ledger-account.ts';
import type { SwapEvent } from '../domain/swaps/swap-event.ts';
import {
  enterSource,
  lockSubjects,
  readAccounts,
  readClaims,
  readHistory,
  readKnown,
  type StoredEvent,
} from './ledger-reads.ts';
import { groupBySubject, keyHashOf, subjectId, type SubjectGroup } from './ledger-subjects.ts';
import {
  appendEvents,
  claimKeys,
  writeAccounts,
  writeIssues,
  writeOutcomes,
  type NewEvent,
  type NewOutcome,
} from './ledger-writes.ts';

/** Accepted events by what became of them. */
export type OutcomeCounts = Readonly<Record<EventOutcome['kind'], number>>;

export type ApplyResult = {
  /** The events that this call added to the history, by their outcomes now. */
  readonly outcomes: OutcomeCounts;
  /** Events that were in the history already, from the same place: what a retry finds. */
  readonly known: number;
  /** Positions at which the history has an event of other content; nothing is written of these. */
  readonly reused: readonly number[];
  /** Earlier events whose outcome changed. */
  readonly revised: number;
  /** Earlier events that were read and folded again. */
  readonly refolded: number;
};

export const NO_OUTCOMES: OutcomeCounts = { applied: 0, duplicate: 0, conflict: 0, pending: 0, violated: 0 };

/**
 * Applies accepted events in the caller's transaction, READ COMMITTED: appends them to the history, claims their keys,
 * folds their swaps and portfolios, and says what became of each. A late event has all events of its swap folded again,
 * which gives others new revisions of their outcomes where those change. Waits for other transactions that apply events
 * of the same swaps. Safe to repeat: an event is known by its place, and applied once.
 * @param events as `readSourcedEvent` makes them from records of `source`; in any order
 * @throws PostgresError 55P03 when the caller has set a lock_timeout and a swap stays locked for longer
 */
export async function applyEvents(
  tx: TransactionSql,
  events: readonly SourcedEvent[],
  source: EventSource,
): Promise<ApplyResult> {
  const sourceId = await enterSource(tx, source);
  await lockSubjects(tx, groupBySubject(events));
  const known = await readKnown(
    tx,
    sourceId,
    events.map(({ position }) => position),
  );
  const { fresh, repeated, reused } = sortOut(events, known);
  if (fresh.length === 0) return { outcomes: NO_OUTCOMES, known: repeated, reused, revised: 0, refolded: 0 };

  const groups = groupBySubject(fresh);
  const added = new Map<SwapEvent, NewEvent>();
  for (const { kind, key, events: own } of groups) {
    for (const { position, event } of own)
      added.set(event, { position, event, subject: { kind, key }, keyHash: keyHashOf(event) });
  }
  const { changes, history } = await foldGroups(tx, groups, added);

  const outcomes = { ...NO_OUTCOMES };
  const written: NewOutcome[] = [];
  const claims: NewEvent[] = [];
  for (const folded of changes.flatMap((change) => change.outcomes)) {
    const own = added.get(folded.event);
    const next = own
      ? { sourceId, position: own.position, revision: 1, ...spell(folded) }
      : revise(folded, history.get(folded.event)!);
    if (next !== null) written.push(next);
    if (!own) continue;
    outcomes[folded.outcome.kind] += 1;
    // What was there before holds its key still, or lost it to one of these.
    if (holdsKey(folded)) claims.push(own);
  }
  // Sent one behind the other without waiting for answers.
  await Promise.all([
    appendEvents(tx, sourceId, [...added.values()]),
    claims.length > 0 && claimKeys(tx, sourceId, claims),
    writeOutcomes(tx, written),
    writeAccounts(
      tx,
      changes.map(({ account }, at) => ({ subject: groups[at]!, account })),
    ),
  ]);
  return { outcomes, known: repeated, reused, revised: written.length - added.size, refolded: history.size };
}

/** Events that are new, one for each position. */
function sortOut(events: readonly SourcedEvent[], known: Map<number, string>) {
  const fresh: SourcedEvent[] = [];
  const reused: number[] = [];
  let repeated = 0;
  for (const sourced of events) {
    const { position, event } = sourced;
    const hash = known.get(position);
    if (hash === undefined) {
      known.set(position, event.contentHash);
      fresh.push(sourced);
    } else if (hash === event.contentHash) repeated += 1;
    else reused.push(position);
  }
  return { fresh, repeated, reused };
}

type Folded = {
  /** In the order of the groups. */
  readonly changes: readonly Applied[];
  /** The earlier events that were folded again. */
  readonly history: ReadonlyMap<SwapEvent, StoredEvent>;
};

async function foldGroups(
  tx: TransactionSql,
  groups: readonly SubjectGroup[],
  added: ReadonlyMap<SwapEvent, NewEvent>,
): Promise<Folded> {
  const [accounts, claims] = await Promise.all([
    readAccounts(tx, groups),
    readClaims(
      tx,
      [...added.values()].map(({ keyHash }) => keyHash),
    ),
  ]);
  const changes = groups.map((group) =>
    applyBehind(accounts.get(subjectId(group)) ?? openAccount(group.kind), eventsOf(group), (event) =>
      claims.get(added.get(event)!.keyHash),
    ),
  );
  const late = groups.filter((_, at) => changes[at] === null);
  const stored = late.length === 0 ? [] : await readHistory(tx, late);
  const bySubject = Map.groupBy(stored, ({ subject }) => subjectId(subject));
  return {
    changes: changes.map((change, at) => {
      if (change !== null) return change;
      const group = groups[at]!;
      const earlier = (bySubject.get(subjectId(group)) ?? []).map(({ event }) => event);
      return applyAll(group.kind, [...earlier, ...eventsOf(group)]);
    }),
    history: new Map(stored.map((row) => [row.event, row])),
  };
}

const eventsOf = ({ events }: SubjectGroup): SwapEvent[] => events.map(({ event }) => event);

const spell = ({ outcome }: FoldedEvent) => ({ outcome: outcome.kind, issues: writeIssues(outcome) });

/** The next revision of an earlier event's outcome; null when it is what it was. */
export function revise(
  folded: FoldedEvent,
  { sourceId, position, revision, outcome, issues }: StoredEvent,
): NewOutcome | null {
  const now = spell(folded);
  if (now.outcome === outcome && now.issues === issues) return null;
  return { sourceId, position, revision: revision + 1, ...now };
}
