/**
 * Kills during file ingest: the batch worker, the API, Temporal, Postgres, or everything at once with the supervisor.
 * A kill counts only when it hits a file in flight. Files are made and dropped until there were enough kills.
 */
import { link, mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listFiles, type FileRow } from '../../../db/files.ts';
import { verifyLedger } from '../../../db/verify-ledger.ts';
import { createRandom } from '../../../demo/random.ts';
import { writeDay } from '../../../demo/write-day.ts';
import type { Sql } from '../../../platform/postgres.ts';
import { createTain, type RunningTain } from '../../support/running-tain.ts';
import { until } from '../../support/until.ts';
import { proveFile } from '../../support/verify-file.ts';
import { killNow, killProcess, look, RECOVERY_TIMEOUT_MS } from '../processes.ts';
import type { ChaosRequest, ChaosResult } from '../run.ts';

const VICTIMS = ['batch', 'temporal', 'postgres', 'api', 'everything'] as const;
type Victim = (typeof VICTIMS)[number];

const FOLDER = '20261121';
/** Where the same bytes are another file. */
const CALM_FOLDER = '20261120';
const ROWS = 200_000;
const FILE_TIMEOUT_MS = 300_000;

export async function chaosFileIngest({ kills, seed, rows = ROWS, say }: ChaosRequest): Promise<ChaosResult> {
  // Small chunks, so that there is something to lose between two of them.
  const tain = await createTain({ TAIN_CHUNK_BYTES: '200000', TAIN_SETTLE_MS: '200' });
  const random = createRandom(seed);
  const done: Record<Victim, number> = { batch: 0, temporal: 0, postgres: 0, api: 0, everything: 0 };
  const killsSoFar = (): number => Object.values(done).reduce((sum, count) => sum + count, 0);
  const result = { files: 0, records: 0, lost: 0, doubled: 0, differing: 0, unequal: 0 };
  try {
    await tain.up();
    while (killsSoFar() < kills) {
      const { name, manifestFile } = await dropDay(tain, `${seed}-${result.files}`, rows);
      let until = Date.now() + FILE_TIMEOUT_MS;
      let doneAtLastKill = 0;
      for (;;) {
        await sleep(random.int(100, 1500));
        const file = await look(tain, (sql) => findByName(sql, name));
        if (file?.applied_at) break;
        if (file?.state === 'refused') throw new Error(`${name} was refused: ${file.problem_code}`);
        if (Date.now() > until) throw new Error(`${name} is not finished after ${FILE_TIMEOUT_MS} ms.`);
        if (!file || file.state === 'waiting' || killsSoFar() >= kills) continue;
        // In flight means that records were stored or applied since the last kill, not that a retry is awaited.
        const isDone = file.read_count + (file.applied_no ?? 0);
        if (isDone <= doneAtLastKill) continue;
        doneAtLastKill = isDone;
        const victim = random.pick(VICTIMS);
        await kill(tain, victim);
        done[victim] += 1;
        until = Date.now() + FILE_TIMEOUT_MS;
        const applied = file.applied_no === null ? '' : `, ${file.applied_no} of them in the ledger`;
        say(
          `kill ${killsSoFar()}: ${victim}, after ${file.read_count} of about ${rows} records of ${name}${applied}`,
        );
      }
      const proof = await look(tain, async (sql) => {
        const { file_id: fileId } = (await findByName(sql, name))!;
        const { differing: unlike } = await verifyLedger(sql, [fileId]);
        return { ...(await proveFile(sql, fileId, manifestFile)), unlike };
      });
      if (!proof?.bytesProven) throw new Error(`The stored slices of ${name} are not the file.`);
      result.files += 1;
      result.records += proof.records;
      result.lost += Math.max(0, rows - proof.records);
      result.doubled += Math.max(0, proof.records - rows);
      result.differing += proof.differing + proof.unlike;
      const unequal = await compareWithUndisturbed(tain, name);
      result.unequal += unequal;
      say(
        `${name}: ${proof.records} records, ${proof.differing} differ from the truth, ` +
          `${proof.unlike} swaps and outcomes from what the events give, ` +
          `${unequal} from the same file without kills`,
      );
    }
    return { kills: done, ...result };
  } finally {
    await tain.dispose();
  }
}

async function dropDay(tain: RunningTain, seed: string, rows: number) {
  const name = `chaos-${seed}.csv`;
  const manifestFile = path.join(tain.stateDir, 'chaos', `${name}.manifest`);
  const made = { seed, rows, date: '2026-11-21', fileName: name, manifestFile };
  const day = await writeDay({ ...made, directory: path.join(tain.stateDir, 'chaos') });
  const folder = path.join(tain.dataDir, FOLDER, 'rec');
  await mkdir(folder, { recursive: true });
  await rename(day.file, path.join(folder, name));
  return { name, manifestFile };
}

/** Lets the same bytes in again on another day, without kills: how many stored rows differ between the two? */
async function compareWithUndisturbed(tain: RunningTain, name: string): Promise<number> {
  const calm = path.join(tain.dataDir, CALM_FOLDER, 'rec');
  await mkdir(calm, { recursive: true });
  await link(path.join(tain.dataDir, FOLDER, 'rec', name), path.join(calm, name));
  return until(async () => {
    const unequal = await look(tain, async (sql) => {
      const files = (await listFiles(sql, { limit: 100 })).filter((file) => file.file_name === name);
      if (files.length !== 2 || files.some(({ state }) => state !== 'published')) return null;
      const rowsOf = (file: FileRow) => sql`
        select record_no, line_no, byte_offset, byte_length, verdict, record_key, issues, raw, raw_bytes, raw_sha256,
               corrects
        from tb_bat_file_hist where folder_date = ${file.folder_date} and file_id = ${file.file_id}`;
      const [one, other] = files.map(rowsOf);
      const [row] = await sql<[{ unequal: number }]>`
        select count(*) as unequal from (
          (${one!} except all ${other!}) union all (${other!} except all ${one!})
        ) as rows`;
      return row.unequal;
    });
    if (unequal === null) throw new Error(`${name} of ${CALM_FOLDER} is not published`);
    return unequal;
  }, FILE_TIMEOUT_MS);
}

async function findByName(sql: Sql, name: string): Promise<FileRow | undefined> {
  return (await listFiles(sql, { limit: 100, folderDate: '2026-11-21' })).find(
    (file) => file.file_name === name,
  );
}

/** Kills without warning and waits until the supervisor, or a new start, has put it right. */
async function kill(tain: RunningTain, victim: Victim): Promise<void> {
  if (victim !== 'everything') return killProcess(tain, victim);
  const { pid, processes } = (await tain.instance())!;
  for (const one of [{ pid }, ...processes]) killNow(one.pid);
  await until(async () => {
    if ((await tain.instance()) !== null) throw new Error('still alive');
  }, RECOVERY_TIMEOUT_MS);
  await tain.up();
}
