/** `tain verify`: the proof of feeds from the bytes in their journal. */
import type { Sql, TransactionSql } from 'postgres';
import { TainError } from '../contracts/errors.ts';
import type { FeedProof, FeedSessionProof } from '../contracts/feed-verification.ts';
import type { Issue } from '../contracts/issues.ts';
import { RULE_SET_VERSION } from '../domain/cftc/elements.ts';
import {
  createSessionCheck,
  type LedgerEntry,
  type MessageBasis,
  type StoredMessage,
} from '../domain/feeds/verify-feed.ts';
import { createMessageJudge } from '../domain/swaps/judge-message.ts';
import { sourceName } from '../domain/swaps/event-source.ts';
import { journalledKey, type FeedSession } from './feed-journal.ts';
import { findFeed, labelOf, type FeedRow } from './feeds.ts';
import { countOutcomes } from './ledger-outcomes.ts';
import { hashText, storableKey } from './ledger-subjects.ts';
import { registersOf } from './registers.ts';
import { listSessions } from './verify-sessions.ts';

export type FeedProofDependencies = {
  readonly sql: Sql;
  readonly signal?: AbortSignal;
  /** Called while messages are read: up to which number of the session, and of how many as far as that is known. */
  readonly onProgress?: ((session: FeedSession, sequence: number, of: number) => void) | undefined;
};

/** Sequence numbers per page. A message has at most 64 KiB. */
const NUMBERS_PER_PAGE = 500;
/** Judges that are kept: one per day of submission and set of registers, which may be large. */
const MAX_JUDGES = 4;

/**
 * Proves the sessions of a feed: that every sequence number below the checkpoint is journalled or in a gap that is
 * known, that the bytes give the verdicts, and that the ledger has what was accepted and nothing else. All of it is read
 * in one transaction, so that it is of one moment; memory is bounded by a page of messages.
 * @param day only sessions that have messages of this day of submission, YYYY-MM-DD, or none at all; null: every one
 * @throws TainError feed.not-found; the signal's reason when it is aborted
 */
export async function proveFeed(
  dependencies: FeedProofDependencies,
  feed: string,
  day: string | null = null,
): Promise<FeedProof> {
  return dependencies.sql.begin('isolation level repeatable read read only', async (tx) => {
    const row = await findFeed(tx, feed);
    const labels = await listSessions(tx, feed, row && labelOf(row), day);
    if (row === null && labels.length === 0) throw new TainError('feed.not-found', { feed });
    const basisOf = openBases(tx);
    const sessions: FeedSessionProof[] = [];
    for (const label of labels) {
      const proof = await proveSession(dependencies, tx, { feed, session: label }, { row, basisOf });
      // One that has only begun belongs to no day yet.
      if (day === null || proof.counts.journalled > 0 || proof.gaps.open > 0 || proof.differing > 0)
        sessions.push(proof);
    }
    return { feed, sessions, differing: sessions.reduce((sum, { differing }) => sum + differing, 0) };
  });
}

type Tools = { readonly row: FeedRow | null; readonly basisOf: ReturnType<typeof openBases> };

async function proveSession(
  { signal, onProgress }: FeedProofDependencies,
  tx: TransactionSql,
  session: FeedSession,
  { row, basisOf }: Tools,
): Promise<FeedSessionProof> {
  const source = { kind: 'feed', ...session } as const;
  const [entered] = await tx<{ id: number }[]>`
    select source_id as id from ledger_source where name = ${sourceName(source)}`;
  const sourceId = entered?.id ?? null;
  const gaps = await tx<{ from: number; to: number; isFilled: boolean }[]>`
    select from_sequence as from, to_sequence as to, filled_at is not null as "isFilled" from feed_gap
    where feed = ${session.feed} and session = ${session.session} order by from_sequence`;
  const checkpoint = row !== null && labelOf(row) === session.session ? row.next_sequence : null;
  const check = createSessionCheck({
    ...session,
    checkpoint,
    gaps,
    hash: hashText,
    nameSubject: ({ kind, key }) => `${kind} ${storableKey(key)}`,
    storedKey: journalledKey,
  });
  let after = 0;
  for (;;) {
    signal?.throwIfAborted();
    const next = await findNext(tx, session, sourceId, after);
    if (next === null) break;
    const range = { from: next, to: next + NUMBERS_PER_PAGE - 1 };
    const [rows, ledger] = await Promise.all([
      readMessages(tx, session, range),
      readEntries(tx, sourceId, range),
    ]);
    const messages: StoredMessage[] = [];
    for (const { basis_id: basisId, ...message } of rows)
      messages.push({ ...message, issues: message.issues ?? [], basis: await basisOf(basisId) });
    check.take(messages, ledger);
    after = range.to;
    onProgress?.(session, after, checkpoint ?? after);
  }
  const [{ altered }] = await tx<[{ altered: number }]>`
    select count(*) as altered from feed_altered where feed = ${session.feed} and session = ${session.session}`;
  return check.end(await countOutcomes(tx, source), altered);
}

/** Sequence numbers, both included. */
type Page = { readonly from: number; readonly to: number };

/** The next number at which something is stored; between them there may be a gap of any length. */
async function findNext(
  tx: TransactionSql,
  { feed, session }: FeedSession,
  sourceId: number | null,
  after: number,
): Promise<number | null> {
  const [row] = await tx<[{ next: number | null }]>`
    select least(
      (select min(sequence) from feed_journal
       where feed = ${feed} and session = ${session} and sequence > ${after}),
      (select min(position) from tb_on_hist where source_id = ${sourceId} and position > ${after}),
      (select min(position) from event_outcome where source_id = ${sourceId} and position > ${after})) as next`;
  return row.next;
}

type MessageRow = Omit<StoredMessage, 'issues' | 'basis'> & {
  readonly raw: Buffer;
  readonly issues: Issue[] | null;
  readonly basis_id: number;
};

const readMessages = (tx: TransactionSql, { feed, session }: FeedSession, { from, to }: Page) =>
  tx<MessageRow[]>`
    select sequence, raw, verdict, record_key as key, issues, basis_id from feed_journal
    where feed = ${feed} and session = ${session} and sequence between ${from} and ${to} order by sequence`;

/** Events of the ledger, and outcomes, those without an event too. */
async function readEntries(
  tx: TransactionSql,
  sourceId: number | null,
  { from, to }: Page,
): Promise<Map<number, LedgerEntry>> {
  if (sourceId === null) return new Map();
  const rows = await tx<({ position: number } & LedgerEntry)[]>`
    select position, subject, hash, outcome
    from (
      select position, subject_kind || ' ' || subject_key as subject, encode(content_hash, 'hex') as hash
      from tb_on_hist where source_id = ${sourceId} and position between ${from} and ${to}
    ) as event
    full join (
      select distinct on (position) position, outcome from event_outcome
      where source_id = ${sourceId} and position between ${from} and ${to} order by position, revision desc
    ) as held using (position)`;
  return new Map(rows.map(({ position, ...entry }) => [position, entry]));
}

/** Finds what messages were judged by, by its number in the journal. */
function openBases(tx: TransactionSql): (basisId: number) => Promise<MessageBasis> {
  const known = new Map<number, MessageBasis>();
  return async (basisId) => {
    const found = known.get(basisId) ?? (await readBasis(tx, basisId));
    if (!known.has(basisId) && known.size >= MAX_JUDGES) known.clear();
    known.set(basisId, found);
    return found;
  };
}

async function readBasis(tx: TransactionSql, basisId: number): Promise<MessageBasis> {
  const [row] = await tx<{ rules: string; registers: string; day: string }[]>`
    select rule_set_version as rules, register_version as registers, submitted_on::text as day
    from feed_basis where basis_id = ${basisId}`;
  if (!row) return { kind: 'lost', what: `basis ${basisId}` };
  if (row.rules !== RULE_SET_VERSION) return { kind: 'other-rules', ruleSetVersion: row.rules };
  try {
    const registers = await registersOf(tx, row.registers);
    return { kind: 'known', judge: createMessageJudge({ submittedOn: row.day, registers }) };
  } catch (error) {
    if (!(error instanceof TainError) || error.code !== 'register.unknown') throw error;
    return { kind: 'lost', what: `registers ${row.registers}` };
  }
}
