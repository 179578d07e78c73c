/** tain up (npm start): everything on this machine, the demonstration day and feed, one screen; Ctrl-C stops it in order. */
import path from 'node:path';
import type { Command } from 'commander';
import { Listr } from 'listr2';
import { loadConfig, trainingRoots, type Config } from '../../platform/config.ts';
import { requireRoom } from '../../platform/embedded/disk.ts';
import { claimInstance, readInstance } from '../../platform/embedded/instance.ts';
import type { SuperviseEvent } from '../../platform/embedded/supervise.ts';
import { connectPostgres } from '../../platform/postgres.ts';
import { loadDemoDay } from '../../demo/load-day.ts';
import { followDemoDay } from '../demo-reporting.ts';
import { followDemoTraining, submitDemoTraining } from '../demo-training.ts';
import { findDemoFeed, followDemoFeed } from '../demo-feed.ts';
import { connectApi, type ApiClient } from '../api-client.ts';
import { parseCount } from '../arguments.ts';
import { print } from '../print.ts';
import { createStack, type Say, type Stack } from '../stack.ts';
import { printAddresses, printDemoReporting, printDemoSummary } from '../up-screen.ts';
import { describeProgress, followFile } from './ingest.ts';

/** `--once` ended before the demonstration was done. */
const EXIT_NOT_DONE = 1;

/** listr2 would end the process at the first Ctrl-C, with everything still running. */
const OWN_SIGNALS = { registerSignalListeners: false };

type UpOptions = { once?: boolean; demo: boolean; demoRows: number };

export function addUp(program: Command): void {
  program
    .command('up')
    .description('start everything on this machine and follow the demonstration day and feed')
    .option('--once', 'stop everything again when the demonstration day is done')
    .option('--no-demo', 'without the demonstration day and feed')
    .option('--demo-rows <n>', 'size of the demonstration day', parseCount, 20_000)
    .action(async (options: UpOptions) => {
      const config = loadConfig();
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
      await up(config, options, stop.signal);
    });
}

async function up(config: Config, options: UpOptions, stop: AbortSignal): Promise<void> {
  for (const directory of [config.TAIN_STATE_DIR, config.TAIN_DATA_DIR]) await requireRoom(directory);
  const instance = await claimInstance(config.TAIN_STATE_DIR, print);
  const stack = createStack({ config, instance, onEvent: printEvent, signal: stop });
  try {
    await startAll(stack, options.demo, stop);
    const isDone = !options.demo || (await runDemo(config, stack, options.demoRows, stop));
    if (options.once && !isDone) process.exitCode = EXIT_NOT_DONE;
    if (!stop.aborted) {
      if (options.once) print('\nDone. npm start (without --once) keeps everything running to look around.');
      else await stayUp(config, stack, stop);
    }
  } catch (error) {
    if (!stop.aborted) throw error;
    if (options.once) process.exitCode = EXIT_NOT_DONE;
  } finally {
    print();
    await new Listr(
      [{ title: 'Stopping: API and workers, then the engines', task: () => stack.stop() }],
      OWN_SIGNALS,
    ).run();
    instance.release();
  }
}

async function startAll(stack: Stack, demo: boolean, stop: AbortSignal): Promise<void> {
  const step = (title: string, run: (say: Say) => Promise<string>) => ({
    title,
    task: async (_context: unknown, task: { title: string; output: string }) => {
      stop.throwIfAborted();
      task.title = `${title}: ${await run((text) => (task.output = text))}`;
    },
  });
  await new Listr(
    [
      step('PostgreSQL', (say) => stack.startPostgres(say)),
      step('Temporal', (say) => stack.startTemporal(say)),
      step('Database schema', () => stack.migrate()),
      ...(demo
        ? [
            step('Server of the demonstration feed', () => stack.startDemoFeed()),
            step('Repository of the demonstration', () => stack.startDemoRepository()),
            step('GPUs of the demonstration', () => stack.startDemoTraining()),
          ]
        : []),
      step('Workers', (say) => stack.startWorkers(say)),
      step('API', (say) => stack.startApi(say)),
      step('Resource monitor', () => stack.startResourceMonitor()),
    ],
    { ...OWN_SIGNALS, rendererOptions: { collapseErrors: false, showErrorMessage: false } },
  ).run();
}

/** @returns false when the day was refused or the feed not read; true also when they stayed away */
async function runDemo(config: Config, stack: Stack, rows: number, stop: AbortSignal): Promise<boolean> {
  const sql = connectPostgres(stack.databaseUrl(), 'tain demo', 2);
  const api = await connectApi({ ...config, TAIN_API_URL: stack.apiUrl() });
  try {
    let fileId: string | null = null;
    const trainings = stack.hasDemoTraining() ? await submitDemoTraining(api, trainingRoots(config)[0]!) : [];
    await new Listr(
      [
        {
          title: 'Demonstration day',
          task: async (_context, task) => {
            const loaded = await loadDemoDay({
              sql,
              rows,
              dataDir: config.TAIN_DATA_DIR,
              manifestDir: path.join(config.TAIN_STATE_DIR, 'demo'),
              isExternalDatabase: config.DATABASE_URL !== undefined,
              onProgress: (text) => (task.output = text),
            });
            if ('skipped' in loaded) {
              task.skip(`Demonstration day: not loaded, ${loaded.skipped}`);
              return;
            }
            ({ fileId } = loaded);
            const file = await followFile(
              api,
              fileId,
              (view) => (task.output = describeProgress(view)),
              stop,
            );
            task.title = `Demonstration day: ${file.name} ${file.state}`;
          },
        },
        {
          title: 'Demonstration feed',
          enabled: () => stack.hasDemoFeed(),
          task: async (_context, task) => {
            const feed = await followDemoFeed(api, (text) => (task.output = text), stop);
            task.title = `Demonstration feed: ${feed?.state ?? 'not entered'}`;
          },
        },
      ],
      { ...OWN_SIGNALS, concurrent: true },
    ).run();
    const feed = stack.hasDemoFeed() ? await findDemoFeed(api) : null;
    const isFeedRead = !stack.hasDemoFeed() || (feed !== null && feed.recent.messages > 0);
    if (fileId === null) return isFeedRead;
    const file = (await api.file(fileId))!;
    const rejected =
      file.state === 'published' ? await api.records(fileId, { verdict: 'rejected', limit: 1 }) : null;
    printDemoSummary(file, feed, rejected?.records[0]);
    const isIngested = file.state === 'published' && isFeedRead;
    const isReported = isIngested && (await reportDemo(api, stack, file.folderDate, stop));
    await finishTraining(api, trainings, stop);
    return isReported;
  } finally {
    await sql.end({ timeout: 2 });
  }
}

/** Follows the trainings to their end. A machine without room for them leaves them waiting: that is no failure. */
async function finishTraining(api: ApiClient, ids: readonly string[], stop: AbortSignal): Promise<void> {
  if (ids.length === 0 || stop.aborted) return;
  print();
  await new Listr(
    [
      {
        title: 'Demonstration trainings',
        task: async (_context, task) => {
          const jobs = await followDemoTraining(api, ids, (text) => (task.output = text), stop);
          task.title = `Demonstration trainings: ${jobs.map(({ jobId, state }) => `${jobId} ${state}`).join(', ')}`;
        },
      },
    ],
    OWN_SIGNALS,
  ).run();
}

/** Runs the CFTC day of the demonstration. @returns false when it did not come to its end */
async function reportDemo(api: ApiClient, stack: Stack, date: string, stop: AbortSignal): Promise<boolean> {
  if (!stack.hasDemoRepository() || stop.aborted) return true;
  const outcome = { isDone: false };
  print();
  await new Listr(
    [
      {
        title: `CFTC day ${date}`,
        task: async (_context, task) => {
          const day = await followDemoDay(api, date, (text) => (task.output = text), stop);
          task.title = `CFTC day ${date}: ${day.state}`;
          outcome.isDone = day.state === 'closed';
          printDemoReporting(day, await api.deliveries({ date }));
        },
      },
    ],
    OWN_SIGNALS,
  ).run();
  return outcome.isDone;
}

async function stayUp(config: Config, stack: Stack, stop: AbortSignal): Promise<void> {
  printAddresses(config, stack.apiUrl(), (await readInstance(config.TAIN_STATE_DIR))?.temporalUiUrl);
  print('Ctrl-C stops everything and loses nothing; the next npm start goes on.');
  if (stop.aborted) return;
  // An unresolved promise does not keep a process alive; a timer does.
  const alive = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }));
  clearInterval(alive);
}

function printEvent(event: SuperviseEvent): void {
  const at = new Date().toISOString().slice(11, 19);
  if (event.event === 'process.restarted') print(`${at} ${event.name} runs again (process ${event.pid}).`);
  else if (event.event === 'process.restart-failed')
    print(`${at} ${event.name} did not start: ${String(event.error)}`);
  else {
    const how = event.exit.signal ?? `exit code ${event.exit.code}`;
    print(`${at} ${event.name} ended (${how}); starting it again.`);
  }
}
