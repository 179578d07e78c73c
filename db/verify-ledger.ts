/** The ledger's part of a proof: what it has of a file, and whether its swaps are what their events give. */
import type { Sql, TransactionSql } from 'postgres';
import type { LedgerCounts } from '../contracts/file-ingest.ts';
import type { Differences, LedgerProof } from '../contracts/verification.ts';
import { placeOf, sourceName, type SourcedEvent } from '../domain/swaps/event-source.ts';
import { applyAll, holdsKey, type Account, type Applied } from '../domain/swaps/ledger-account.ts';
import { writeRecord } from '../domain/swaps/record-text.ts';
import { writeState } from '../domain/swaps/state-text.ts';
import type { Subject, SwapEvent } from '../domain/swaps/swap-event.ts';
import { Tally, WHOLE_FILE } from '../domain/swaps/verify-differences.ts';
import { countFileOutcomes, readEventSlices, sourceOf } from './file-events.ts';
import type { FeedSession } from './feed-journal.ts';
import type { FileRow } from './files.ts';
import { revise } from './ledger.ts';
import { readAccounts, readClaims, readHistory, type StoredEvent } from './ledger-reads.ts';
import { hashText, keyHashOf, storableKey, subjectId } from './ledger-subjects.ts';
import { writeIssues } from './ledger-writes.ts';

const SUBJECTS_PER_FETCH = 200;
const MAX_TEXT = 300;

/**
 * Compares the ledger's events of a file with its accepted records, read again from their bytes.
 * @returns `ledger` null when there is nothing to compare yet, or ever
 */
export async function proveFileEvents(
  tx: TransactionSql,
  file: FileRow,
  signal: AbortSignal | undefined,
): Promise<Differences & { readonly ledger: LedgerCounts | null }> {
  const tally = new Tally();
  if (file.applied_at === null) return { differing: 0, differences: [], ledger: null };
  let from = 0;
  let unplaced = 0;
  for await (const slice of readEventSlices(tx, file, 0)) {
    signal?.throwIfAborted();
    compareEvents(tally, slice.events, await readEntered(tx, file, from, slice.reached));
    unplaced += slice.unplaced;
    from = slice.reached;
  }
  for (const position of (await readEntered(tx, file, from, null)).keys())
    tally.add('event-extra', { ...WHOLE_FILE, record: position });
  const ledger = await countFileOutcomes(tx, file);
  const sum = Object.values(ledger).reduce((total, count) => total + count);
  tally.compare('outcomes', WHOLE_FILE, file.accepted_count, sum);
  tally.compare('outcomes', WHOLE_FILE, `unplaced ${unplaced}`, `unplaced ${file.unplaced_count}`);
  return { differing: tally.differing, differences: tally.differences, ledger };
}

type Entered = { readonly position: number; readonly subject: string; readonly hash: string };

/** Events of a file by position, behind `from`. */
async function readEntered(
  tx: TransactionSql,
  file: FileRow,
  from: number,
  to: number | null,
): Promise<Map<number, Entered>> {
  const rows = await tx<Entered[]>`
    select position, subject_kind || ' ' || subject_key as subject, encode(content_hash, 'hex') as hash
    from tb_on_hist
    where source_id = (select source_id from ledger_source where name = ${sourceName(sourceOf(file))})
      and position > ${from} ${to === null ? tx`` : tx`and position <= ${to}`}`;
  return new Map(rows.map((row) => [row.position, row]));
}

function compareEvents(tally: Tally, expected: readonly SourcedEvent[], entered: Map<number, Entered>): void {
  for (const { position, event } of expected) {
    const place = { ...WHOLE_FILE, record: position };
    const row = entered.get(position);
    entered.delete(position);
    if (!row) {
      tally.add('event-missing', place);
      continue;
    }
    const { kind, key } = event.subject;
    tally.compare('event-content', place, `${kind} ${storableKey(key)}`, row.subject);
    tally.compare('event-content', place, `content ${event.contentHash}`, `content ${row.hash}`);
  }
  for (const position of entered.keys()) tally.add('event-extra', { ...WHOLE_FILE, record: position });
}

/**
 * Folds every swap and portfolio of these files and sessions again, with all events that it has from any source, and compares
 * states, outcomes and event keys. Everything of one moment; memory is bounded by the swaps of one fetch.
 */
export async function verifyLedger(
  sql: Sql,
  fileIds: readonly number[],
  signal?: AbortSignal,
  sessions: readonly FeedSession[] = [],
): Promise<LedgerProof> {
  const tally = new Tally();
  const seen = { subjects: 0, events: 0 };
  if (fileIds.length + sessions.length > 0) {
    await sql.begin('isolation level repeatable read read only', async (tx) => {
      const names = sessions.map((session) => sourceName({ kind: 'feed', ...session }));
      const sources = await tx<{ id: number }[]>`
        select source_id as id from ledger_source
        where file_id = any(${fileIds as number[]}::bigint[]) or name = any(${names}::text[])`;
      if (sources.length === 0) return;
      // A cursor of SQL: it leaves the connection free for what is asked between two fetches. Numbers, not parameters.
      await tx.unsafe(`
        declare verified no scroll cursor for
        select distinct subject_key as key, subject_kind as kind from tb_on_hist
        where source_id in (${sources.map(({ id }) => Number(id)).join()})
        order by 1, 2`);
      for (;;) {
        signal?.throwIfAborted();
        const subjects = await tx.unsafe<Subject[]>(`fetch ${SUBJECTS_PER_FETCH} from verified`);
        if (subjects.length === 0) break;
        seen.subjects += subjects.length;
        seen.events += await proveSubjects(tx, subjects, tally);
      }
    });
  }
  return { ...seen, differing: tally.differing, differences: tally.differences };
}

/** @returns how many events were folded */
async function proveSubjects(
  tx: TransactionSql,
  subjects: readonly Subject[],
  tally: Tally,
): Promise<number> {
  await findUnjudged(tx, subjects, tally);
  const stored = await readHistory(tx, subjects);
  const rows = new Map(stored.map((row) => [row.event, row]));
  const groups = Map.groupBy(stored, ({ subject }) => subjectId(subject));
  const accounts = await readAccounts(tx, subjects);
  const holders: SwapEvent[] = [];
  for (const subject of subjects) {
    const id = subjectId(subject);
    const events = (groups.get(id) ?? []).map(({ event }) => event);
    for (const event of events) compareContent(tally, event);
    const folded = applyAll(subject.kind, events);
    compareState(tally, subject, folded.account, accounts.get(id));
    compareOutcomes(tally, folded, rows);
    holders.push(...folded.outcomes.filter(holdsKey).map(({ event }) => event));
  }
  const claims = await readClaims(tx, holders.map(keyHashOf));
  for (const event of holders) {
    const claim = claims.get(keyHashOf(event));
    const isHolder = claim?.place === event.place && claim.contentHash === event.contentHash;
    if (!isHolder) tally.add('event-key', WHOLE_FILE, event.place, claim?.place ?? null);
  }
  return stored.length;
}

/** Events without an outcome are in nobody's reading of the history. */
async function findUnjudged(tx: TransactionSql, subjects: readonly Subject[], tally: Tally): Promise<void> {
  const rows = await tx<{ name: string | null; position: number }[]>`
    select name, position from tb_on_hist as hist left join ledger_source using (source_id)
    where (subject_key, subject_kind) in (
        select * from unnest(${subjects.map(({ key }) => key)}::text[], ${subjects.map(({ kind }) => kind)}::text[]))
      and not exists (
        select from event_outcome as o where o.source_id = hist.source_id and o.position = hist.position)
    order by 1, 2`;
  for (const { name, position } of rows)
    tally.add('outcome', WHOLE_FILE, 'one', `nothing of ${placeOf(name ?? '?', position)}`);
}

/** The elements of an event must give the hash that it is known by. */
function compareContent(tally: Tally, { values, contentHash, place }: SwapEvent): void {
  const found = hashText(writeRecord(values).content);
  const [expected, actual] = [`content ${contentHash}`, `content ${found} at ${place}`];
  if (found !== contentHash) tally.add('event-content', WHOLE_FILE, expected, actual);
}

function compareState(tally: Tally, subject: Subject, folded: Account, stored: Account | undefined): void {
  const name = `${subject.kind} ${subject.key}`;
  if (!stored) tally.add('state', WHOLE_FILE, name, 'missing');
  else if (writeState(stored.subject) !== writeState(folded.subject))
    tally.add('state', WHOLE_FILE, name, 'not what its events give');
  else if (JSON.stringify(stored.last) !== JSON.stringify(folded.last))
    tally.add('state', WHOLE_FILE, name, 'as of another event than its last');
}

function compareOutcomes(tally: Tally, folded: Applied, rows: ReadonlyMap<SwapEvent, StoredEvent>): void {
  for (const one of folded.outcomes) {
    const row = rows.get(one.event)!;
    if (revise(one, row) === null) continue;
    const write = (outcome: string, issues: string | null): string =>
      `${outcome} ${issues ?? ''}`.trim().slice(0, MAX_TEXT);
    const expected = write(one.outcome.kind, writeIssues(one.outcome));
    tally.add('outcome', WHOLE_FILE, expected, `${write(row.outcome, row.issues)} of ${one.event.place}`);
  }
}
