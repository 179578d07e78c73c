/**
 * Everything that `tain up` runs: engines (unless they are external), worker processes, API. Each is supervised and
 * recorded, so that the next start finds and stops what a killed one left behind. Stopping goes the other way round:
 * first what works, then what it stands on.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SEARCH_ATTRIBUTES } from '../contracts/lifecycles.ts';
import { migrate } from '../db/migrate.ts';
import { ensurePartitionsAhead } from '../db/partitions.ts';
import { demoFeedsFile, readDemoFeedPort, whyNoDemoFeed, writeDemoFeeds } from '../demo/load-feed.ts';
import { demoRepositoryFiles, whyNoDemoRepository, writeDemoOutbound } from '../demo/load-repository.ts';
import { demoGpuFile, whyNoDemoTraining, writeDemoGpus } from '../demo/load-training.ts';
import { ROOT_DIR, type Config } from '../platform/config.ts';
import { NICE_OF_ROLE } from '../platform/embedded/host-priority.ts';
import type { ClaimedInstance, InstanceProcess } from '../platform/embedded/instance.ts';
import { choosePort } from '../platform/embedded/ports.ts';
import { startPostgres } from '../platform/embedded/postgres.ts';
import {
  spawnEngine,
  withStop,
  type RunningEngine,
  type RunningProcess,
} from '../platform/embedded/process.ts';
import { StartError } from '../platform/embedded/start-error.ts';
import { stopInOrder, superviseChild, type SuperviseEvent } from '../platform/embedded/supervise.ts';
import { findTemporal } from '../platform/embedded/temporal-binary.ts';
import { startTemporal } from '../platform/embedded/temporal.ts';
import { stopRuns } from '../platform/executors/stop-runs.ts';
import { connectPostgres } from '../platform/postgres.ts';
import { isReadyLine } from '../platform/ready.ts';
import { connectTemporal } from '../platform/temporal.ts';

/** Tells the person who waits what is going on in a step. */
export type Say = (text: string) => void;

export type Stack = {
  startPostgres(say: Say): Promise<string>;
  startTemporal(say: Say): Promise<string>;
  migrate(): Promise<string>;
  /** Starts the demonstration feed, if it may be there; before the workers, which then read it. */
  startDemoFeed(): Promise<string>;
  hasDemoFeed(): boolean;
  /** Starts the demonstration's repository, if it may be there; before the workers, which then send to it. */
  startDemoRepository(): Promise<string>;
  hasDemoRepository(): boolean;
  /** Makes this machine one that trains, if it may be that; before the workers, which then know it. */
  startDemoTraining(): Promise<string>;
  hasDemoTraining(): boolean;
  startWorkers(say: Say): Promise<string>;
  startApi(say: Say): Promise<string>;
  /** Starts the resource monitor where this machine trains. */
  startResourceMonitor(): Promise<string>;
  /** Where the API answers. */
  apiUrl(): string;
  databaseUrl(): string;
  /** Stops what was started, in order. */
  stop(): Promise<void>;
};

export type StackDependencies = {
  readonly config: Config;
  readonly instance: ClaimedInstance;
  /** Told when a process ends by itself and when it has been started again. */
  readonly onEvent: (event: SuperviseEvent) => void;
  /** Cuts a long start short. */
  readonly signal: AbortSignal;
};

type Kind = InstanceProcess['kind'];

const READY_TIMEOUT_MS = 180_000;
/** A worker may take its grace and force times before it is killed. */
const WORKER_GRACE_MS = 25_000;
const PREFERRED_API_PORT = 8080;
const PREFERRED_MONITOR_PORT = 8081;
const PREFERRED_FEED_PORT = 9100;
const PREFERRED_REPOSITORY_PORT = 9200;

export function createStack({ config, instance, onEvent, signal }: StackDependencies): Stack {
  const started: { kind: Kind; stop: () => Promise<void> }[] = [];
  const logFile = (name: string): string => path.join(config.TAIN_STATE_DIR, 'logs', `${name}.log`);
  let databaseUrl = config.DATABASE_URL ?? '';
  let temporalAddress = config.TEMPORAL_ADDRESS ?? '';
  let apiUrl = '';
  let feedsFile = config.TAIN_FEEDS_FILE;
  let outboundFile = config.TAIN_OUTBOUND_FILE;
  let gpuFile = config.TAIN_GPU_FILE;

  async function supervise<Running extends RunningEngine>(
    name: string,
    kind: Kind,
    start: () => Promise<Running>,
  ) {
    const supervised = await superviseChild({
      name,
      start,
      onStart: (child) => instance.record({ ...child, name, kind }),
      log: onEvent,
    });
    started.push({ kind, stop: () => supervised.stop() });
    return supervised.current();
  }

  /** One of our own processes, ready when it says so in its log. */
  function ownProcess(name: string, script: string, env: Record<string, string>, args: string[] = []) {
    return async (): Promise<RunningEngine> => {
      const child = spawnEngine({
        name,
        command: process.execPath,
        args: [path.join(ROOT_DIR, script), ...args],
        log: logFile(name),
        cwd: ROOT_DIR,
        nice: NICE_OF_ROLE[name] ?? 0,
        env: {
          ...process.env,
          DATABASE_URL: databaseUrl,
          TEMPORAL_ADDRESS: temporalAddress,
          ...(outboundFile !== undefined && { TAIN_OUTBOUND_FILE: outboundFile }),
          ...env,
        },
      });
      const running = withStop(child, 'SIGTERM', WORKER_GRACE_MS);
      // Before it is ready: a kill of the supervisor must not leave a process that nobody knows.
      instance.record({ ...running, name, kind: 'worker' });
      await waitUntilReady(child, logFile(name));
      return running;
    };
  }

  return {
    apiUrl: () => apiUrl,
    databaseUrl: () => databaseUrl,
    hasDemoFeed: () => feedsFile !== config.TAIN_FEEDS_FILE,
    hasDemoRepository: () => outboundFile !== config.TAIN_OUTBOUND_FILE,
    hasDemoTraining: () => gpuFile !== config.TAIN_GPU_FILE,

    async startPostgres(say) {
      if (config.DATABASE_URL) return `external, ${new URL(config.DATABASE_URL).host}`;
      let port = config.TAIN_POSTGRES_PORT;
      const server = await supervise('postgres', 'engine', async () => {
        const options = { stateDir: config.TAIN_STATE_DIR, log: logFile('postgres'), onProgress: say };
        const running = await startPostgres({ ...options, ...(port !== undefined && { port }) });
        port = running.port;
        return running;
      });
      databaseUrl = server.url;
      instance.publish({ databaseUrl });
      return `127.0.0.1:${server.port}`;
    },

    async startTemporal(say) {
      if (config.TEMPORAL_ADDRESS) {
        instance.publish({ temporalAddress });
        return `external, ${config.TEMPORAL_ADDRESS}`;
      }
      const binary = await findTemporal({ onProgress: say, signal });
      let [port, uiPort] = [config.TAIN_TEMPORAL_PORT, config.TAIN_TEMPORAL_UI_PORT];
      const server = await supervise('temporal', 'engine', async () => {
        const running = await startTemporal({
          stateDir: config.TAIN_STATE_DIR,
          binary: binary.path,
          log: logFile('temporal'),
          namespace: config.TEMPORAL_NAMESPACE,
          searchAttributes: Object.fromEntries(
            Object.values(SEARCH_ATTRIBUTES).map((name) => [name, 'Keyword' as const]),
          ),
          onProgress: say,
          ...(port !== undefined && { port }),
          ...(uiPort !== undefined && { uiPort }),
        });
        [port, uiPort] = [running.port, running.uiPort];
        return running;
      });
      temporalAddress = server.address;
      instance.publish({ temporalAddress, temporalUiUrl: server.uiUrl });
      return `${server.address}, UI at ${server.uiUrl}`;
    },

    async migrate() {
      await checkTemporal(config, temporalAddress);
      const sql = connectPostgres(databaseUrl, 'tain migrate', 1);
      try {
        const applied = await migrate(sql);
        await ensurePartitionsAhead(sql, config.TAIN_PARTITIONS_AHEAD);
        return applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`;
      } catch (error) {
        throw toReachError(error, 'PostgreSQL', new URL(databaseUrl).host, 'DATABASE_URL');
      } finally {
        await sql.end({ timeout: 1 });
      }
    },

    async startDemoFeed() {
      const sql = connectPostgres(databaseUrl, 'tain demo', 1);
      const isExternalDatabase = config.DATABASE_URL !== undefined;
      const refused = await whyNoDemoFeed(sql, { isExternalDatabase, feedsFile }).finally(() => sql.end());
      if (refused !== null) return `not started, ${refused}`;
      const file = demoFeedsFile(config.TAIN_STATE_DIR);
      // The same as before where it is free: another one would configure the feed anew at every start.
      const port = await choosePort(undefined, (await readDemoFeedPort(file)) ?? PREFERRED_FEED_PORT, '');
      await supervise(
        'demo-feed',
        'worker',
        ownProcess('demo-feed', 'demo/feed-server.ts', {}, [String(port)]),
      );
      await writeDemoFeeds(file, port);
      feedsFile = file;
      return `127.0.0.1:${port}`;
    },

    async startDemoRepository() {
      const sql = connectPostgres(databaseUrl, 'tain demo', 1);
      const isExternalDatabase = config.DATABASE_URL !== undefined;
      const refused = await whyNoDemoRepository(sql, { isExternalDatabase, outboundFile }).finally(() =>
        sql.end(),
      );
      if (refused !== null) return `not started, ${refused}`;
      const files = demoRepositoryFiles(config.TAIN_STATE_DIR);
      const port = await choosePort(undefined, PREFERRED_REPOSITORY_PORT, '');
      await supervise(
        'demo-repository',
        'worker',
        ownProcess('demo-repository', 'demo/receiver-server.ts', {}, [String(port), files.state]),
      );
      await writeDemoOutbound(files.settings, port);
      outboundFile = files.settings;
      return `127.0.0.1:${port}`;
    },

    async startDemoTraining() {
      if (config.TAIN_KUBERNETES_FILE !== undefined)
        return 'not there, training runs on the cluster that TAIN_KUBERNETES_FILE names';
      const sql = connectPostgres(databaseUrl, 'tain demo', 1);
      const isExternalDatabase = config.DATABASE_URL !== undefined;
      const refused = await whyNoDemoTraining(sql, { isExternalDatabase, gpuFile }).finally(() => sql.end());
      if (refused !== null) return `not there, ${refused}`;
      await writeDemoGpus(config.TAIN_STATE_DIR);
      gpuFile = demoGpuFile(config.TAIN_STATE_DIR);
      return 'one card that is none';
    },

    async startWorkers(say) {
      say('bundling the workflows');
      const gpus = gpuFile === undefined ? {} : { TAIN_GPU_FILE: gpuFile };
      await supervise('batch', 'worker', ownProcess('batch', 'workers/batch.ts', gpus));
      await supervise('on-demand', 'worker', ownProcess('on-demand', 'workers/on-demand.ts', {}));
      const env = feedsFile === undefined ? {} : { TAIN_FEEDS_FILE: feedsFile };
      await supervise('realtime', 'worker', ownProcess('realtime', 'workers/realtime.ts', env));
      await supervise('gpu', 'worker', ownProcess('gpu', 'workers/gpu.ts', {}));
      return 'batch, on-demand, realtime, gpu';
    },

    async startApi() {
      const port = await choosePort(config.TAIN_API_PORT, PREFERRED_API_PORT, 'TAIN_API_PORT');
      const env = { TAIN_API_PORT: String(port) };
      await supervise('api', 'worker', ownProcess('api', 'api/server.ts', env));
      apiUrl = `http://${reachable(config.TAIN_API_HOST)}:${port}`;
      instance.publish({ apiUrl });
      return apiUrl;
    },

    async startResourceMonitor() {
      if (gpuFile === undefined) return 'not started, TAIN_GPU_FILE names no GPUs';
      const port = await choosePort(config.TAIN_MONITOR_PORT, PREFERRED_MONITOR_PORT, 'TAIN_MONITOR_PORT');
      const env = { TAIN_MONITOR_PORT: String(port) };
      await supervise(
        'resource-monitor',
        'worker',
        ownProcess('resource-monitor', 'workers/resource-monitor.ts', env),
      );
      return `http://${reachable(config.TAIN_MONITOR_HOST)}:${port}/status`;
    },

    async stop() {
      const ofKind = (kind: Kind) => started.filter((one) => one.kind === kind);
      await stopInOrder([
        ofKind('worker'),
        // Runs outlive the worker that started them; not what they run for.
        [{ stop: async () => void (await stopRuns(path.join(config.TAIN_STATE_DIR, 'gpu', 'runs'))) }],
        ...ofKind('engine')
          .reverse()
          .map((engine) => [engine]),
      ]);
    },
  };
}

/** Where this machine reaches what listens on an address. */
const reachable = (host: string): string => (['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host);

async function waitUntilReady(child: RunningProcess, logFile: string): Promise<void> {
  const until = Date.now() + READY_TIMEOUT_MS;
  let exited = false;
  void child.exited.then(() => (exited = true));
  for (;;) {
    const lines = child.lastLogLines(40);
    if (lines.some(isReadyLine)) return;
    if (exited || Date.now() > until) {
      const what = exited
        ? 'ended while it was starting'
        : `was not ready after ${READY_TIMEOUT_MS / 1000} s`;
      await child.stop('SIGTERM', 1000);
      throw new StartError(
        `The process ${child.name} ${what}:\n${lines.slice(-12).join('\n')}`,
        `The whole log is ${logFile}.`,
      );
    }
    await sleep(50);
  }
}

async function checkTemporal(config: Config, address: string): Promise<void> {
  if (!config.TEMPORAL_ADDRESS) return;
  const client = await connectTemporal({ ...config, TEMPORAL_ADDRESS: address }).catch((error: unknown) => {
    throw toReachError(error, 'Temporal', address, 'TEMPORAL_ADDRESS');
  });
  await client.connection.close();
}

/** What is said of an engine that is somebody else's and does not answer, or does not let us in; any other error as it is. */
export function toReachError(
  error: unknown,
  what: string,
  where: string,
  setting: string,
  help = `Check ${setting}, or unset it to use the embedded one.`,
): unknown {
  const code = (error as { code?: string }).code ?? '';
  const unreachable =
    /ECONNREFUSED|ENOTFOUND|CONNECT_TIMEOUT|ETIMEDOUT|28P01|3D000/.test(code) || what === 'Temporal';
  if (!unreachable) return error;
  return new StartError(`${what} at ${where} cannot be used: ${(error as Error).message}`, help, {
    cause: error,
  });
}
