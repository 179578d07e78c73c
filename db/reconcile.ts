/** What the repository should know of every swap, in the order of the keys; and when somebody verified it. */
import type { Sql, TransactionSql } from 'postgres';
import type { Actor } from '../contracts/audit.ts';
import {
  foldAcknowledged,
  knownSwap,
  type AcknowledgedMessage,
  type KnownSwap,
} from '../domain/reconcile/known-swap.ts';
import { wasKnown } from '../domain/swaps/as-of.ts';
import { applyAll, type SubjectState } from '../domain/swaps/ledger-account.ts';
import type { SwapEvent } from '../domain/swaps/swap-event.ts';
import { readState } from '../domain/swaps/state-text.ts';
import { textArray } from './arrays.ts';
import { appendAudit } from './audit.ts';
import { readHistory } from './ledger-reads.ts';
import { hashText } from './ledger-subjects.ts';

const PAGE_SWAPS = 500;

export type Knowledge = {
  /** YYYY-MM-DD: the day that the report is of. */
  readonly date: string;
  /** Only what was reported by the end of that day, in UTC; false: all that is known now. */
  readonly asOfDate: boolean;
};

/**
 * Hands all swaps of the ledger to `use`, as of one moment, a page at a time.
 * @param sql a connection that may be held as long as `use` takes
 */
export async function withKnownSwaps<Result>(
  sql: Sql,
  knowledge: Knowledge,
  use: (swaps: AsyncIterable<KnownSwap>) => Promise<Result>,
): Promise<Result> {
  const result = await sql.begin('isolation level repeatable read read only', async (tx) => ({
    value: await use(readKnownSwaps(tx, knowledge)),
  }));
  return result.value;
}

type SwapRow = { readonly key: string; readonly state: string };

async function* readKnownSwaps(tx: TransactionSql, knowledge: Knowledge): AsyncGenerator<KnownSwap> {
  for (let after = ''; ;) {
    const rows = await tx<SwapRow[]>`
      select subject_key as key, state from tb_on_mst
      where subject_kind = 'swap' and subject_key > ${after} order by subject_key limit ${PAGE_SWAPS}`;
    const acknowledged = await readAcknowledged(
      tx,
      rows.map(({ key }) => key),
      knowledge,
    );
    const histories = knowledge.asOfDate ? await readEvents(tx, rows) : null;
    for (const row of rows) {
      const messages = acknowledged.get(row.key);
      const state = messages ? foldAcknowledged(messages, hashText) : stateOf(row, histories, knowledge);
      yield knownSwap(row.key, state, { date: knowledge.date, acknowledged: messages !== undefined });
    }
    if (rows.length < PAGE_SWAPS) return;
    after = rows.at(-1)!.key;
  }
}

async function readEvents(tx: TransactionSql, rows: readonly SwapRow[]): Promise<Map<string, SwapEvent[]>> {
  const history = await readHistory(
    tx,
    rows.map(({ key }) => ({ kind: 'swap', key })),
  );
  const events = new Map<string, SwapEvent[]>();
  for (const { subject, event } of history) {
    const known = events.get(subject.key);
    if (known) known.push(event);
    else events.set(subject.key, [event]);
  }
  return events;
}

type Swap = Extract<SubjectState, { kind: 'swap' }>;

/** As the ledger has it, or folded again from what was reported by the day. */
function stateOf(
  { key, state }: SwapRow,
  histories: ReadonlyMap<string, readonly SwapEvent[]> | null,
  { date }: Knowledge,
): Swap['state'] {
  const subject =
    histories === null
      ? readState('swap', state)
      : applyAll(
          'swap',
          (histories.get(key) ?? []).filter((event) => wasKnown(event, date)),
        ).account.subject;
  // Of a swap, because that was asked for.
  return (subject as Swap).state;
}

/** The acknowledged messages of part 45, by swap; swaps without any are left out. */
export async function readAcknowledged(
  tx: Sql | TransactionSql,
  keys: readonly string[],
  { date, asOfDate }: Knowledge,
): Promise<Map<string, AcknowledgedMessage[]>> {
  const rows = await tx<(Omit<AcknowledgedMessage, 'reportedAt'> & { key: string; reportedAt: Date })[]>`
    select message.subject_key as key, message_id as id, coalesce(message.elements, hist.elements) as text,
      submitter, reported_at as "reportedAt"
    from unnest(${textArray(keys)}::text[]) as wanted (key)
    join outbound_message as message on message.subject_key = wanted.key
    join tb_on_hist as hist using (source_id, position)
    where message.subject_kind = 'swap' and message.part = 45 and message.state = 'acknowledged'
      ${asOfDate ? tx`and reported_at < (${date}::date + 1)::timestamp at time zone 'UTC'` : tx``}`;
  const messages = new Map<string, AcknowledgedMessage[]>();
  for (const { key, reportedAt, ...row } of rows) {
    const message = { ...row, reportedAt: `${reportedAt.toISOString().slice(0, 19)}Z` };
    const known = messages.get(key);
    if (known) known.push(message);
    else messages.set(key, [message]);
  }
  return messages;
}

export type VerificationRecord = {
  /** LEIs of our entities whose open swaps were verified. */
  readonly entities: readonly string[];
  /** YYYY-MM-DD: the day that the report is of. */
  readonly date: string;
  readonly report: string;
  /** Of the report's bytes, in hex. */
  readonly sha256: string;
  readonly compared: number;
  readonly breaks: number;
};

/** Notes that the open swaps of these entities were verified. The same report again changes nothing. */
export async function recordVerification(sql: Sql, by: Actor, found: VerificationRecord): Promise<void> {
  const { date, report, sha256, compared, breaks } = found;
  await sql.begin(async (tx) => {
    for (const entity of found.entities) {
      const rows = await tx`
        insert into verification (entity, verified_on, report_name, report_sha256, compared, breaks, recorded_by)
        values (${entity}, ${date}, ${report}, ${sha256}, ${compared}, ${breaks}, ${by.actor})
        on conflict (entity, verified_on, report_sha256) do nothing returning entity`;
      if (rows.length === 0) continue;
      const after = { date, report, sha256, compared, breaks };
      await appendAudit(tx, { ...by, action: 'swaps.verified', subject: entity, after });
    }
  });
}
