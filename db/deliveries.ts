/** Queries on delivery: the way of each file of the outbox to its target. */
import type { Sql, TransactionSql } from 'postgres';
import { BY_DELIVERY } from '../contracts/audit.ts';
import { TainError, type ErrorFacts } from '../contracts/errors.ts';
import type { DeliveryState } from '../contracts/outbound.ts';
import { appendAudit } from './audit.ts';
import { textArray } from './arrays.ts';
import { blocking, type Blocking } from './delivery-order.ts';
import type { MessageKind } from '../domain/reports/message-columns.ts';
import { hashText } from './ledger-subjects.ts';
import { claimSession, holdSession, type ClaimedSession, type SessionAttempt } from './outbound-sessions.ts';

export type DeliveryRow = {
  readonly delivery_id: string;
  readonly business_date: string;
  readonly version: number;
  readonly file_name: string;
  readonly target: string;
  readonly state: DeliveryState;
  readonly epoch: number;
  readonly next_record: number;
  /** How often the whole file is to be handed over. */
  readonly round: number;
  readonly may_rewrite: boolean;
  readonly file_verdict: 'accepted' | 'refused' | null;
  readonly problem_code: string | null;
  readonly problem_params: ErrorFacts['params'] | null;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
};

/** The file of a delivery, as it was written. */
export type DeliveryFile = {
  readonly name: string;
  readonly path: string;
  readonly rowCount: number;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly kind: MessageKind;
  readonly assetClass: string | null;
};

/** The session of a delivery: ten characters, as a login has them. */
export const deliverySession = (deliveryId: string): string => `D${hashText(deliveryId).slice(0, 9)}`;

export type ClaimedDelivery = {
  readonly row: DeliveryRow;
  readonly file: DeliveryFile;
  readonly session: ClaimedSession;
};

export async function findDelivery(
  sql: Sql | TransactionSql,
  deliveryId: string,
): Promise<DeliveryRow | null> {
  const [row] = await sql<DeliveryRow[]>`select * from delivery where delivery_id = ${deliveryId}`;
  return row ?? null;
}

/**
 * Makes the caller the only attempt that may move a delivery.
 * @returns null when it has its answers already, or was given up
 * @throws TainError delivery.not-found
 */
export async function claimDelivery(sql: Sql, deliveryId: string): Promise<ClaimedDelivery | null> {
  return sql.begin(async (tx) => {
    const [row] = await tx<DeliveryRow[]>`
      update delivery set
        epoch = epoch + 1, state = case when state in ('waiting', 'failed') then 'sending' else state end,
        started_at = coalesce(started_at, now()), problem_code = null, problem_params = null,
        file_verdict = case when state = 'failed' then null else file_verdict end
      where delivery_id = ${deliveryId} and state not in ('answered', 'given-up')
      returning *`;
    if (!row) {
      if ((await findDelivery(tx, deliveryId)) === null)
        throw new TainError('delivery.not-found', { delivery: deliveryId });
      return null;
    }
    const [file] = await tx<DeliveryFile[]>`
      select name, path, row_count as "rowCount", size_bytes as "sizeBytes", sha256, kind, asset_class as "assetClass"
      from outbox_file
      where business_date = ${row.business_date} and version = ${row.version} and name = ${row.file_name}`;
    if (!file) throw new TainError('outbox.vanished', { file: row.file_name, path: 'outbox_file' });
    return { row, file, session: await claimSession(tx, row.target, deliverySession(deliveryId)) };
  });
}

export type SentRecords = {
  readonly deliveryId: string;
  readonly messageIds: readonly string[];
  /** When they were on the socket, milliseconds since 1970. */
  readonly sentAt: number;
  /** The first record that is not known to have been received. */
  readonly nextRecord: number;
};

/** Notes that records are on their way. What was answered meanwhile stays so. @throws TainError outbound.superseded */
export async function markSent(
  sql: Sql,
  attempt: SessionAttempt,
  { deliveryId, messageIds, sentAt, nextRecord }: SentRecords,
): Promise<void> {
  await sql.begin(async (tx) => {
    await holdSession(tx, attempt);
    await tx`update delivery set next_record = ${nextRecord} where delivery_id = ${deliveryId}`;
    await tx`
      update outbound_message set
        state = case when state in ('held', 'pending') then 'sent' else state end, held_by = null,
        sent_at = coalesce(sent_at, to_timestamp(${sentAt / 1000})), delivery_id = ${deliveryId}
      where message_id = any(${textArray(messageIds)}::text[])`;
  });
}

/** Moves a delivery between the states of one that is under way. @throws TainError outbound.superseded */
export async function moveDelivery(
  sql: Sql,
  attempt: SessionAttempt,
  deliveryId: string,
  { state, problem }: { readonly state: 'sent' | 'silent'; readonly problem: ErrorFacts | null },
): Promise<void> {
  await sql.begin(async (tx) => {
    await holdSession(tx, attempt);
    const before = await findDelivery(tx, deliveryId);
    await writeState(tx, deliveryId, state, problem);
    if (before?.state === state) return;
    await auditState(tx, before!, state, problem);
  });
}

export type DeliveryCounts = {
  readonly sent: number;
  readonly acknowledged: number;
  readonly refused: number;
  /** Without a verdict. */
  readonly open: number;
};

/** Records of a delivery by what became of them. */
export async function countDelivery(sql: Sql | TransactionSql, deliveryId: string): Promise<DeliveryCounts> {
  const [counts] = await sql<[DeliveryCounts]>`
    select count(*) as sent, count(*) filter (where state = 'acknowledged') as acknowledged,
      count(*) filter (where state in ('refused', 'resubmitted', 'withdrawn')) as refused,
      count(*) filter (where state = 'sent') as open
    from outbound_message where delivery_id = ${deliveryId}`;
  return counts;
}

/**
 * Ends a delivery when the verdict on its file and those on all records that were sent are there.
 * @returns its counts, and whether it has ended
 * @throws TainError outbound.superseded
 */
export async function finishDelivery(
  sql: Sql,
  attempt: SessionAttempt,
  deliveryId: string,
): Promise<
  DeliveryCounts & { readonly fileVerdict: DeliveryRow['file_verdict']; readonly finished: boolean }
> {
  return sql.begin(async (tx) => {
    await holdSession(tx, attempt);
    const row = (await findDelivery(tx, deliveryId))!;
    const counts = await countDelivery(tx, deliveryId);
    const finished = row.file_verdict === 'accepted' && counts.open === 0;
    if (finished && row.state !== 'answered') {
      await tx`
        update delivery set state = 'answered', problem_code = null, problem_params = null, finished_at = now(),
          next_record = (select row_count + 1 from outbox_file
            where business_date = ${row.business_date} and version = ${row.version} and name = ${row.file_name})
        where delivery_id = ${deliveryId}`;
      await auditState(tx, row, 'answered', null);
    }
    return { ...counts, fileVerdict: row.file_verdict, finished };
  });
}

/** Notes that a delivery cannot go on by itself. Safe to repeat. */
export async function failDelivery(sql: Sql, deliveryId: string, problem: ErrorFacts): Promise<void> {
  await sql.begin(async (tx) => {
    const [before] = await tx<DeliveryRow[]>`
      select * from delivery where delivery_id = ${deliveryId} and state not in ('answered', 'given-up') for no key update`;
    if (!before) return;
    await writeState(tx, deliveryId, 'failed', problem);
    if (before.state !== 'failed') await auditState(tx, before, 'failed', problem);
  });
}

export type DeliveryFilter = {
  readonly date?: string | undefined;
  readonly state?: DeliveryState | undefined;
  readonly deliveryId?: string;
  readonly limit: number;
};

export type DeliveryOverview = DeliveryRow &
  DeliveryCounts & {
    readonly row_count: number;
    /** What its file holds; the asset class of transactions alone. */
    readonly kind: string;
    readonly asset_class: string | null;
    /** The earliest deadline of its records that are not acknowledged. */
    readonly next_due: Date | null;
    /** What keeps it waiting. */
    readonly before: Blocking | null;
  };

/** Newest business dates first; the counts are of records that were sent. */
export async function listDeliveries(
  sql: Sql,
  { date, state, deliveryId, limit }: DeliveryFilter,
): Promise<DeliveryOverview[]> {
  return sql<DeliveryOverview[]>`
    select own.*, sent, acknowledged, refused, open, next_due, case when before.state is not null
      then json_build_object('file', before.file, 'date', before.date, 'state', before.state) end as before
    from (
      select delivery.*, kind, asset_class, row_count from delivery
      join outbox_file on outbox_file.business_date = delivery.business_date
        and outbox_file.version = delivery.version and name = file_name
    ) as own
    left join lateral (${blocking(sql)}) as before on own.state = 'waiting'
    cross join lateral (
      select count(*) as sent, count(*) filter (where state = 'acknowledged') as acknowledged,
        count(*) filter (where state in ('refused', 'resubmitted', 'withdrawn')) as refused,
        count(*) filter (where state = 'sent') as open
      from outbound_message where outbound_message.delivery_id = own.delivery_id
    ) as counted
    cross join lateral (
      select min(due_at) as next_due from outbound_message
      where leaves_on = own.business_date and leaves_version = own.version
        and outbound_message.kind = own.kind
        and outbound_message.asset_class is not distinct from own.asset_class
        and state in ('held', 'pending', 'sent', 'refused')
    ) as due
    where true
      ${date === undefined ? sql`` : sql`and own.business_date = ${date}`}
      ${state === undefined ? sql`` : sql`and own.state = ${state}`}
      ${deliveryId === undefined ? sql`` : sql`and own.delivery_id = ${deliveryId}`}
    order by own.business_date desc, own.version desc, file_name, target
    limit ${limit}`;
}

/** One delivery with its counts. */
export const findDeliveryOverview = async (sql: Sql, deliveryId: string): Promise<DeliveryOverview | null> =>
  (await listDeliveries(sql, { deliveryId, limit: 1 }))[0] ?? null;

async function writeState(
  tx: TransactionSql,
  deliveryId: string,
  state: DeliveryState,
  problem: ErrorFacts | null,
): Promise<void> {
  await tx`
    update delivery set state = ${state}, problem_code = ${problem?.code ?? null},
      problem_params = ${problem && tx.json(problem.params)}
    where delivery_id = ${deliveryId}`;
}

async function auditState(
  tx: TransactionSql,
  { delivery_id, state: before, target, file_name }: DeliveryRow,
  state: DeliveryState,
  problem: ErrorFacts | null,
): Promise<void> {
  const action =
    `delivery.${state === 'sent' || state === 'silent' || state === 'failed' ? state : 'answered'}` as const;
  const after = { state, target, file: file_name, ...(problem && { problem: problem.code }) };
  await appendAudit(tx, { ...BY_DELIVERY, action, subject: delivery_id, before: { state: before }, after });
}
