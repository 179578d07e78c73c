/** What the ledger should hold, by folding in memory, and what it holds. */
import {
  placeOf,
  readSourcedEvent,
  sourceName,
  type EventSource,
  type SourcedEvent,
} from '../../domain/swaps/event-source.ts';
import { applyAll } from '../../domain/swaps/ledger-account.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import { writeState } from '../../domain/swaps/state-text.ts';
import { groupBySubject } from '../../db/ledger-subjects.ts';
import { writeIssues } from '../../db/ledger-writes.ts';
import type { Sql } from '../../platform/postgres.ts';
import { hashContent, message, TERMS } from './swap-events.ts';

export const fileSource = (digit: string, fileId = Number.parseInt(digit, 16)): EventSource => ({
  kind: 'file',
  name: `20261121-${digit.repeat(32)}`,
  fileId,
  revision: 1,
});
export const feedSource = (session: string): EventSource => ({ kind: 'feed', feed: 'desk', session });

/** The event of a record that must have one. */
export function sourced(values: RecordValues, source: EventSource, position: number): SourcedEvent {
  const event = readSourcedEvent(values, { source, position, hash: hashContent });
  if (event === null) throw new Error('the record names neither a swap nor a portfolio');
  return event;
}

/** The beginnings of so many swaps, as a source tells them. */
export const newSwaps = (count: number, source: EventSource): SourcedEvent[] =>
  Array.from({ length: count }, (_, at) =>
    sourced(message('NEWT-TRAD', `N${at}`, '2026-03-02T09:00:00', TERMS), source, at + 1),
  );

export type Arrival = { readonly source: EventSource; readonly events: readonly SourcedEvent[] };

export type LedgerContent = {
  /** State, status and last fold key by subject. */
  readonly subjects: Record<string, unknown>;
  /** Outcome and issues by place. */
  readonly outcomes: Record<string, unknown>;
  /** Places that hold event keys. */
  readonly holders: readonly string[];
};

/** What the ledger should hold after these events, each of which may be in several arrivals. */
export function foldInMemory(arrivals: readonly Arrival[]): LedgerContent {
  const events = new Map(
    arrivals.flatMap((arrival) => arrival.events.map((one) => [one.event.place, one] as const)),
  );
  const subjects: LedgerContent['subjects'] = {};
  const outcomes: LedgerContent['outcomes'] = {};
  const holders: string[] = [];
  for (const { kind, key, events: own } of groupBySubject(events.values())) {
    const { account, outcomes: folded } = applyAll(
      kind,
      own.map(({ event }) => event),
    );
    const { subject, last } = account;
    const status = subject.kind === 'swap' ? subject.state.status : null;
    subjects[`${kind} ${key}`] = { status, state: writeState(subject), ...last };
    for (const { event, outcome } of folded) {
      outcomes[event.place] = [outcome.kind, writeIssues(outcome)];
      if (!['duplicate', 'conflict'].includes(outcome.kind)) holders.push(event.place);
    }
  }
  return { subjects, outcomes, holders: holders.sort() };
}

/** What the ledger holds. */
export async function readLedger(sql: Sql): Promise<LedgerContent> {
  const subjects = await sql<({ id: string } & Record<string, unknown>)[]>`
    select subject_kind || ' ' || subject_key as id, status, state, fold_time as time, event_time as "eventTime",
      fold_rank as rank, encode(content_hash, 'hex') as "contentHash"
    from tb_on_mst`;
  const outcomes = await sql<{ name: string; position: number; outcome: string; issues: string | null }[]>`
    select distinct on (name, position) name, position, outcome, issues::text
    from tb_on_hist left join event_outcome using (source_id, position) join ledger_source using (source_id)
    order by name, position, event_outcome.revision desc`;
  const holders = await sql<{ name: string; position: number }[]>`
    select name, position from event_key join ledger_source using (source_id)`;
  return {
    subjects: Object.fromEntries(subjects.map(({ id, ...row }) => [id, row])),
    outcomes: Object.fromEntries(
      outcomes.map(({ name, position, outcome, issues }) => [placeOf(name, position), [outcome, issues]]),
    ),
    holders: holders.map(({ name, position }) => placeOf(name, position)).sort(),
  };
}

export async function clearLedger(sql: Sql): Promise<void> {
  await sql`truncate ledger_source, tb_on_hist, event_key, event_outcome, tb_on_mst`;
}

/** The place of a position of a source. */
export const at = (source: EventSource, position: number): string => placeOf(sourceName(source), position);
