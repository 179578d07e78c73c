/** Proves a published file against the generator's ground truth and against its own bytes. */
import { open } from 'node:fs/promises';
import { findFile } from '../../db/files.ts';
import { proveStoredFile } from '../../db/verify.ts';
import { readStoredRecords } from '../../db/verify-records.ts';
import { checkManifest, type ManifestComparison } from '../../demo/check-manifest.ts';
import type { RecordVerdict } from '../../demo/manifest.ts';
import type { Sql } from '../../platform/postgres.ts';

export type Proof = ManifestComparison & {
  readonly state: string;
  readonly readCount: number;
  /** Do the stored slices tile the file, hash to its arrival and give the stored verdicts? As `tain verify` asks. */
  readonly bytesProven: boolean;
};

export async function proveFile(sql: Sql, fileId: number, manifestFile: string): Promise<Proof> {
  const file = (await findFile(sql, fileId))!;
  const manifest = await open(manifestFile);
  try {
    const comparison = await sql.begin(async (tx) => {
      async function* verdicts(): AsyncGenerator<RecordVerdict> {
        for await (const batch of readStoredRecords(tx, file)) {
          for (const { record, line, verdict, issues } of batch) {
            yield {
              record,
              line,
              verdict: verdict === 'accepted' ? 'accepted' : 'rejected',
              issues: issues.map(({ ruleId, element }) => ({ ruleId, element })),
            };
          }
        }
      }
      return checkManifest(verdicts(), manifest.readLines());
    });
    const { provenFrom, differing } = await proveStoredFile({ sql, openRaw: async () => null }, fileId);
    const bytesProven = provenFrom !== null && differing === 0;
    return { ...comparison, state: file.state, readCount: file.read_count, bytesProven };
  } finally {
    await manifest.close();
  }
}
