/**
 * Both sides of the benchmark of a day's files, in a process of its own for each day, so that its memory is that of the
 * writing alone. Either side has one connection, and ends when all is on the disk.
 */
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writeDayFiles } from '../../activities/cftc-day-files.ts';
import { findVersion } from '../../db/days.ts';
import { connectPostgres, type Sql } from '../../platform/postgres.ts';
import { secondsOf, secondsOfFamily } from './processor-time.ts';

export type DayRequest = {
  readonly url: string;
  /** YYYY-MM-DD; its first version is written. */
  readonly date: string;
  readonly dataDir: string;
  readonly rounds: number;
  /** Process of the database server. */
  readonly serverPid: number;
};

export type DayMeasured = {
  readonly oursMs: readonly number[];
  readonly copyMs: readonly number[];
  /** Processor time, of this process and the server. */
  readonly oursCpuMs: readonly number[];
  readonly copyCpuMs: readonly number[];
  readonly bytes: number;
  readonly copyBytes: number;
  /** Of this process, when nothing was written yet and in all. */
  readonly startRssMb: number;
  readonly peakRssMb: number;
};

/** Both sides in turns, behind a first one that counts for neither. */
async function measure({ url, date, dataDir, rounds, serverPid }: DayRequest): Promise<DayMeasured> {
  const sql = connectPostgres(url, 'bench day', 1);
  try {
    const version = (await findVersion(sql, { business_date: date, version: 1 }))!;
    const copied = path.join(dataDir, '..', 'copied');
    const [oursMs, copyMs, oursCpuMs, copyCpuMs] = [[], [], [], []] as [
      number[],
      number[],
      number[],
      number[],
    ];
    const cost = (work: () => Promise<unknown>): Promise<Cost> => costOf(serverPid, work);
    const startRssMb = rssMb();
    let bytes = 0;
    for (let round = 0; round <= rounds; round += 1) {
      const theirs = await onceConnected(url, (copying) => cost(() => copyMessages(copying, date, copied)));
      const ours = await cost(async () => {
        const signal = new AbortController().signal;
        const onProgress = () => undefined;
        const files = await writeDayFiles({ sql, dataDir, version, signal, parquet: false, onProgress });
        bytes = files.reduce((sum, file) => sum + file.size_bytes, 0);
        const written = files.reduce((sum, file) => sum + file.row_count, 0);
        if (written !== version.message_count)
          throw new Error(`wrote ${written} of ${version.message_count} messages`);
      });
      if (round === 0) continue;
      oursMs.push(ours.ms);
      copyMs.push(theirs.ms);
      oursCpuMs.push(ours.cpuMs);
      copyCpuMs.push(theirs.cpuMs);
    }
    const copyBytes = (await stat(copied)).size;
    return { oursMs, copyMs, oursCpuMs, copyCpuMs, bytes, copyBytes, startRssMb, peakRssMb: rssMb() };
  } finally {
    await sql.end();
  }
}

/** The driver (3.4.9) may leave the socket of a COPY paused behind its end: nothing is asked of that connection again. */
async function onceConnected<Result>(url: string, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  const sql = connectPostgres(url, 'bench copy', 1);
  try {
    await sql`select 1`;
    return await work(sql);
  } finally {
    await sql.end({ timeout: 0 });
  }
}

/** The most that the process ever had. */
const rssMb = (): number => Math.round(process.resourceUsage().maxRSS / 1024);

/** What is stored of the messages, as it is. */
async function copyMessages(sql: Sql, date: string, location: string): Promise<void> {
  const rows = await sql
    .unsafe(
      `copy (
        select message_id, submitter, reported_at, coalesce(m.elements, hist.elements)
        from outbound_message as m join tb_on_hist as hist using (source_id, position)
        where leaves_on = '${date}' and leaves_version = 1
        order by kind, asset_class, m.subject_key, reported_at, ordinal, message_id
      ) to stdout`,
    )
    .readable();
  await pipeline(rows, createWriteStream(location, { flush: true }));
}

type Cost = { readonly ms: number; readonly cpuMs: number };

async function costOf(serverPid: number, work: () => Promise<unknown>): Promise<Cost> {
  const used = (): number => secondsOf(process.pid) + secondsOfFamily(serverPid);
  const before = used();
  const startedTick = performance.now();
  await work();
  const ms = Math.round(performance.now() - startedTick);
  return { ms, cpuMs: Math.round((used() - before) * 1000) };
}

process.once('message', (request: DayRequest) => {
  void measure(request).then((measured) => {
    process.send!(measured);
    process.disconnect();
  });
});
