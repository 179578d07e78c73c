/** Housekeeping of the database, and of files that nobody wants any more. */
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { REPORT_FOLDER } from '../contracts/report-files.ts';
import { dropOldDecisions } from '../db/gpu-planner.ts';
import { dropOldUsage, rollUpUsage } from '../db/gpu-usage.ts';
import { ensurePartitionsAhead } from '../db/partitions.ts';
import { expireOldReports, listReportFiles } from '../db/reports.ts';
import type { Sql } from '../platform/postgres.ts';

export type MaintenanceActivities = ReturnType<typeof createMaintenanceActivities>;

/** Longer than a report may be written: what is younger may be under way. */
const STRAY_MS = 2 * 24 * 3600 * 1000;

export function createMaintenanceActivities({
  sql,
  monthsAhead,
  gpuKeepDays,
  gpuDecisionKeepDays,
  dataDir,
}: {
  sql: Sql;
  monthsAhead: number;
  gpuKeepDays: number;
  gpuDecisionKeepDays: number;
  dataDir: string;
}) {
  return {
    /** Makes the partitions of this month and the months ahead. Safe to retry: what exists is left alone. */
    async makePartitions(): Promise<string[]> {
      return ensurePartitionsAhead(sql, monthsAhead);
    },

    /**
     * Sums up what was measured of GPUs, then drops months of it, and decisions of the planner, that were kept long
     * enough. Safe to retry: the same measurements make the same sums, and what is gone was summed up before.
     * @returns how many partitions are gone
     */
    async keepGpuUsage(): Promise<number> {
      await rollUpUsage(sql);
      await dropOldDecisions(sql, gpuDecisionKeepDays);
      return (await dropOldUsage(sql, gpuKeepDays)).length;
    },

    /**
     * Removes the files of reports that were kept long enough, and old ones that belong to none. Safe to retry: a row
     * loses its file first, and a file that is left over then belongs to none.
     * @returns how many files were removed
     */
    async removeOldReports(): Promise<number> {
      const expired = await expireOldReports(sql);
      for (const file of expired) await rm(path.join(dataDir, file), { force: true });
      return expired.length + (await removeStrays());
    },
  };

  async function removeStrays(): Promise<number> {
    const folder = path.join(dataDir, REPORT_FOLDER);
    const names = await readdir(folder).catch(() => [] as string[]);
    const wanted = names.length === 0 ? new Set<string>() : await listReportFiles(sql);
    let removed = 0;
    for (const name of names) {
      if (wanted.has(`${REPORT_FOLDER}/${name}`)) continue;
      const location = path.join(folder, name);
      const found = await stat(location).catch(() => null);
      if (found === null || Date.now() - found.mtimeMs < STRAY_MS) continue;
      await rm(location, { force: true });
      removed += 1;
    }
    return removed;
  }
}
