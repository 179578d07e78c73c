/**
 * Embedded Temporal: the dev server of the Temporal CLI on a SQLite file in the state directory, with its web UI.
 * Three things it does not do by itself: nothing stops two servers on one file (we lock it), a misspelt pragma is
 * ignored silently (we look for the -wal file), and its queues poll 20 times a second (we raise that).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { takeLock } from './lock.ts';
import { choosePort, isListening } from './ports.ts';
import {
  exitsWithin,
  spawnEngine,
  stopOrphan,
  withStop,
  type ProcessIdentity,
  type RunningEngine,
  type RunningProcess,
} from './process.ts';
import { directoryError, StartError } from './start-error.ts';

export type SearchAttributeKind = 'Text' | 'Keyword' | 'Int' | 'Double' | 'Bool' | 'Datetime' | 'KeywordList';

export type TemporalOptions = {
  /** Absolute path of the state directory. */
  readonly stateDir: string;
  /** The Temporal CLI, see `findTemporal`. */
  readonly binary: string;
  /** Port of the gRPC frontend on 127.0.0.1; unset takes the first free one from 7233. */
  readonly port?: number;
  /** Port of the web UI; unset takes the first free one from 8233. */
  readonly uiPort?: number;
  /** Log file that the server's output is appended to. */
  readonly log: string;
  /** Custom search attributes, registered at every start. */
  readonly searchAttributes: Readonly<Record<string, SearchAttributeKind>>;
  /** Made if it is missing. */
  readonly namespace: string;
  /** Pragmas of SQLite; only a test has a reason to give others. */
  readonly pragmas?: readonly string[];
  readonly onProgress?: (text: string) => void;
};

export type RunningTemporal = RunningEngine & {
  readonly port: number;
  readonly uiPort: number;
  /** host:port of the gRPC frontend. */
  readonly address: string;
  readonly uiUrl: string;
};

type Ports = { readonly port: number; readonly uiPort: number };

const READY_MS = 60_000;
const STOP_MS = 15_000;

/** Without WAL and with SQLite's full sync the server starts 82 workflows a second, with these 334 (2 cores). */
const PRAGMAS = ['journal_mode=wal', 'synchronous=1'];

/** temporal.api.enums.v1.IndexedValueType */
const INDEXED_VALUE_TYPES: Readonly<Record<SearchAttributeKind, number>> = {
  Text: 1,
  Keyword: 2,
  Int: 3,
  Double: 4,
  Bool: 5,
  Datetime: 6,
  KeywordList: 7,
};

/** Settings of the server. A cluster has the same (infra/temporal/values.yaml). */
export const DYNAMIC_CONFIG = {
  // 20 polls a second by default, so that each hop of a workflow waits up to 50 ms.
  'history.transferProcessorMaxPollRPS': 500,
  // Priorities are exact only within one partition.
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
};

/**
 * Starts the Temporal server of a state directory and waits until the namespace answers over gRPC.
 * @throws StartError when another server uses its database, or it does not get ready
 */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  const { stateDir, onProgress = () => {} } = options;
  const dir = path.join(stateDir, 'temporal');
  const lock = takeLock(path.join(dir, 'temporal.lock'), `The Temporal database of ${stateDir}`);
  try {
    if (await stopLeftover(dir)) onProgress('Stopped a Temporal server left by an earlier start.');
    const { server, ports } = await startServer(options, dir);
    void server.exited.then(() => lock.release());
    return {
      ...withStop(server, 'SIGTERM', STOP_MS),
      ...ports,
      address: `127.0.0.1:${ports.port}`,
      uiUrl: `http://127.0.0.1:${ports.uiPort}`,
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Without configured ports, another program may take the chosen ones first: then the next ones are tried. */
async function startServer(options: TemporalOptions, dir: string) {
  for (let attempt = 0; ; attempt += 1) {
    const ports = {
      port: options.port ?? (await choosePort(undefined, 7233 + attempt, 'TAIN_TEMPORAL_PORT')),
      uiPort: options.uiPort ?? (await choosePort(undefined, 8233 + attempt, 'TAIN_TEMPORAL_UI_PORT')),
    };
    const server = spawnServer(options, dir, ports);
    try {
      await waitUntilReady(server, ports.port, options);
      requireWal(dir);
      return { server, ports };
    } catch (error) {
      await server.stop('SIGTERM', STOP_MS);
      if (attempt >= 10 || !(await wasTaken(server, ports))) throw error;
      if (options.port !== undefined) await choosePort(options.port, 0, 'TAIN_TEMPORAL_PORT');
      if (options.uiPort !== undefined) await choosePort(options.uiPort, 0, 'TAIN_TEMPORAL_UI_PORT');
    }
  }
}

/** Whether another program took one of its ports: it says so above a trace of some hundred lines, or not yet. */
async function wasTaken(server: RunningProcess, { port, uiPort }: Ports): Promise<boolean> {
  const said = server.lastLogLines(1000).some((line) => /address already in use/i.test(line));
  return said || (await isListening(port)) || isListening(uiPort);
}

function spawnServer(options: TemporalOptions, dir: string, { port, uiPort }: Ports): RunningProcess {
  const { binary, namespace, pragmas = PRAGMAS } = options;
  const help =
    spawnSync(binary, ['server', 'start-dev', '--help'], { encoding: 'utf8', timeout: 30_000 }).stdout ?? '';
  const server = spawnEngine({
    name: 'temporal',
    command: binary,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', `${port}`, '--ui-port', `${uiPort}`],
      ...['--db-filename', path.join(dir, 'temporal.db'), '--namespace', namespace, '--log-level', 'warn'],
      ...(help.includes('--ui-disable-news-fetch') ? ['--ui-disable-news-fetch'] : []),
      ...pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma]),
      ...Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => [
        '--dynamic-config-value',
        `${key}=${value}`,
      ]),
      ...Object.entries(options.searchAttributes).flatMap(([key, type]) => [
        '--search-attribute',
        `${key}=${type}`,
      ]),
    ],
    env: environmentWithoutClientSettings(),
    log: options.log,
    cwd: dir,
  });
  rememberServer(dir, server);
  return server;
}

/** TEMPORAL_* settings are for clients; some of them would become options of the server's command line. */
function environmentWithoutClientSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_')));
}

const serverFile = (dir: string) => path.join(dir, 'server.json');

function rememberServer(dir: string, { pid, started }: ProcessIdentity): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(`${serverFile(dir)}.partial`, JSON.stringify({ pid, started }));
  renameSync(`${serverFile(dir)}.partial`, serverFile(dir));
}

/** A server that outlived its supervisor still writes to the database. Only the holder of the lock may call this. */
async function stopLeftover(dir: string): Promise<boolean> {
  if (!existsSync(serverFile(dir))) return false;
  return stopOrphan(JSON.parse(readFileSync(serverFile(dir), 'utf8')) as ProcessIdentity, 'SIGTERM', STOP_MS);
}

async function waitUntilReady(server: RunningProcess, port: number, options: TemporalOptions): Promise<void> {
  const end = Date.now() + READY_MS;
  const connection = Connection.lazy({ address: `127.0.0.1:${port}`, tls: false });
  try {
    while (!(await isReady(connection, port, options))) {
      if (await exitsWithin(server.exited, 30))
        throw failure('The Temporal server did not start', server, options);
      if (Date.now() > end)
        throw failure(`The Temporal server did not answer in ${READY_MS / 1000} s`, server, options);
    }
  } finally {
    await connection.close();
  }
  // Somebody else's server may have answered on the port while ours failed to bind it.
  if (await exitsWithin(server.exited, 0))
    throw failure('The Temporal server did not start', server, options);
}

async function isReady(connection: Connection, port: number, options: TemporalOptions): Promise<boolean> {
  const { namespace } = options;
  try {
    // gRPC waits a second after a refused connection before it tries again.
    if (!(await isListening(port))) return false;
    return await connection.withDeadline(Date.now() + 2000, async () => {
      await connection.workflowService.describeNamespace({ namespace });
      return registerSearchAttributes(connection, options);
    });
  } catch {
    return false;
  }
}

/** The server registers those of its command line some time after it answers, and not all on a database that exists. */
async function registerSearchAttributes(
  connection: Connection,
  { namespace, searchAttributes }: TemporalOptions,
) {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(searchAttributes).filter(([name]) => !(name in (customAttributes ?? {})));
  if (missing.length === 0) return true;
  const wanted = Object.fromEntries(missing.map(([name, kind]) => [name, INDEXED_VALUE_TYPES[kind]]));
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: wanted });
  return false;
}

function requireWal(dir: string): void {
  const file = path.join(dir, 'temporal.db-wal');
  if (existsSync(file)) return;
  throw new StartError(
    `The Temporal server runs without a write-ahead log (there is no ${file}), four times slower than it should.`,
    'Use the Temporal CLI 1.8.2, or unset TEMPORAL_CLI_PATH to let Tain get it.',
  );
}

function failure(what: string, server: RunningProcess, { stateDir, log }: TemporalOptions): StartError {
  const said = server.lastLogLines(1000);
  // Go's traces, which begin behind what matters, are left to the log.
  const trace = said.findIndex((line) => /^goroutine \d+ /.test(line));
  const lines = (trace < 0 ? said : said.slice(0, trace)).slice(-5).join('\n');
  return (
    directoryError(path.join(stateDir, 'temporal'), lines) ??
    new StartError(`${what}${lines && `:\n${lines}`}`, `See ${log}.`)
  );
}
