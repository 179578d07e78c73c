/** Outgoing messages as reports tell of them: in one order, a page at a time, so that no transaction lasts long. */
import type { Sql } from 'postgres';
import { EASTERN } from '../domain/cftc/calendars/zone.ts';

/** Rows that are held in memory at once. */
const PAGE_ROWS = 2000;

export type MessageRow = {
  readonly messageId: string;
  /** YYYY-MM-DD */
  readonly businessDate: string;
  readonly state: string;
  readonly submitter: string | null;
  readonly reportedAt: Date;
  /** The record as text: what is sent in place of the event's own, else that. */
  readonly text: string;
  readonly subject_key: string;
  readonly ordinal: number;
};

export type MessageSelection = {
  readonly kind: 'transaction' | 'valuation' | 'collateral';
  /** First and last business date. */
  readonly from: string;
  readonly to: string;
  readonly assetClass: string | null;
  readonly state: string | null;
};

/** Asset classes in the order of their codes; null, of what no product tells, comes last. */
const CLASSES = ['CO', 'CR', 'EQ', 'FX', 'IR', null] as const;

/** Part 45 messages of a kind: days, asset classes, swaps, and within them the order of the day. */
export async function* readMessages(sql: Sql, selection: MessageSelection): AsyncGenerator<MessageRow[]> {
  const { kind, from, to, assetClass, state } = selection;
  const days = await sql<{ day: string; version: number }[]>`
    select business_date as day, version from cftc_day where business_date between ${from} and ${to}
    order by business_date`;
  for (const { day, version } of days) {
    for (const one of CLASSES) {
      if (assetClass !== null && one !== assetClass) continue;
      for (let after: MessageRow | null = null; ;) {
        const page: MessageRow[] = await sql<MessageRow[]>`
          select message_id as "messageId", business_date as "businessDate", state, submitter,
            reported_at as "reportedAt", coalesce(message.elements, hist.elements) as text, message.subject_key, ordinal
          from outbound_message as message join tb_on_hist as hist using (source_id, position)
          where business_date = ${day} and day_version = ${version} and kind = ${kind} and message.part = 45
            and asset_class ${one === null ? sql`is null` : sql`= ${one}`}
            ${state === null ? sql`` : sql`and state = ${state}`}
            ${after === null ? sql`` : sql`and (message.subject_key, ordinal, message_id) > (${after.subject_key}, ${after.ordinal}, ${after.messageId})`}
          order by message.subject_key, ordinal, message_id
          limit ${PAGE_ROWS}`;
        if (page.length === 0) break;
        yield page;
        after = page.at(-1)!;
      }
    }
  }
}

/** How many messages `readMessages` would read, whatever their state and class. */
export async function countMessages(sql: Sql, { kind, from, to }: MessageSelection): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*) from outbound_message where business_date between ${from} and ${to} and kind = ${kind}`;
  return row!.count;
}

export type LateRow = {
  readonly dueAt: Date;
  readonly messageId: string;
  readonly part: number;
  readonly kind: string;
  readonly assetClass: string | null;
  readonly key: string;
  readonly action: string;
  readonly businessDate: string | null;
  readonly obligation: string | null;
  readonly state: string;
  readonly sentAt: Date | null;
  readonly answeredAt: Date | null;
};

export type LateSelection = {
  /** First and last day, in New York, of the due times. */
  readonly from: string;
  readonly to: string;
  readonly state: string | null;
  /** What was due until then. */
  readonly until: Date;
};

/**
 * Messages that fell due and were not acknowledged by then. One that another took the place of is told by that: it has
 * the same due time.
 */
export async function* readLateMessages(sql: Sql, selection: LateSelection): AsyncGenerator<LateRow[]> {
  const { from, to, state, until } = selection;
  for (let after: LateRow | null = null; ;) {
    const page: LateRow[] = await sql<LateRow[]>`
      select due_at as "dueAt", message_id as "messageId", part, kind, asset_class as "assetClass", subject_key as key,
        action, business_date as "businessDate", obligation, state, sent_at as "sentAt", answered_at as "answeredAt"
      from outbound_message
      where due_at >= ${from}::date::timestamp at time zone ${EASTERN}
        and due_at < (${to}::date + 1)::timestamp at time zone ${EASTERN}
        and due_at <= ${until}
        and (state in ('held', 'pending', 'sent', 'refused') or (state = 'acknowledged' and answered_at > due_at))
        ${state === null ? sql`` : sql`and state = ${state}`}
        ${after === null ? sql`` : sql`and (due_at, message_id) > (${after.dueAt}, ${after.messageId})`}
      order by due_at, message_id
      limit ${PAGE_ROWS}`;
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)!;
  }
}
