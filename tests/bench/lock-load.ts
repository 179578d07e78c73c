/**
 * What may hold locks beside realtime, as a process of its own with the priority of batch: a large file that is applied
 * again and again under other names, VACUUM of what realtime writes, and partitions that are made. Runs while it is told to.
 */
import { hash } from 'node:crypto';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { ensurePartition } from '../../db/partitions.ts';
import { DEMO_HEADER, generateDay } from '../../demo/day.ts';
import { readSourcedEvent, type EventSource, type SourcedEvent } from '../../domain/swaps/event-source.ts';
import { readRecordValues, readStoredHeader } from '../../domain/swaps/values.ts';
import { NICE_OF_ROLE } from '../../platform/embedded/host-priority.ts';
import { connectPostgres } from '../../platform/postgres.ts';

export type LoadRequest = { readonly url: string; readonly rows: number } | { readonly run: boolean };
export type LoadReport = {
  readonly ready?: true;
  readonly applied: number;
  readonly vacuums: number;
  readonly partitions: number;
};

/** Less at a time than file ingest takes, so that what was applied can be counted. */
const SLICE = 1000;
const TABLES = ['tb_on_mst', 'tb_on_hist', 'event_key', 'event_outcome', 'feed_journal', 'feed'];
const PARTITION_EVERY_MS = 250;

let isRunning = false;
let done: Omit<LoadReport, 'ready'> = { applied: 0, vacuums: 0, partitions: 0 };
let months = 0;
const report = (extra: { ready?: true } = {}): void => void process.send!({ ...done, ...extra });

function sourceOf(round: number): EventSource {
  return { kind: 'file', name: `20261121-${'0'.repeat(32)}`, fileId: 1, revision: round };
}

/** Values of a day's records by position. */
function readDay(rows: number) {
  const layout = readStoredHeader(DEMO_HEADER);
  return [...generateDay({ seed: 'locks', rows, date: '2026-11-20', brokenShare: 0 })].flatMap(
    ({ bytes }) => {
      const values = readRecordValues(bytes, layout);
      return values === null ? [] : [values];
    },
  );
}

async function start(url: string, rows: number): Promise<void> {
  os.setPriority(NICE_OF_ROLE['batch']!);
  const sql = connectPostgres(url, 'lock load', 4);
  const day = readDay(rows);
  report({ ready: true });
  const apply = async (): Promise<void> => {
    for (let round = 1; ; round += 1) {
      const source = sourceOf(round);
      for (let at = 0; at < day.length; at += SLICE) {
        while (!isRunning) await sleep(20);
        const events = day.slice(at, at + SLICE).flatMap((values, index): SourcedEvent[] => {
          const request = { source, position: at + index + 1, hash: (text: string) => hash('sha256', text) };
          const event = readSourcedEvent(values, request);
          return event === null ? [] : [event];
        });
        await applyInBatches(sql, events, source);
        done = { ...done, applied: done.applied + events.length };
      }
    }
  };
  const vacuum = async (): Promise<void> => {
    for (let at = 0; ; at += 1) {
      while (!isRunning) await sleep(20);
      await sql`vacuum ${sql(TABLES[at % TABLES.length]!)}`;
      done = { ...done, vacuums: done.vacuums + 1 };
    }
  };
  const partition = async (): Promise<void> => {
    for (;;) {
      await sleep(PARTITION_EVERY_MS);
      if (!isRunning) continue;
      months += 1;
      await ensurePartition(sql, new Date(Date.UTC(2030, months, 1)).toISOString().slice(0, 10));
      done = { ...done, partitions: done.partitions + 1 };
    }
  };
  await Promise.all([apply(), vacuum(), partition()]);
}

process.on('message', (request: LoadRequest) => {
  if ('url' in request) void start(request.url, request.rows);
  else {
    isRunning = request.run;
    if (!isRunning) report();
  }
});
process.on('disconnect', () => process.exit());
