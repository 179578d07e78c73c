/** The ledger as people read it: its swaps and portfolios, one with its history, and where its events came from. */
import type { Sql, TransactionSql } from 'postgres';
import type { Account } from '../domain/swaps/ledger-account.ts';
import type { Subject } from '../domain/swaps/swap-event.ts';
import type { SwapStatus } from '../domain/cftc/swap-states.ts';
import { readAccounts, readHistory, type StoredEvent } from './ledger-reads.ts';
import { storableKey, subjectId } from './ledger-subjects.ts';

export type SwapFilter = {
  /** By messages; a swap that matured is open by them. */
  readonly status?: Exclude<SwapStatus, 'matured'> | undefined;
  readonly kind?: Subject['kind'] | undefined;
  /** Printable ASCII. */
  readonly prefix?: string | undefined;
  /** YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ: only those whose last event counts from then on. */
  readonly since?: string | undefined;
  /** The last one of the page before. */
  readonly after?: Subject | undefined;
  readonly limit: number;
};

export type SwapRow = Subject & {
  readonly status: Exclude<SwapStatus, 'matured'> | null;
  /** JSON of a SwapState, or of a DailyReport for a portfolio. */
  readonly state: string;
  readonly foldTime: string;
  readonly revision: number;
};

/** Rows that one page looks at for `since`, which no index serves: one would be written with every event. */
const EXAMINED = 20_000;

/**
 * Subjects in the order of their keys.
 * @returns `next`: behind which the next page begins, null when there is none; with `since`, also of a page that is short
 */
export async function listSwaps(
  sql: Sql,
  filter: SwapFilter,
): Promise<{ readonly rows: SwapRow[]; readonly next: Subject | null }> {
  const { status, kind, since, limit } = filter;
  const until = since === undefined ? null : await findBoundary(sql, filter);
  const rows = await sql<SwapRow[]>`
    select subject_key as key, subject_kind as kind, status, state, fold_time as "foldTime", revision
    from tb_on_mst
    where ${inRange(sql, filter)}
      ${status ? sql`and status = ${status}` : sql``}
      ${kind ? sql`and subject_kind = ${kind}` : sql``}
      ${since ? sql`and fold_time >= ${since}` : sql``}
      ${until ? sql`and (subject_key, subject_kind) <= (${until.key}, ${until.kind})` : sql``}
    order by subject_key, subject_kind
    limit ${limit}`;
  const last = rows.length === limit ? rows.at(-1)! : until;
  return { rows, next: last && { kind: last.kind, key: last.key } };
}

/** The last of the rows that a page looks at; null when they are fewer. */
async function findBoundary(sql: Sql, filter: SwapFilter): Promise<Subject | null> {
  const [row] = await sql<Subject[]>`
    select subject_key as key, subject_kind as kind from tb_on_mst where ${inRange(sql, filter)}
    order by subject_key, subject_kind offset ${EXAMINED - 1} limit 1`;
  return row ?? null;
}

const inRange = (sql: Sql, { prefix, after }: SwapFilter) => sql`
  true
  ${after ? sql`and (subject_key, subject_kind) > (${after.key}, ${after.kind})` : sql``}
  ${prefix ? sql`and subject_key >= ${prefix} and subject_key < ${behindPrefix(prefix)}` : sql``}`;

/** Before this come all texts that begin so, in the order of their bytes. */
const behindPrefix = (prefix: string): string =>
  prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);

export type StoredSwap = {
  readonly subject: Subject;
  readonly account: Account;
  /** In no order. */
  readonly history: readonly StoredEvent[];
};

/** As a list shows the key of what could not be stored under its own. */
const HASHED_KEY = /^![0-9a-f]{64}$/;

/**
 * What the ledger holds of a swap or portfolio, all of it as of one moment.
 * @param kind absent: the swap of this key, or else the portfolio
 * @returns null when there is neither
 */
export async function readSwap(sql: Sql, key: string, kind?: Subject['kind']): Promise<StoredSwap | null> {
  const stored = HASHED_KEY.test(key) ? key : storableKey(key);
  const wanted = (kind ? [kind] : (['swap', 'portfolio'] as const)).map((one) => ({
    kind: one,
    key: stored,
  }));
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    const accounts = await readAccounts(tx, wanted);
    const subject = wanted.find((one) => accounts.has(subjectId(one)));
    if (subject === undefined) return null;
    const history = await readHistory(tx, [subject]);
    return { subject, account: accounts.get(subjectId(subject))!, history };
  });
}

/** Where an event came from, and when the ledger took it. */
export type EventOrigin = {
  readonly sourceId: number;
  readonly position: number;
  readonly acceptedAt: Date;
  /** Of a file: its id with the revision behind it, as in `sourceName`; of a feed, null with what follows. */
  readonly revision: number | null;
  readonly sourceName: string;
  /** Null, like the line, when the file was taken out. */
  readonly fileName: string | null;
  readonly line: number | null;
  readonly byteOffset: number | null;
  readonly byteLength: number | null;
  readonly feed: string | null;
  readonly session: string | null;
  readonly receivedAt: Date | null;
};

/** The origins of these events of the history, in no order. */
export async function readOrigins(
  sql: Sql | TransactionSql,
  events: readonly Pick<StoredEvent, 'sourceId' | 'position'>[],
): Promise<EventOrigin[]> {
  return sql<EventOrigin[]>`
    select hist.source_id as "sourceId", hist.position, hist.accepted_at as "acceptedAt", source.revision,
      source.name as "sourceName", file.file_name as "fileName", record.line_no as line,
      record.byte_offset as "byteOffset", record.byte_length as "byteLength", source.feed, source.session,
      journal.received_at as "receivedAt"
    from unnest(
      ${events.map(({ sourceId }) => sourceId)}::bigint[], ${events.map(({ position }) => position)}::bigint[]
    ) as wanted (source_id, position)
    join tb_on_hist as hist using (source_id, position)
    join ledger_source as source using (source_id)
    left join tb_bat_file_mst as file on file.file_id = source.file_id
    left join tb_bat_file_hist as record on record.folder_date = file.folder_date and record.file_id = file.file_id
      and record.revision = source.revision and record.record_no = hist.position
    left join feed_journal as journal on journal.feed = source.feed and journal.session = source.session
      and journal.sequence = hist.position`;
}
