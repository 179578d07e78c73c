/** Queries on audit_log: one row per change and download, each bound to the row before it by its hash. */
import { createHash } from 'node:crypto';
import type { JSONValue, Sql, TransactionSql } from 'postgres';
import type { Actor, AuditAction } from '../contracts/audit.ts';
import type { AuditBreak, AuditProof } from '../contracts/verification.ts';
import { MAX_SHOWN_DIFFERENCES } from '../contracts/verification.ts';
import { boundTransaction } from './transaction-limits.ts';

export type AuditEntry = Actor & {
  readonly action: AuditAction;
  /** A file id, like 20261121-<32 hex digits>. */
  readonly subject: string;
  readonly before?: JSONValue;
  readonly after?: JSONValue;
  readonly reason?: string;
};

export type AuditRow = {
  readonly seq: number;
  readonly at: Date;
  readonly actor: string;
  readonly role: string;
  readonly action: string;
  readonly subject: string;
  readonly before: JSONValue;
  readonly after: JSONValue;
  readonly reason: string | null;
  readonly prev_hash: string;
  readonly hash: string;
};

/** What the first row is bound to. */
const GENESIS = '0'.repeat(64);
const ROWS_PER_FETCH = 1000;

/**
 * Adds a row to the audit log in the transaction of the change. Call it last: from here on every other change waits
 * until this transaction ends, which is some seconds later at the latest.
 * @returns the row's number
 */
export async function appendAudit(tx: TransactionSql, entry: AuditEntry): Promise<number> {
  const json = (value: JSONValue | undefined) => (value == null ? null : tx.json(value));
  await boundTransaction(tx);
  const [row] = await tx<{ seq: number }[]>`
    select append_audit(${entry.actor}, ${entry.role}, ${entry.action}, ${entry.subject},
      ${json(entry.before)}, ${json(entry.after)}, ${entry.reason ?? null}) as seq`;
  return row!.seq;
}

/**
 * Notes a download before its first byte is sent: what cannot be noted is not handed out.
 * @param user claims of the request's token
 * @param subject id of the file, or a day
 * @param what is downloaded, like "rejections.csv"
 */
export async function auditDownload(
  sql: Sql,
  user: { readonly sub: string; readonly role: Actor['role'] },
  subject: string,
  what: string,
  action: AuditAction = 'file.downloaded',
): Promise<void> {
  await sql.begin((tx) =>
    appendAudit(tx, {
      actor: user.sub,
      role: user.role,
      action,
      subject,
      after: { what },
    }),
  );
}

export type AuditFilter = {
  readonly actor?: string | undefined;
  readonly action?: AuditAction | undefined;
  readonly subject?: string | undefined;
  /** Calendar day of the entry, "2026-11-21", in `timeZone`. */
  readonly date?: string | undefined;
  readonly timeZone: string;
  /** Only rows before this number: the page that follows it. */
  readonly before?: number | undefined;
  readonly limit: number;
};

/** Newest rows first. */
export async function listAudit(sql: Sql, filter: AuditFilter): Promise<AuditRow[]> {
  const { date, timeZone } = filter;
  return sql<AuditRow[]>`
    select * from audit_log
    where true
      ${filter.actor ? sql`and actor = ${filter.actor}` : sql``}
      ${filter.action ? sql`and action = ${filter.action}` : sql``}
      ${filter.subject ? sql`and subject = ${filter.subject}` : sql``}
      ${
        date
          ? sql`and at >= (${date}::date)::timestamp at time zone ${timeZone}
                and at < (${date}::date + 1)::timestamp at time zone ${timeZone}`
          : sql``
      }
      ${filter.before ? sql`and seq < ${filter.before}` : sql``}
    order by seq desc
    limit ${filter.limit}`;
}

/** What the stream of events tells of an entry. */
export type AuditNews = Pick<AuditRow, 'seq' | 'at' | 'action' | 'subject' | 'after' | 'reason'>;

/**
 * Rows behind a number, oldest first, none of them left out: numbers are given under a lock that lasts until the row is
 * committed (append_audit), so that whoever sees a row sees all before it, and none comes in between later.
 */
export async function listAuditAfter(sql: Sql, seq: number, limit: number): Promise<AuditNews[]> {
  return sql<AuditNews[]>`
    select seq, at, action, subject, after, reason from audit_log where seq > ${seq} order by seq limit ${limit}`;
}

/** Number of the last row, 0 when there is none. */
export async function lastAuditSeq(sql: Sql): Promise<number> {
  const [row] = await sql<{ seq: number }[]>`select coalesce(max(seq), 0) as seq from audit_log`;
  return row!.seq;
}

/** The fields of the hashed form behind the link to the row before, in their order, as text. */
const HASHED = [
  'seq_text',
  'at_text',
  'actor',
  'role',
  'action',
  'subject',
  'before_text',
  'after_text',
  'reason',
] as const;

type ChainRow = { readonly seq: number; readonly prev_hash: string; readonly hash: string } & {
  readonly [field in (typeof HASHED)[number]]: string | null;
};

/** The hash of a row as append_audit makes it; computed here again, so that the database is not asked about itself. */
function hashRow(row: ChainRow): string {
  const form = [row.prev_hash, ...HASHED.map((field) => row[field])]
    .map((field) => (field === null ? '-\n' : `${Buffer.byteLength(field)}:${field}\n`))
    .join('');
  return createHash('sha256').update(form).digest('hex');
}

/**
 * Follows the chain from its first row to its head. Rows that were cut off at the end leave no trace in it: compare
 * the head with one that was noted before.
 * @throws the signal's reason when it is aborted
 */
export async function verifyAuditChain(sql: Sql, signal?: AbortSignal): Promise<AuditProof> {
  const breaks: AuditBreak[] = [];
  let broken = 0;
  const report = (found: AuditBreak): void => {
    broken += 1;
    if (breaks.length < MAX_SHOWN_DIFFERENCES) breaks.push(found);
  };
  let rows = 0;
  let head = { seq: 0, hash: GENESIS };
  await sql.begin('isolation level repeatable read read only', async (tx) => {
    const batches = tx<ChainRow[]>`
      select seq, prev_hash, hash, seq::text as seq_text,
             to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at_text,
             actor, role, action, subject, before::text as before_text, after::text as after_text, reason
      from audit_log order by seq`.cursor(ROWS_PER_FETCH);
    for await (const batch of batches) {
      signal?.throwIfAborted();
      for (const row of batch) {
        rows += 1;
        if (row.seq !== head.seq + 1) report({ kind: 'removed', seq: head.seq + 1, until: row.seq - 1 });
        else if (row.prev_hash !== head.hash) report({ kind: 'unlinked', seq: row.seq, until: row.seq });
        if (hashRow(row) !== row.hash) report({ kind: 'altered', seq: row.seq, until: row.seq });
        head = { seq: row.seq, hash: row.hash };
      }
    }
  });
  return { rows, head, broken, breaks };
}
