/** Proves a published file against the generator's ground truth and against its own bytes. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { findFile } from '../../db/files.ts';
import type { RecordRow } from '../../db/records.ts';
import { checkManifest, type ManifestComparison } from '../../demo/check-manifest.ts';
import type { RecordVerdict } from '../../demo/manifest.ts';
import type { Sql } from '../../platform/postgres.ts';

export type Proof = ManifestComparison & {
  readonly state: string;
  readonly readCount: number;
  /** Do header and slices, put together, hash to the sha-256 of the file's arrival? */
  readonly bytesProven: boolean;
};

const ROWS_PER_FETCH = 5000;

export async function proveFile(sql: Sql, fileId: number, manifestFile: string): Promise<Proof> {
  const file = (await findFile(sql, fileId))!;
  const hash = createHash('sha256').update(file.header_raw ?? '');
  const rows = sql<RecordRow[]>`
    select record_no, line_no, byte_offset, byte_length, verdict, record_key, issues, raw, raw_bytes
    from tb_bat_file_hist where folder_date = ${file.folder_date} and file_id = ${fileId}
    order by revision, record_no`.cursor(ROWS_PER_FETCH);

  async function* verdicts(): AsyncGenerator<RecordVerdict> {
    for await (const batch of rows) {
      for (const row of batch) {
        hash.update(row.raw_bytes ?? Buffer.from(row.raw!, 'utf8'));
        yield {
          record: row.record_no,
          line: row.line_no,
          verdict: row.verdict,
          issues: (row.issues ?? []).map(({ ruleId, element }) => ({ ruleId, element })),
        };
      }
    }
  }

  const manifest = await open(manifestFile);
  try {
    const comparison = await checkManifest(verdicts(), manifest.readLines());
    const bytesProven = hash.digest('hex') === file.sha256;
    return { ...comparison, state: file.state, readCount: file.read_count, bytesProven };
  } finally {
    await manifest.close();
  }
}
