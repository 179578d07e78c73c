/**
 * Embedded PostgreSQL: one server per state directory, on 127.0.0.1 only, with the settings of production (fsync,
 * synchronous_commit, full_page_writes). The npm package's own wrapper is not used: its exit hooks stop Postgres
 * before our workers are done. Safe against kill -9 at any moment: initdb works under another name and is renamed,
 * the password is on disk before it is used, leftovers of a killed start are stopped first, and a lock keeps a
 * second supervisor away.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { takeLock } from './lock.ts';
import { choosePort } from './ports.ts';
import { linkData, passwordFile, preparePostgresHome, type PostgresHome } from './postgres-home.ts';
import { FAST_SHUTDOWN_MS, stopLeftovers } from './postgres-leftovers.ts';
import { exitsWithin, sendSignal, spawnEngine, type RunningEngine, type RunningProcess } from './process.ts';
import { directoryError, StartError, systemErrorCode } from './start-error.ts';

export type PostgresOptions = {
  /** Absolute path of the state directory. */
  readonly stateDir: string;
  /** Port on 127.0.0.1; unset takes the first free one from 5433. */
  readonly port?: number;
  /** Log file that the server's output is appended to. */
  readonly log: string;
  readonly onProgress?: (text: string) => void;
};

export type RunningPostgres = RunningEngine & {
  readonly port: number;
  /** postgres://…/tain with the password: never print it. */
  readonly url: string;
};

const PREFERRED_PORT = 5433;
/** How long a starting server may take to answer; recovery after a kill replays up to max_wal_size. */
const READY_MS = 60_000;
const ROLE = 'tain';
const DATABASE = 'tain';

/**
 * Starts the PostgreSQL of a state directory and waits until the database `tain` answers.
 * @throws StartError when it cannot run here, another process uses the state directory, or it does not get ready
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const { stateDir, log, onProgress = () => {} } = options;
  const home = preparePostgresHome(stateDir, onProgress);
  const lock = takeLock(path.join(home.dir, 'postgres.lock'), `The database of ${stateDir}`);
  try {
    if (await stopLeftovers(home.data)) onProgress('Stopped a PostgreSQL left by an earlier start.');
    linkData(stateDir, home, onProgress);
    if (await stopLeftovers(home.data)) onProgress('Stopped a PostgreSQL left by an earlier start.');
    const password = takePassword(stateDir, home);
    if (!existsSync(home.data)) await createCluster(home, password, log, onProgress);
    const { server, port } = await startServer(home, password, options);
    void server.exited.then(() => lock.release());
    const { name, pid, started, exited } = server;
    const stop = () => stopServer(server);
    const url = connectionUrl(port, password, DATABASE);
    return { name, pid, started, exited, stop, stopSignal: 'SIGINT', graceMs: FAST_SHUTDOWN_MS, port, url };
  } catch (error) {
    lock.release();
    throw error instanceof StartError ? error : (directoryError(home.dir, error) ?? error);
  }
}

function takePassword(stateDir: string, { data }: PostgresHome): string {
  const file = passwordFile(stateDir);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw directoryError(stateDir, error) ?? error;
  }
  if (existsSync(data)) {
    throw new StartError(
      `The password of the database in ${data} is missing: there is no ${file}.`,
      `Put the file back, or remove ${data} to start with an empty database.`,
    );
  }
  const password = randomBytes(24).toString('hex');
  const partial = `${file}.partial`;
  rmSync(partial, { force: true });
  const fd = openSync(partial, 'wx', 0o600);
  writeFileSync(fd, `${password}\n`);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(partial, file);
  return password;
}

/** initdb writes into a directory of another name, which becomes the data directory only when it is finished. */
async function createCluster(
  home: PostgresHome,
  password: string,
  log: string,
  onProgress: (text: string) => void,
) {
  onProgress('Creating the database (first run).');
  for (const name of readdirSync(home.dir)) {
    if (/^data-\d+\.partial$|^password-\d+$/.test(name))
      rmSync(path.join(home.dir, name), { recursive: true });
  }
  const data = path.join(home.dir, `data-${process.pid}.partial`);
  const secret = path.join(home.dir, `password-${process.pid}`);
  try {
    mkdirSync(data, { mode: 0o700 });
    chmodSync(data, 0o700);
    writeFileSync(secret, password, { mode: 0o600, flag: 'wx' });
    if (home.owner) for (const file of [data, secret]) chownSync(file, home.owner.uid, home.owner.gid);
    const initdb = spawnEngine({
      name: 'initdb',
      command: path.join(home.bin, 'initdb'),
      args: [
        '-D',
        data,
        '--encoding=UTF8',
        '--locale=C',
        `--username=${ROLE}`,
        '--auth=scram-sha-256',
        '--pwfile',
        secret,
      ],
      log,
      cwd: home.owner ? '/' : home.dir,
      ...home.owner,
    });
    const { code } = await initdb.exited;
    if (code !== 0) throw failure('The database could not be created', initdb, home, log);
    renameSync(data, home.data);
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(secret, { force: true });
  }
}

/** Without a configured port, another program may take the chosen one first: then the next one is tried. */
async function startServer(home: PostgresHome, password: string, options: PostgresOptions) {
  let preferred = PREFERRED_PORT;
  for (;;) {
    const port = options.port ?? (await choosePort(undefined, preferred, 'TAIN_POSTGRES_PORT'));
    const server = spawnServer(home, port, options.log);
    try {
      await waitUntilReady(server, connectionUrl(port, password, 'postgres'), home, options.log);
      return { server, port };
    } catch (error) {
      await stopServer(server);
      const taken = server.lastLogLines(20).some((line) => /Address already in use/.test(line));
      if (!taken) throw error;
      if (options.port !== undefined) await choosePort(port, port, 'TAIN_POSTGRES_PORT');
      if (options.port !== undefined || port > PREFERRED_PORT + 100) throw error;
      preferred = port + 1;
    }
  }
}

function spawnServer(home: PostgresHome, port: number, log: string): RunningProcess {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: os.totalmem() >= 4 * 1024 ** 3 ? '256MB' : '128MB',
    max_wal_size: '2GB',
    wal_compression: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
  };
  return spawnEngine({
    name: 'postgres',
    command: path.join(home.bin, 'postgres'),
    args: [
      '-D',
      home.data,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    log,
    cwd: home.owner ? '/' : home.dir,
    ...home.owner,
  });
}

async function waitUntilReady(
  server: RunningProcess,
  url: string,
  home: PostgresHome,
  log: string,
): Promise<void> {
  const end = Date.now() + READY_MS;
  for (;;) {
    const problem = await createDatabase(url);
    if (await exitsWithin(server.exited, problem ? 50 : 0))
      throw failure('PostgreSQL did not start', server, home, log);
    if (!problem) return;
    if (problem.code === '28P01') {
      throw new StartError(
        `PostgreSQL does not accept the password of user ${ROLE} that is kept in the state directory.`,
        `Put back the postgres-password file that belongs to ${home.data}.`,
      );
    }
    if (Date.now() > end)
      throw failure(`PostgreSQL did not answer within ${READY_MS / 1000} s`, server, home, log);
  }
}

/** Makes the database if it is missing; the error when the server does not serve yet. */
async function createDatabase(url: string): Promise<{ code?: string } | null> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {}, fetch_types: false });
  try {
    const found = await sql`select 1 from pg_database where datname = ${DATABASE}`;
    if (found.length === 0) await sql`create database ${sql(DATABASE)}`;
    return null;
  } catch (error) {
    return error as { code?: string };
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Fast shutdown; if that hangs, an immediate one, which lets the backends end themselves before anything is killed. */
async function stopServer(server: RunningProcess): Promise<void> {
  if (await exitsWithin(server.exited, 0)) return;
  sendSignal(server.pid, 'SIGINT');
  if (!(await exitsWithin(server.exited, FAST_SHUTDOWN_MS))) await server.stop('SIGQUIT', 10_000);
}

function failure(what: string, child: RunningProcess, home: PostgresHome, log: string): StartError {
  const lines = child.lastLogLines(5).join('\n');
  return directoryError(home.dir, lines) ?? new StartError(`${what}${lines && `:\n${lines}`}`, `See ${log}.`);
}

function connectionUrl(port: number, password: string, database: string): string {
  return `postgres://${ROLE}:${password}@127.0.0.1:${port}/${database}`;
}
