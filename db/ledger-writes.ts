/** Writing what came of events: a statement per table, whatever the number of rows. */
import type { TransactionSql } from 'postgres';
import type { EventOutcome } from '../domain/swaps/fold-swap.ts';
import { foldKeyOf } from '../domain/swaps/fold-key.ts';
import type { SourcedEvent } from '../domain/swaps/event-source.ts';
import type { Account } from '../domain/swaps/ledger-account.ts';
import { writeState } from '../domain/swaps/state-text.ts';
import { toSequenceIssue } from '../domain/swaps/sequence-finding.ts';
import type { Subject } from '../domain/swaps/swap-event.ts';
import { hexArray, joinTexts, numberArray, SEPARATOR, textArray } from './arrays.ts';

export type NewEvent = SourcedEvent & { readonly subject: Subject; readonly keyHash: string };
export type AppendedEvent = NewEvent & { readonly outcome: EventOutcome };

/** A further revision of an outcome. */
export type NewOutcome = {
  readonly sourceId: number;
  readonly position: number;
  readonly revision: number;
  readonly outcome: EventOutcome['kind'];
  readonly issues: string | null;
};

/** What the fold says of an event as JSON; null when it says nothing. The same findings give the same text. */
export const writeIssues = ({ findings }: EventOutcome): string | null =>
  findings.length === 0 ? null : JSON.stringify(findings.map(toSequenceIssue));

/**
 * Appends events to the history with what became of them, and gives event keys to those that hold them now. The lock on
 * their subjects lets nobody else do so meanwhile.
 */
export async function appendEvents(
  tx: TransactionSql,
  sourceId: number,
  events: readonly AppendedEvent[],
): Promise<void> {
  const keys = events.map(({ event }) => foldKeyOf(event));
  // One statement for three tables: what they share is sent and read once.
  await tx`
    with new as materialized (
      select * from unnest(
        ${numberArray(events.map(({ position }) => position))}::bigint[],
        ${textArray(events.map(({ subject }) => subject.key))}::text[],
        ${textArray(events.map(({ subject }) => subject.kind))}::text[],
        ${textArray(keys.map(({ time }) => time))}::text[],
        ${textArray(keys.map(({ eventTime }) => eventTime))}::text[],
        ${numberArray(keys.map(({ rank }) => rank))}::smallint[],
        ${hexArray(keys.map(({ contentHash }) => contentHash))}::bytea[],
        ${numberArray(events.map(({ event }) => event.part))}::smallint[],
        string_to_array(${joinTexts(events.map(({ event }) => event.text))}, ${SEPARATOR}),
        ${hexArray(events.map(({ keyHash }) => keyHash))}::bytea[],
        ${textArray(events.map(({ outcome }) => outcome.kind))}::text[],
        string_to_array(${joinTexts(events.map(({ outcome }) => writeIssues(outcome)))}, ${SEPARATOR}, '')
      ) as new (position, subject_key, subject_kind, fold_time, event_time, fold_rank, content_hash, part, elements,
        key_hash, outcome, issues)
    ), appended as (
      insert into tb_on_hist (source_id, position, subject_key, subject_kind, fold_time, event_time, fold_rank,
        content_hash, part, elements)
      select ${sourceId}, position, subject_key, subject_kind, fold_time, event_time, fold_rank, content_hash, part,
        elements
      from new
    ), claimed as (
      insert into event_key (key_hash, subject_key, subject_kind, content_hash, source_id, position)
      select key_hash, subject_key, subject_kind, content_hash, ${sourceId}, position
      from new where outcome not in ('duplicate', 'conflict')
      on conflict (key_hash) do update set
        content_hash = excluded.content_hash, source_id = excluded.source_id, position = excluded.position
    )
    insert into event_outcome (source_id, position, revision, outcome, issues)
    select ${sourceId}, position, 1, outcome, issues::json from new`;
}

/** Adds revisions of outcomes of earlier events. */
export async function reviseOutcomes(tx: TransactionSql, outcomes: readonly NewOutcome[]): Promise<void> {
  await tx`
    insert into event_outcome (source_id, position, revision, outcome, issues)
    select source_id, position, revision, outcome, issues::json
    from unnest(
      ${numberArray(outcomes.map(({ sourceId }) => sourceId))}::bigint[],
      ${numberArray(outcomes.map(({ position }) => position))}::bigint[],
      ${numberArray(outcomes.map(({ revision }) => revision))}::integer[],
      ${textArray(outcomes.map(({ outcome }) => outcome))}::text[],
      string_to_array(${joinTexts(outcomes.map(({ issues }) => issues))}, ${SEPARATOR}, '')
    ) as new (source_id, position, revision, outcome, issues)`;
}

/** Keeps accounts, in the order in which they are given: that of their keys. What did not change is not written. */
export async function writeAccounts(
  tx: TransactionSql,
  accounts: readonly { readonly subject: Subject; readonly account: Account }[],
): Promise<void> {
  const statuses = accounts.map(({ account: { subject } }) =>
    subject.kind === 'swap' ? subject.state.status : null,
  );
  // An account that is written has an event that holds its key.
  const lasts = accounts.map(({ account }) => account.last!);
  await tx`
    insert into tb_on_mst as known
      (subject_key, subject_kind, status, state, fold_time, event_time, fold_rank, content_hash)
    select subject_key, subject_kind, status, state, fold_time, event_time, fold_rank, content_hash
    from unnest(
      ${textArray(accounts.map(({ subject }) => subject.key))}::text[],
      ${textArray(accounts.map(({ subject }) => subject.kind))}::text[],
      ${textArray(statuses)}::text[],
      string_to_array(${joinTexts(accounts.map(({ account }) => writeState(account.subject)))}, ${SEPARATOR}),
      ${textArray(lasts.map(({ time }) => time))}::text[],
      ${textArray(lasts.map(({ eventTime }) => eventTime))}::text[],
      ${numberArray(lasts.map(({ rank }) => rank))}::smallint[],
      ${hexArray(lasts.map(({ contentHash }) => contentHash))}::bytea[]
    ) as new (subject_key, subject_kind, status, state, fold_time, event_time, fold_rank, content_hash)
    on conflict (subject_key, subject_kind) do update set
      status = excluded.status, state = excluded.state, fold_time = excluded.fold_time,
      event_time = excluded.event_time, fold_rank = excluded.fold_rank, content_hash = excluded.content_hash,
      revision = known.revision + 1
    where (known.state, known.fold_time, known.event_time, known.fold_rank, known.content_hash)
      is distinct from (excluded.state, excluded.fold_time, excluded.event_time, excluded.fold_rank, excluded.content_hash)`;
}
