/** The other side of the ratios: plain COPY of the same bytes. */
import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DEMO_COLUMNS, DEMO_HEADER } from '../../demo/columns.ts';
import { generateDay } from '../../demo/day.ts';
import type { Sql } from '../../platform/postgres.ts';

/** Rows that plain COPY reads too: no broken records, one kind of line break, no blank lines. */
export async function writeCleanDay(file: string, rows: number, seed: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, 'w');
  let pending = DEMO_HEADER;
  let written = 0;
  for (const row of generateDay({ seed, rows: rows * 2, date: '2026-11-21', brokenShare: 0 })) {
    if (row.bytes.indexOf('\n') !== row.bytes.length - 1 || row.bytes.includes('\r')) continue;
    pending += row.bytes;
    written += 1;
    if (pending.length > 1 << 20 || written === rows) {
      await handle.write(Buffer.from(pending, 'latin1'));
      pending = '';
    }
    if (written === rows) break;
  }
  await handle.sync();
  await handle.close();
}

/** Milliseconds of COPY FROM STDIN of a file into text columns, one connection. */
export async function timeCopy(sql: Sql, file: string): Promise<number> {
  await sql`drop table if exists bench_plain`;
  const list = DEMO_COLUMNS.map((_column, index) => `c${index} text`).join(', ');
  await sql.unsafe(`create table bench_plain (${list})`);
  const started = performance.now();
  const target = await sql`copy bench_plain from stdin with (format csv, header true)`.writable();
  await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), target);
  const elapsed = Math.round(performance.now() - started);
  await sql`drop table bench_plain`;
  return elapsed;
}
