/** The processes of a running Tain: killed without warning, and a look into its database while they come back. */
import type { Instance } from '../../platform/embedded/instance.ts';
import { connectPostgres, type Sql } from '../../platform/postgres.ts';
import type { RunningTain } from '../support/running-tain.ts';
import { until } from '../support/until.ts';

export const RECOVERY_TIMEOUT_MS = 120_000;

/** A look into the database; null while it cannot be reached. */
export async function look<Result>(
  tain: RunningTain,
  ask: (sql: Sql) => Promise<Result>,
): Promise<Result | null> {
  const url = (await tain.instance())?.databaseUrl;
  return url ? lookAt(url, ask) : null;
}

/** A look into a database; null while it cannot be reached. */
export async function lookAt<Result>(
  url: string,
  ask: (sql: Sql) => Promise<Result>,
): Promise<Result | null> {
  const sql = connectPostgres(url, 'chaos', 1);
  try {
    return await ask(sql);
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (/ECONN|CONNECTION|57P0/.test(code)) return null;
    throw error;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Kills a process and waits until the supervisor has started it again. */
export async function killProcess(tain: RunningTain, name: string): Promise<void> {
  const killed = pidOf((await tain.instance())!, name);
  killNow(killed);
  await until(async () => {
    const now = await tain.instance();
    if (!now || pidOf(now, name) === killed) throw new Error(`${name} has not been started again`);
  }, RECOVERY_TIMEOUT_MS);
}

function pidOf({ processes }: Instance, name: string): number {
  return processes.find((process) => process.name === name)!.pid;
}

export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
