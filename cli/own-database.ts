/** The database of this checkout for a command that needs no other part of Tain: also while nothing runs. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Config } from '../platform/config.ts';
import { claimInstance, readInstance } from '../platform/embedded/instance.ts';
import { passwordFile } from '../platform/embedded/postgres-home.ts';
import { startPostgres } from '../platform/embedded/postgres.ts';
import { StartError } from '../platform/embedded/start-error.ts';

export type OwnDatabase = {
  /** With the password: never print it. */
  readonly url: string;
  /** Stops what was started for it. */
  close(): Promise<void>;
};

type Say = (line: string) => void;

/**
 * The configured database, or that of the instance that runs here, or the embedded one, started for as long as it is used.
 * @throws StartError when there is none
 */
export async function openOwnDatabase(config: Config, say: Say): Promise<OwnDatabase> {
  const running = await readInstance(config.TAIN_STATE_DIR);
  const url = config.DATABASE_URL ?? running?.databaseUrl;
  if (url) return { url, close: async () => undefined };
  if (!existsSync(passwordFile(config.TAIN_STATE_DIR)))
    throw new StartError(
      `There is no database in ${config.TAIN_STATE_DIR}.`,
      'Check TAIN_STATE_DIR, or name a database by DATABASE_URL.',
    );
  return openIdleDatabase(config, say);
}

/**
 * The configured database, or the embedded one, made where there is none; nothing of Tain runs here until it is closed.
 * @throws StartError when Tain runs here
 */
export async function openIdleDatabase(config: Config, say: Say): Promise<OwnDatabase> {
  const { TAIN_STATE_DIR: stateDir, TAIN_POSTGRES_PORT: port } = config;
  const instance = await claimInstance(stateDir, say);
  if (config.DATABASE_URL) return { url: config.DATABASE_URL, close: async () => instance.release() };
  try {
    const log = path.join(stateDir, 'logs', 'postgres.log');
    const server = await startPostgres({
      stateDir,
      log,
      onProgress: say,
      ...(port !== undefined && { port }),
    });
    instance.record({ ...server, kind: 'engine' });
    return {
      url: server.url,
      async close() {
        await server.stop();
        instance.release();
      },
    };
  } catch (error) {
    instance.release();
    throw error;
  }
}
