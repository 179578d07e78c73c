/**
 * The ledger that files and feeds share. What it holds depends on the accepted events alone: not on the order, the
 * sources, the batches or the retries by which they came. See docs/decisions/0025-ledger.md.
 */
import type { TransactionSql } from 'postgres';
import type { EventOutcome, FoldedEvent } from '../domain/swaps/fold-swap.ts';
import type { EventSource, SourcedEvent } from '../domain/swaps/event-source.ts';
import { applyAll, applyBehind, openAccount, type Applied } from '../domain/swaps/ledger-account.ts';
import type { Dissemination } from '../domain/swaps/swap-dissemination.ts';
import type { Subject, SwapEvent } from '../domain/swaps/swap-event.ts';
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
  reviseOutcomes,
  writeAccounts,
  writeIssues,
  type AppendedEvent,
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

/** An event that has become applied, or is judged otherwise than before. */
export type NewlyApplied = {
  readonly sourceId: number;
  readonly position: number;
  /** As it is stored. */
  readonly subject: Subject;
  readonly event: SwapEvent;
  /** What the fold says of showing it to the public; null for margin of a portfolio. */
  readonly dissemination: Dissemination | null;
};

/**
 * Told, in the transaction, of the events that have become applied, and of those that were, where the fold now says
 * otherwise whether the public sees them; those of a subject in the order of the fold. Their subjects are locked. An event
 * that takes the place of one which says the same, or contradicts it, is not told again unless that is judged otherwise.
 */
export type OnApplied = (tx: TransactionSql, applied: readonly NewlyApplied[]) => Promise<void>;

export const NO_OUTCOMES: OutcomeCounts = { applied: 0, duplicate: 0, conflict: 0, pending: 0, violated: 0 };

/**
 * Applies accepted events in the caller's transaction, READ COMMITTED: appends them to the history, claims their keys,
 * folds their swaps and portfolios, and says what became of each. A late event has all events of its swap folded again,
 * which gives others new revisions of their outcomes where those change. Waits for other transactions that apply events
 * of the same swaps. Safe to repeat: an event is known by its place, and applied once.
 * @param events as `readSourcedEvent` makes them from records of `source`; in any order
 * @param onApplied told of events that become applied or are judged otherwise: of these, and of earlier ones; absent:
 * nobody is
 * @throws PostgresError 55P03 when the caller has set a lock_timeout and a swap stays locked for longer
 */
export async function applyEvents(
  tx: TransactionSql,
  events: readonly SourcedEvent[],
  source: EventSource,
  onApplied?: OnApplied,
): Promise<ApplyResult> {
  const all = groupBySubject(events);
  const keyHashes = new Map(events.map(({ event }) => [event, keyHashOf(event)]));
  // Sent one behind the other without waiting for answers. Each sees what was committed when its turn comes, so that all
  // that stand behind the locks read what nobody else changes.
  const [sourceId, , known, accounts, claims] = await Promise.all([
    enterSource(tx, source),
    lockSubjects(tx, all),
    readKnown(
      tx,
      source,
      events.map(({ position }) => position),
    ),
    readAccounts(tx, all),
    readClaims(tx, [...keyHashes.values()]),
  ]);
  const { fresh, repeated, reused } = sortOut(events, known);
  if (fresh.length === 0) return { outcomes: NO_OUTCOMES, known: repeated, reused, revised: 0, refolded: 0 };

  const groups = fresh.length === events.length ? all : groupBySubject(fresh);
  const added = new Map<SwapEvent, NewEvent>();
  for (const { kind, key, events: own } of groups) {
    for (const { position, event } of own)
      added.set(event, { position, event, subject: { kind, key }, keyHash: keyHashes.get(event)! });
  }
  const { changes, history } = await foldGroups(tx, groups, (group) =>
    applyBehind(accounts.get(subjectId(group)) ?? openAccount(group.kind), eventsOf(group), (event) =>
      claims.get(keyHashes.get(event)!),
    ),
  );

  const outcomes = { ...NO_OUTCOMES };
  const appended: AppendedEvent[] = [];
  const revised: NewOutcome[] = [];
  const newly: NewlyApplied[] = [];
  const before = onApplied ? judgedBefore(history) : null;
  for (const folded of changes.flatMap((change) => change.outcomes)) {
    const { event } = folded;
    const own = added.get(event);
    if (before && folded.outcome.kind === 'applied') {
      const { dissemination } = folded.outcome;
      const { position, subject, sourceId: from } = own ? { ...own, sourceId } : history.get(event)!;
      if (before.get(event.key) !== judgementOf(dissemination))
        newly.push({ sourceId: from, position, subject, event, dissemination });
    }
    const revision = own ? null : revise(folded, history.get(event)!);
    if (revision !== null) revised.push(revision);
    if (!own) continue;
    // What was there before holds its key still, or lost it to one of these.
    appended.push({ ...own, outcome: folded.outcome });
    outcomes[folded.outcome.kind] += 1;
  }
  await Promise.all([
    appendEvents(tx, sourceId, appended),
    revised.length > 0 && reviseOutcomes(tx, revised),
    newly.length > 0 && onApplied!(tx, newly),
    writeAccounts(
      tx,
      changes.map(({ account }, at) => ({ subject: groups[at]!, account })),
    ),
  ]);
  return { outcomes, known: repeated, reused, revised: revised.length, refolded: history.size };
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
  applyGroup: (group: SubjectGroup) => Applied | null,
): Promise<Folded> {
  const changes = groups.map(applyGroup);
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

/** May the public see what was applied? Null for margin of a portfolio, of which nobody asks. */
const judgementOf = (dissemination: Dissemination | null) => dissemination?.outcome ?? null;

/** What the fold said so far of the events that were applied, by their keys: it is not stored, and follows from them. */
function judgedBefore(history: Folded['history']): ReadonlyMap<string, ReturnType<typeof judgementOf>> {
  const judged = new Map<string, ReturnType<typeof judgementOf>>();
  for (const rows of Map.groupBy(history.values(), ({ subject }) => subjectId(subject)).values()) {
    const { outcomes } = applyAll(
      rows[0]!.subject.kind,
      rows.map(({ event }) => event),
    );
    for (const { event, outcome } of outcomes)
      if (outcome.kind === 'applied' && history.get(event)!.outcome === 'applied')
        judged.set(event.key, judgementOf(outcome.dissemination));
  }
  return judged;
}

const eventsOf = ({ events }: SubjectGroup): SwapEvent[] => events.map(({ event }) => event);

/** The next revision of an earlier event's outcome; null when it is what it was. */
export function revise(
  { outcome: now }: FoldedEvent,
  { sourceId, position, revision, outcome, issues }: StoredEvent,
): NewOutcome | null {
  const said = writeIssues(now);
  if (now.kind === outcome && said === issues) return null;
  return { sourceId, position, revision: revision + 1, outcome: now.kind, issues: said };
}
