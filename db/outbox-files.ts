/** Queries on outbox_file and delivery: the files of a day, and where each of them is to go. */
import type { Sql, TransactionSql } from 'postgres';
import { TainError } from '../contracts/errors.ts';
import type { MessageGroup } from './day-messages.ts';

export type OutboxFileRow = {
  readonly business_date: string;
  readonly version: number;
  readonly name: string;
  readonly kind: string;
  readonly asset_class: string | null;
  /** Relative to the data directory. */
  readonly path: string;
  readonly row_count: number;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly written_at: Date;
  readonly is_outbound: boolean;
};

/** The files of a version, by name. */
export async function listOutboxFiles(
  sql: Sql | TransactionSql,
  date: string,
  version: number,
): Promise<OutboxFileRow[]> {
  return sql<OutboxFileRow[]>`
    select * from outbox_file where business_date = ${date} and version = ${version} order by name`;
}

export async function findOutboxFile(sql: Sql, date: string, name: string): Promise<OutboxFileRow | null> {
  const [row] = await sql<OutboxFileRow[]>`
    select * from outbox_file where business_date = ${date} and name = ${name} order by version desc limit 1`;
  return row ?? null;
}

export type WrittenOutboxFile = Omit<OutboxFileRow, 'written_at'>;

/** Keeps a file as it was written. Safe to repeat: what was written again takes its place. */
export async function keepOutboxFile(sql: Sql, file: WrittenOutboxFile): Promise<void> {
  await sql`
    insert into outbox_file ${sql(file)}
    on conflict (business_date, version, name) do update set
      path = excluded.path, row_count = excluded.row_count, size_bytes = excluded.size_bytes,
      sha256 = excluded.sha256, written_at = now()`;
}

export type NewDelivery = {
  readonly id: string;
  readonly date: string;
  readonly version: number;
  readonly fileName: string;
  readonly target: string;
};

/**
 * Enters the ways of files to their targets. Safe to repeat: one that is known stays as it is.
 * @throws TainError delivery.id-taken when the way of another file, or of another day, has the id
 */
export async function enterDeliveries(tx: TransactionSql, deliveries: readonly NewDelivery[]): Promise<void> {
  for (const { id, date, version, fileName, target } of deliveries) {
    const { count } = await tx`
      insert into delivery (delivery_id, business_date, version, file_name, target)
      values (${id}, ${date}, ${version}, ${fileName}, ${target}) on conflict do nothing`;
    if (count > 0) continue;
    const [known] = await tx`
      select from delivery where business_date = ${date} and version = ${version} and file_name = ${fileName}
        and target = ${target}`;
    if (!known) throw new TainError('delivery.id-taken', { delivery: id, date, file: fileName });
  }
}

/** Name of a file with messages, like "cftc-45-transaction-IR-20261121-v1.csv". */
export function outboxFileName({ kind, assetClass }: MessageGroup, date: string, version: number): string {
  const group = kind === 'transaction' ? `${kind}-${assetClass ?? 'XX'}` : kind;
  return `cftc-45-${group}-${date.replaceAll('-', '')}-v${version}.csv`;
}
