/** Messages, files of the outbox and targets as tests of delivery need them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { deliveryIdOf } from '../../activities/cftc-day-deliveries.ts';
import { createDeliveryActivities, type DeliveryDependencies } from '../../activities/delivery.ts';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import type { DeliveryEnd } from '../../contracts/outbound.ts';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { hashText } from '../../db/ledger-subjects.ts';
import { messageIdOf } from '../../domain/reports/message-id.ts';
import { startReceiver, type Receiver, type ReceiverRequest } from '../../demo/receiver.ts';
import { encodeLine } from '../../domain/csv/encode.ts';
import { outgoingValues } from '../../domain/outbound/outgoing-values.ts';
import { columnsOf, MESSAGE_ID_COLUMN } from '../../domain/reports/message-columns.ts';
import type { EventSource } from '../../domain/swaps/event-source.ts';
import type { RecordValues } from '../../domain/swaps/record-content.ts';
import { readRecordValues, readStoredHeader } from '../../domain/swaps/values.ts';
import { writeReportFile, type WrittenFile } from '../../platform/report-file.ts';
import { startLifecycle } from '../../platform/temporal.ts';
import type { Sql } from '../../platform/postgres.ts';
import type { TestDatabase } from './database.ts';
import { GOOD_COLUMNS, goodLine, LEI } from './good-record.ts';
import { fileSource, sourced } from './ledger.ts';
import type { TestTemporal } from './temporal.ts';

export const TARGET = 'repository';
export const DATE = '2026-11-21';
const CUT_AT = Date.UTC(2026, 10, 21, 23);
const LAYOUT = readStoredHeader(`${GOOD_COLUMNS.join(',')}\n`);

export const utiOf = (swap: number): string => `${LEI}T${String(swap).padStart(8, '0')}`;

/** The beginning of a swap that every rule accepts, as the ledger keeps it, and with changes another event of it. */
export const recordOf = (swap: number, changes: RecordValues = {}): RecordValues => ({
  ...readRecordValues(goodLine({ uniqueTransactionIdentifierUti: utiOf(swap) }), LAYOUT)!,
  notionalAmountLeg1: '1000000.5',
  ...changes,
});

/** A change of a swap's notional amount, agreed some minutes after it began. */
export const changeOf = (swap: number, minute: number, changes: RecordValues = {}): RecordValues =>
  recordOf(swap, {
    actionType: 'MODI',
    amendmentIndicator: 'True',
    notionalAmountLeg1: String(2_000_000 + minute),
    eventTimestamp: `2026-11-20T15:${String(minute).padStart(2, '0')}:00Z`,
    ...changes,
  });

export type CutMessage = { readonly id: string; readonly values: RecordValues; readonly position: number };

/** Applies records and cuts a message of part 45 of each, as the day does. */
export async function cutMessages(
  sql: Sql,
  records: readonly RecordValues[],
  source: EventSource = fileSource('a'),
): Promise<CutMessage[]> {
  const events = records.map((values, index) => sourced(values, source, index + 1));
  await applyInBatches(sql, events, source);
  const [row] = await sql<{ id: number }[]>`select max(source_id) as id from ledger_source`;
  const ordinals = new Map<string, number>();
  const cut: CutMessage[] = [];
  for (const { position, event } of events) {
    const { subject, action, values, place } = event;
    const ordinal = (ordinals.get(subject.key) ?? 0) + 1;
    ordinals.set(subject.key, ordinal);
    const id = messageIdOf(place, 45, 1, hashText);
    await sql`
      insert into outbound_message (message_id, part, kind, asset_class, source_id, position, subject_key, subject_kind,
        action, business_date, day_version, ordinal, submitter, reported_at)
      values (${id}, 45, 'transaction', 'IR', ${row!.id}, ${position}, ${subject.key}, ${subject.kind}, ${action},
        ${DATE}, 1, ${ordinal}, null, to_timestamp(${CUT_AT / 1000}))`;
    cut.push({ id, position, values: outgoingValues(values, null, CUT_AT) });
  }
  return cut;
}

/** Writes a file of messages into the data directory and enters it, and its delivery. @returns the delivery's id */
export async function enterFile(
  sql: Sql,
  folder: string,
  messages: readonly CutMessage[],
  { target = TARGET, name = 'cftc-45-transaction-IR-20261121-v1.csv' } = {},
): Promise<{ readonly deliveryId: string; readonly written: WrittenFile; readonly name: string }> {
  const columns = columnsOf('transaction');
  const lines = messages.map(({ id, values }) => encodeLine([id, ...columns.fields(values)]));
  const written = await writeReportFile(
    path.join(folder, name),
    encodeLine([MESSAGE_ID_COLUMN, ...columns.names]),
    (async function* () {
      yield lines;
    })(),
  );
  const deliveryId = deliveryIdOf({ date: DATE, version: 1, fileName: name, sha256: written.sha256 }, target);
  await sql`
    insert into outbox_file (business_date, version, name, kind, asset_class, path, row_count, size_bytes, sha256,
      is_outbound)
    values (${DATE}, 1, ${name}, 'transaction', 'IR', ${name}, ${written.rowCount}, ${written.sizeBytes},
      ${written.sha256}, true)`;
  await sql`
    insert into delivery (delivery_id, business_date, version, file_name, target)
    values (${deliveryId}, ${DATE}, 1, ${name}, ${target})`;
  return { deliveryId, written, name };
}

/** Loses patience quickly. */
const QUICK = { heartbeatMs: 100, silenceMs: 3000, packetMs: 1000, connectMs: 2000 };

/** A folder, an outbound file in it and receivers, all gone at the end. */
export function useOutbound(database: TestDatabase) {
  let folder = '';
  const receivers: Receiver[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'tain-outbound-'));
  });
  afterEach(async () => {
    for (const receiver of receivers.splice(0)) await receiver.close();
    await database.sql`
      truncate outbound_message, outbox_file, delivery, outbound_session, outbound_answer, ledger_source, tb_on_hist,
        event_key, event_outcome, tb_on_mst, outbox_moved, outbound_answer_file`;
  });
  afterAll(() => rm(folder, { recursive: true }));

  const outboundFile = (): string => path.join(folder, 'outbound.json');
  return {
    folder: () => folder,
    outboundFile,
    async receive(request: ReceiverRequest = {}): Promise<Receiver> {
      const receiver = await startReceiver({ heartbeatMs: 100, settleMs: 300, ...request });
      receivers.push(receiver);
      return receiver;
    },
    /** Writes the outbound file: one target over a session. */
    async point({ port }: { readonly port: number }, more: object = {}): Promise<void> {
      const target = { name: TARGET, kind: 'tcp-session', host: '127.0.0.1', port, parts: [45, 43] };
      await writeFile(outboundFile(), JSON.stringify({ targets: [{ ...target, ...QUICK, ...more }] }));
    },
    deliveries: (options: Partial<DeliveryDependencies> = {}) =>
      createDeliveryActivities({
        sql: database.sql,
        outboundFile: outboundFile(),
        dataDir: folder,
        ...options,
      }),
  };
}

/** Starts a delivery as the day does. @returns its end */
export async function startDelivery({ client }: TestTemporal, deliveryId: string): Promise<DeliveryEnd> {
  const workflowId = LIFECYCLES.delivery.workflowId(deliveryId);
  await startLifecycle(client, 'delivery', { workflowId, args: [{ deliveryId }], summary: 'a delivery' });
  return client.workflow.getHandle(workflowId).result() as Promise<DeliveryEnd>;
}

/** Messages in their order, by state. */
export const statesOf = async (sql: Sql): Promise<string[]> => {
  const rows = await sql<{ state: string }[]>`
    select state from outbound_message order by subject_key, reported_at, ordinal, attempt`;
  return rows.map(({ state }) => state);
};
