/**
 * Taking the events of a file or feed out of the ledger again: only where it is removed with a note in the audit log. What
 * is left of its swaps is folded anew, so that the ledger is what it were without it.
 */
import type { Sql, TransactionSql } from 'postgres';
import { applyAll, holdsKey } from '../domain/swaps/ledger-account.ts';
import type { Subject } from '../domain/swaps/swap-event.ts';
import { revise } from './ledger.ts';
import { lockSubjects, readHistory, type StoredEvent } from './ledger-reads.ts';
import { keyHashOf, subjectId } from './ledger-subjects.ts';
import { hexArray, numberArray, textArray } from './arrays.ts';
import { reviseOutcomes, writeAccounts } from './ledger-writes.ts';
import { boundTransaction } from './transaction-limits.ts';

const EVENTS_PER_TRANSACTION = 200;

/** Takes out what is left of files that were removed. Safe to repeat; goes on where it was cut off. */
export async function removeEventsOfRemovedFiles(sql: Sql): Promise<void> {
  const sources = await sql<{ id: number; fileId: number }[]>`
    select source_id as id, file_id as "fileId" from ledger_source as source
    where file_id is not null
      and not exists (select from tb_bat_file_mst as file where file.file_id = source.file_id)
      and exists (
        select from audit_log where subject = split_part(source.name, '.', 1) and action = 'file.removed')
      and exists (select from tb_on_hist as hist where hist.source_id = source.source_id)`;
  for (const { id, fileId } of sources) await removeSource(sql, id, fileId);
}

/**
 * Takes out the events of one file.
 * @param fileId of a file that is gone: nobody applies anything of it any more
 */
export async function removeFileEvents(sql: Sql, fileId: number): Promise<void> {
  const sources = await sql<{ id: number }[]>`
    select source_id as id from ledger_source where file_id = ${fileId}`;
  for (const { id } of sources) await removeSource(sql, id, fileId);
}

/**
 * Takes out the events of a feed, of all its sessions. Safe to repeat.
 * @param feed that nobody reads any more, and whose journal is gone
 */
export async function removeFeedEvents(sql: Sql, feed: string): Promise<void> {
  const sources = await sql<{ id: number }[]>`
    select source_id as id from ledger_source where feed = ${feed}`;
  for (const { id } of sources) await removeSource(sql, id, null);
}

/** In short transactions. The source's own row stays: whoever is still applying would lose what its number means. */
async function removeSource(sql: Sql, sourceId: number, fileId: number | null): Promise<void> {
  while (await sql.begin((tx) => removeSome(tx, sourceId, fileId)));
}

/** @returns false when there was nothing left, or the same bytes have come again and the source is theirs now */
async function removeSome(tx: TransactionSql, sourceId: number, fileId: number | null): Promise<boolean> {
  await boundTransaction(tx, 1);
  // Kept from the file that comes: whatever it applies, it applies behind what is taken out here.
  const owned = await tx`
    select from ledger_source where source_id = ${sourceId} and file_id is not distinct from ${fileId}::bigint for share`;
  if (owned.length === 0) return false;
  const subjects = await tx<Subject[]>`
    select distinct subject_key as key, subject_kind as kind from (
      select subject_key, subject_kind from tb_on_hist where source_id = ${sourceId}
      order by position limit ${EVENTS_PER_TRANSACTION}
    ) as first_of_it order by 1, 2`;
  if (subjects.length === 0) return false;
  await lockSubjects(tx, subjects);
  const removed = tx`
    source_id = ${sourceId} and (subject_key, subject_kind) in (select * from unnest(
      ${subjects.map(({ key }) => key)}::text[], ${subjects.map(({ kind }) => kind)}::text[]))`;
  await tx`
    delete from event_outcome where source_id = ${sourceId}
      and position in (select position from tb_on_hist where ${removed})`;
  await tx`delete from event_key where ${removed}`;
  await tx`delete from tb_on_hist where ${removed}`;
  await foldRest(tx, subjects);
  return true;
}

async function foldRest(tx: TransactionSql, subjects: readonly Subject[]): Promise<void> {
  const rest = Map.groupBy(await readHistory(tx, subjects), ({ subject }) => subjectId(subject));
  const [left, empty] = [[] as Subject[], [] as Subject[]];
  for (const subject of subjects) (rest.has(subjectId(subject)) ? left : empty).push(subject);
  await tx`
    delete from tb_on_mst where (subject_key, subject_kind) in (select * from unnest(
      ${empty.map(({ key }) => key)}::text[], ${empty.map(({ kind }) => kind)}::text[]))`;

  const stored = new Map([...rest.values()].flat().map((row) => [row.event, row]));
  const folded = left.map((subject) => {
    const events = rest.get(subjectId(subject))!.map(({ event }) => event);
    return { subject, ...applyAll(subject.kind, events) };
  });
  const outcomes = folded.flatMap(({ outcomes }) => outcomes);
  await reviseOutcomes(
    tx,
    outcomes.flatMap((one) => revise(one, stored.get(one.event)!) ?? []),
  );
  await claimKeys(
    tx,
    outcomes.filter(holdsKey).map(({ event }) => stored.get(event)!),
  );
  await writeAccounts(tx, folded);
}

/** Gives event keys to the events that hold them now. The lock on their subjects lets nobody else do so meanwhile. */
async function claimKeys(tx: TransactionSql, holders: readonly StoredEvent[]): Promise<void> {
  await tx`
    insert into event_key (key_hash, subject_key, subject_kind, content_hash, source_id, position)
    select * from unnest(
      ${hexArray(holders.map(({ event }) => keyHashOf(event)))}::bytea[],
      ${textArray(holders.map(({ subject }) => subject.key))}::text[],
      ${textArray(holders.map(({ subject }) => subject.kind))}::text[],
      ${hexArray(holders.map(({ event }) => event.contentHash))}::bytea[],
      ${numberArray(holders.map(({ sourceId }) => sourceId))}::bigint[],
      ${numberArray(holders.map(({ position }) => position))}::bigint[])
    on conflict (key_hash) do update set
      content_hash = excluded.content_hash, source_id = excluded.source_id, position = excluded.position`;
}
