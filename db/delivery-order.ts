/**
 * In which order files leave. A repository refuses what it knows no swap of: valuations and margin leave behind the
 * transactions of their day, and a day behind the transactions of the days before, once they are answered.
 */
import type { Sql, TransactionSql } from 'postgres';
import type { ErrorFacts } from '../contracts/errors.ts';
import type { DeliveryState } from '../contracts/outbound.ts';

/** What keeps a delivery from beginning: a file before it, or a day that has not sent its files. */
export type Blocking = {
  readonly file: string | null;
  /** YYYY-MM-DD. */
  readonly date: string;
  /** Of the delivery of the file, or of the day. */
  readonly state: string;
};

/**
 * The first of what a delivery waits for, as a lateral query with the columns file, date and state. It asks about a row
 * `own` with business_date, version and target of a delivery and kind of its file. A delivery of which all was sent holds
 * nothing up when every record has its verdict, though the file has none.
 */
export const blocking = (sql: Sql | TransactionSql) => sql`
    select * from (
      select before.file_name as file, before.business_date as date, before.state
      from delivery as before
      join outbox_file as earlier on earlier.business_date = before.business_date
        and earlier.version = before.version and earlier.name = before.file_name
      where before.target = own.target and earlier.kind = 'transaction'
        and before.state not in ('answered', 'given-up')
        and (before.business_date < own.business_date
          or (before.business_date = own.business_date and before.version = own.version
            and own.kind <> 'transaction'))
        and (before.state not in ('sent', 'silent') or exists (
          select from outbound_message as open where open.delivery_id = before.delivery_id and open.state = 'sent'))
      union all
      select null, day.business_date, day.state
      from cftc_day as day
      left join cftc_day_version as version
        on version.business_date = day.business_date and version.version = day.version
      where day.business_date < own.business_date
        and (day.state in ('open', 'reported')
          or (day.state in ('cut', 'incomplete') and version.cut_at is not null
            and (not version.messages_cut or version.message_count > 0)))
    ) as before
    order by date, file nulls first limit 1`;

export type OpenDelivery = {
  readonly id: string;
  readonly fileName: string;
  readonly target: string;
  readonly state: DeliveryState;
};

/**
 * Deliveries of a version whose workflows have something to do: those that may begin, and those that have begun, which
 * are to go on whatever ended their workflow.
 */
export async function listOpenDeliveries(sql: Sql, date: string, version: number): Promise<OpenDelivery[]> {
  return sql<OpenDelivery[]>`
    select delivery_id as id, file_name as "fileName", target, state from (
      select delivery.*, kind from delivery join outbox_file as file on file.business_date = delivery.business_date
        and file.version = delivery.version and file.name = file_name
      where delivery.business_date = ${date} and delivery.version = ${version}
    ) as own
    where state in ('sending', 'sent', 'silent')
      or (state = 'waiting' and not exists (${blocking(sql)}))
    order by file_name, target`;
}

/** What keeps a delivery waiting, as people are told; null where nothing does. */
export function describeBlocking(blocking: Blocking | null): ErrorFacts | null {
  if (blocking === null) return null;
  const { file, date, state } = blocking;
  return file === null
    ? { code: 'delivery.behind-day', params: { date, state } }
    : { code: 'delivery.behind-file', params: { date, file, state } };
}
