/** Housekeeping of the database. */
import { ensurePartitionsAhead } from '../db/partitions.ts';
import type { Sql } from '../platform/postgres.ts';

export type MaintenanceActivities = ReturnType<typeof createMaintenanceActivities>;

export function createMaintenanceActivities({ sql, monthsAhead }: { sql: Sql; monthsAhead: number }) {
  return {
    /** Makes the partitions of this month and the months ahead. Safe to retry: what exists is left alone. */
    async makePartitions(): Promise<string[]> {
      return ensurePartitionsAhead(sql, monthsAhead);
    },
  };
}
