/**
 * Ledgers with days of many swaps, fast: the events of a demonstration day are applied once, and copied in the database
 * under other identifiers, with their outcomes, as often as a day needs. Tables, constraints and indexes are the real
 * ones, and the messages are cut as every day's are.
 */
import { hash } from 'node:crypto';
import type { DayVersionRow } from '../../db/days.ts';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { DEMO_HEADER } from '../../demo/columns.ts';
import { generateDay } from '../../demo/day.ts';
import { readSourcedEvent, type EventSource, type SourcedEvent } from '../../domain/swaps/event-source.ts';
import { readRecordValues, readStoredHeader } from '../../domain/swaps/values.ts';
import type { Sql } from '../../platform/postgres.ts';
import { cutOn, makeMessages } from '../support/days.ts';

/** Records of a demonstration day for each of its swaps. */
const RECORDS_PER_SWAP = 1.32;
const EVENTS_AT_A_TIME = 5000;
const FIRST_DAY = Date.parse('2026-11-23');
const DAY_MS = 86_400_000;

export type DayOfSwaps = { readonly version: DayVersionRow; readonly cutMs: number };

/**
 * Makes days on an empty ledger.
 * @param swaps of the smallest of them
 * @returns makes the next day, of so many times as many swaps, with its messages; `cutMs` is what cutting them took
 */
export async function createDays(sql: Sql, swaps: number): Promise<(copies: number) => Promise<DayOfSwaps>> {
  const original: EventSource = { kind: 'file', name: `20261121-${'0'.repeat(32)}`, fileId: 1, revision: 1 };
  for (const events of readEvents(Math.round(swaps * RECORDS_PER_SWAP), original))
    await applyInBatches(sql, events, original);
  let days = 0;
  return async (copies) => {
    days += 1;
    const fileId = days + 1;
    const date = new Date(FIRST_DAY + (days - 1) * DAY_MS).toISOString().slice(0, 10);
    await copyEvents(sql, fileId, copies);
    const version = await cutOn(sql, date, `${date}T23:00:00Z`);
    await sql`
      insert into cftc_cut_file (file_id, revision, business_date, since_version) values (${fileId}, 1, ${date}, 1)`;
    const startedTick = performance.now();
    const cut = await makeMessages(sql, version, { eventsPerBatch: 2000 });
    const cutMs = Math.round(performance.now() - startedTick);
    await sql`vacuum (analyze) tb_on_hist, outbound_message`;
    return { version: cut, cutMs };
  };
}

/** The same life for other swaps: the identifier is longer by a number, in the subject and wherever the record has it. */
async function copyEvents(sql: Sql, fileId: number, copies: number): Promise<void> {
  const [source] = await sql<[{ source_id: number; events: number }]>`
    insert into ledger_source (name, file_id, revision) values (${`20261121-${hash('md5', String(fileId))}`}, ${fileId}, 1)
    returning source_id, (select max(position) from tb_on_hist where source_id = 1) as events`;
  const { source_id: to, events } = source;
  const suffix = (copy: number): string => `${fileId}${String(copy).padStart(4, '0')}`;
  for (let copy = 0; copy < copies; copy += 1) {
    await sql`
      insert into tb_on_hist (source_id, position, subject_key, subject_kind, fold_time, event_time, fold_rank,
        content_hash, part, elements, accepted_at)
      select ${to}, position + ${copy * events}, subject_key || ${suffix(copy)}, subject_kind, fold_time, event_time,
        fold_rank, content_hash, part, replace(elements, subject_key, subject_key || ${suffix(copy)}), accepted_at
      from tb_on_hist where source_id = 1 order by position`;
    await sql`
      insert into event_outcome (source_id, position, revision, outcome, issues, decided_at)
      select ${to}, position + ${copy * events}, revision, outcome, issues, decided_at
      from event_outcome where source_id = 1 order by position`;
  }
  await sql`vacuum (analyze) tb_on_hist, event_outcome`;
}

function* readEvents(rows: number, source: EventSource): Generator<SourcedEvent[]> {
  const layout = readStoredHeader(DEMO_HEADER);
  let events: SourcedEvent[] = [];
  let position = 0;
  for (const { bytes } of generateDay({ seed: 'bench', rows, date: '2026-11-21', brokenShare: 0 })) {
    position += 1;
    const event = readSourcedEvent(readRecordValues(bytes, layout) ?? {}, {
      source,
      position,
      hash: (text) => hash('sha256', text),
    });
    if (event) events.push(event);
    if (events.length < EVENTS_AT_A_TIME) continue;
    yield events;
    events = [];
  }
  yield events;
}
