/** tain migrate: brings a database of one's own up to date; `tain up` does it by itself. Safe to repeat, and to race for. */
import type { Command } from 'commander';
import { migrate } from '../../db/migrate.ts';
import { ensurePartitionsAhead } from '../../db/partitions.ts';
import { loadConfig } from '../../platform/config.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { print } from '../print.ts';
import { toReachError } from '../stack.ts';

export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description('bring the tables of DATABASE_URL up to date, before workers of this version start')
    .action(async () => {
      const { DATABASE_URL: url, TAIN_PARTITIONS_AHEAD: monthsAhead } = loadConfig(['DATABASE_URL']);
      const sql = connectPostgres(url, 'tain migrate', 1);
      try {
        const applied = await migrate(sql);
        await ensurePartitionsAhead(sql, monthsAhead);
        print(applied.length === 0 ? 'The tables are up to date.' : `Applied ${applied.join(', ')}.`);
      } catch (error) {
        // The embedded one is brought up to date by its own start: without the setting there is nothing to do here.
        const help = 'Check DATABASE_URL, and that PostgreSQL runs there and lets this user in.';
        throw toReachError(error, 'PostgreSQL', new URL(url).host, 'DATABASE_URL', help);
      } finally {
        await sql.end({ timeout: 1 });
      }
    });
}
