/**
 * The files of a day against COPY. Ours: writeDayFiles of a day whose messages are cut: reading them page by page, their
 * fields in the order of the columns, control totals, hash, manifest, on the disk under their names. Theirs: COPY of the
 * message ids and the stored columns of the same rows in the same order, TO STDOUT and from there into a file on the disk.
 * Either side has one connection. With two rounds or more a day of ten times as many swaps is measured too: the exponent
 * is that of time by messages between the two.
 */
import { hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writeDayFiles } from '../../../activities/cftc-day-files.ts';
import type { DayVersionRow } from '../../../db/days.ts';
import { applyInBatches } from '../../../db/ledger-batches.ts';
import { migrate } from '../../../db/migrate.ts';
import { DEMO_HEADER } from '../../../demo/columns.ts';
import { generateDay } from '../../../demo/day.ts';
import { readSourcedEvent, type EventSource, type SourcedEvent } from '../../../domain/swaps/event-source.ts';
import { readRecordValues, readStoredHeader } from '../../../domain/swaps/values.ts';
import { startPostgres } from '../../../platform/embedded/postgres.ts';
import { connectPostgres, type Sql } from '../../../platform/postgres.ts';
import { cutOn, makeMessages } from '../../support/days.ts';
import { median, round3 } from '../figures.ts';
import type { BenchRequest, BenchResult } from '../run.ts';

const TARGET = 0.5;
/** Records of a demonstration day for each of its swaps. */
const RECORDS_PER_SWAP = 1.32;
const EVENTS_AT_A_TIME = 5000;
const DATES = ['2026-11-23', '2026-11-24'] as const;

type Measured = {
  readonly messages: number;
  readonly oursMs: readonly number[];
  readonly copyMs: readonly number[];
  readonly bytes: number;
  readonly copyBytes: number;
  /** By how much the process grew, at most, while it wrote; and how large it was then. */
  readonly rssGrowthMb: number;
  readonly peakRssMb: number;
};

export async function benchCftcDay({ rows, rounds, say }: BenchRequest): Promise<BenchResult> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'tain-bench-'));
  const postgres = await startPostgres({ stateDir, log: path.join(stateDir, 'postgres.log') });
  const sql = connectPostgres(postgres.url, 'bench', 4);
  const single = connectPostgres(postgres.url, 'bench single', 1);
  try {
    await migrate(sql);
    const measured: Measured[] = [];
    for (const [at, swaps] of (rounds < 2 ? [rows] : [rows, rows * 10]).entries()) {
      say(`making a day of some ${swaps} swaps`);
      const version = await makeDay(sql, DATES[at]!, swaps, at + 1);
      measured.push(await measureDay(single, version, path.join(stateDir, 'data'), rounds, say));
    }
    const [first, tenfold] = measured as [Measured, Measured?];
    const [oursMs, copyMs] = [median(first.oursMs), median(first.copyMs)];
    return {
      ratio: round3(copyMs / oursMs),
      target: TARGET,
      better: 'higher',
      figures: {
        swaps: rows,
        ...describe(first, ''),
        ...(tenfold && {
          ...describe(tenfold, 'Tenfold'),
          ratioTenfold: round3(median(tenfold.copyMs) / median(tenfold.oursMs)),
          exponent: exponentOf(first, tenfold, (one) => one.oursMs),
          copyExponent: exponentOf(first, tenfold, (one) => one.copyMs),
        }),
      },
    };
  } finally {
    await Promise.all([sql.end(), single.end()]);
    await postgres.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

function describe(measured: Measured, suffix: string): Record<string, number | readonly number[]> {
  const { messages, oursMs, copyMs } = measured;
  const figures = {
    ...measured,
    rowsPerSecond: Math.round((messages / median(oursMs)) * 1000),
    copyRowsPerSecond: Math.round((messages / median(copyMs)) * 1000),
  };
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name + suffix, value]));
}

const exponentOf = (
  first: Measured,
  tenfold: Measured,
  timesOf: (measured: Measured) => readonly number[],
): number =>
  round3(
    Math.log(median(timesOf(tenfold)) / median(timesOf(first))) / Math.log(tenfold.messages / first.messages),
  );

/** A day of its own swaps in the ledger, with its messages. */
async function makeDay(sql: Sql, date: string, swaps: number, fileId: number): Promise<DayVersionRow> {
  const name = `20261121-${String(fileId).repeat(32)}`;
  const source: EventSource = { kind: 'file', name, fileId, revision: 1 };
  for (const events of readEvents(date, Math.round(swaps * RECORDS_PER_SWAP), source))
    await applyInBatches(sql, events, source);
  const version = await cutOn(sql, date, `${date}T23:00:00Z`);
  await sql`
    insert into cftc_cut_file (file_id, revision, business_date, since_version) values (${fileId}, 1, ${date}, 1)`;
  const cut = await makeMessages(sql, version, { eventsPerBatch: 2000 });
  await sql`vacuum (analyze) tb_on_hist, outbound_message`;
  return cut;
}

function* readEvents(seed: string, rows: number, source: EventSource): Generator<SourcedEvent[]> {
  const layout = readStoredHeader(DEMO_HEADER);
  let events: SourcedEvent[] = [];
  let position = 0;
  for (const { bytes } of generateDay({ seed, rows, date: '2026-11-21', brokenShare: 0 })) {
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

/** Both sides in turns, behind a first one that counts for neither. */
async function measureDay(
  sql: Sql,
  version: DayVersionRow,
  dataDir: string,
  rounds: number,
  say: BenchRequest['say'],
): Promise<Measured> {
  const copied = path.join(path.dirname(dataDir), 'copied');
  const [oursMs, copyMs]: [number[], number[]] = [[], []];
  let [bytes, rssGrowthMb, peakRssMb] = [0, 0, 0];
  for (let round = 0; round <= rounds; round += 1) {
    const theirs = await time(() => copyMessages(sql, version.business_date, copied));
    const before = rssMb();
    let peak = before;
    const ours = await time(async () => {
      const onProgress = () => (peak = Math.max(peak, rssMb()));
      const signal = new AbortController().signal;
      const files = await writeDayFiles({ sql, dataDir, version, signal, onProgress });
      bytes = files.reduce((sum, file) => sum + file.size_bytes, 0);
      const written = files.reduce((sum, file) => sum + file.row_count, 0);
      if (written !== version.message_count)
        throw new Error(`wrote ${written} of ${version.message_count} messages`);
    });
    if (round === 0) continue;
    oursMs.push(ours);
    copyMs.push(theirs);
    rssGrowthMb = Math.max(rssGrowthMb, peak - before);
    peakRssMb = Math.max(peakRssMb, peak);
    say(
      `round ${round}: COPY of ${version.message_count} messages ${theirs} ms, files of the day ${ours} ms`,
    );
  }
  const copyBytes = (await stat(copied)).size;
  return { messages: version.message_count, oursMs, copyMs, bytes, copyBytes, rssGrowthMb, peakRssMb };
}

const rssMb = (): number => Math.round(process.memoryUsage.rss() / 1024 ** 2);

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

async function time(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return Math.round(performance.now() - started);
}
