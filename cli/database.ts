/** Commands that need the database and nothing else of Tain. */
import type { Config } from '../platform/config.ts';
import { readInstance } from '../platform/embedded/instance.ts';
import { StartError } from '../platform/embedded/start-error.ts';
import { connectPostgres, type Sql } from '../platform/postgres.ts';

const HELP = 'Start Tain with: npm start -- --no-demo (or check DATABASE_URL).';

/** The configured database, or that of the instance which runs here. @throws StartError when there is none */
export async function findDatabaseUrl(config: Config): Promise<string> {
  const url = config.DATABASE_URL ?? (await readInstance(config.TAIN_STATE_DIR))?.databaseUrl;
  if (!url) throw new StartError('Tain is not running here.', HELP);
  return url;
}

/**
 * Connects to the database that `findDatabaseUrl` finds. End it.
 * @throws StartError when there is none, it does not answer, or Tain's tables are not in it
 */
export async function connectDatabase(config: Config, name: string): Promise<Sql> {
  const url = await findDatabaseUrl(config);
  const sql = connectPostgres(url, name, 2);
  try {
    await requireTables(sql);
    return sql;
  } catch (error) {
    await sql.end({ timeout: 0 });
    throw error;
  }
}

/** @throws StartError when the database does not answer, or Tain's tables are not in it */
export async function requireTables(sql: Sql): Promise<void> {
  if (!(await hasTables(sql)))
    throw new StartError('The database has no tables of this version of Tain.', HELP);
}

/** Are Tain's tables in it? @throws StartError when the database does not answer */
export async function hasTables(sql: Sql): Promise<boolean> {
  try {
    const [tables] = await sql<{ there: boolean }[]>`select to_regclass('audit_log') is not null as there`;
    return tables!.there;
  } catch (error) {
    throw new StartError(`The database cannot be reached: ${(error as Error).message}`, HELP, {
      cause: error,
    });
  }
}
