/** Training as tests need it: nodes with cards, folders, the workers of the gpu role here or in a process of their own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach } from '@jest/globals';
import type { DeviceEvent } from '../../demo/train/device-lock.ts';
import { ROOT_DIR } from '../../platform/config.ts';
import type { Executor } from '../../platform/executors/executor.ts';
import type { RunImage } from '../../platform/image-registry/run-image.ts';
import { isReadyLine } from '../../platform/ready.ts';
import { createGpuWorkers, type GpuWorkerParts } from '../../workers/gpu-workers.ts';
import type { TestDatabase } from './database.ts';
import { provided } from './engines.ts';
import type { TestTemporal } from './temporal.ts';
import { idleMonitor, PLACES, testExecutor } from './training-parts.ts';

/**
 * @param makeExecutor of a folder of state
 * @param findImage what runs are started in, as a registry has it; null: nobody is asked
 */
export function useTraining(
  database: TestDatabase,
  temporal: TestTemporal,
  makeExecutor: (stateDir: string) => Executor = testExecutor,
  findImage: () => RunImage | null = () => null,
) {
  let stateDir = '';
  let children: ChildProcess[] = [];
  const runsDir = () => path.join(stateDir, 'gpu', 'runs');

  beforeEach(() => {
    stateDir = mkdtempSync(path.join(os.tmpdir(), 'tain-training-'));
    mkdirSync(path.join(stateDir, 'training'));
    children = [];
  });
  afterEach(async () => {
    for (const child of children) {
      const exited = child.exitCode ?? child.signalCode ?? once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    const executor = makeExecutor(stateDir);
    const names = existsSync(runsDir()) ? readdirSync(runsDir()) : [];
    for (const name of names) {
      await executor.kill(name, 'cancelled');
      await executor.remove(name);
    }
    rmSync(stateDir, { recursive: true, force: true });
  });

  return {
    /** What the API is told. */
    settings: () => ({ TAIN_STATE_DIR: stateDir, TAIN_GPU_ROOTS: path.join(stateDir, 'training') }),
    at: (...parts: string[]): string => path.join(stateDir, ...parts),
    /** A configuration and a working folder of its own. */
    folders(name: string = randomUUID().slice(0, 8)): { config: string; workdir: string } {
      const workdir = path.join(stateDir, 'training', name);
      const config = path.join(stateDir, 'training', `${name}.json`);
      mkdirSync(workdir);
      writeFileSync(config, '{}');
      return { config, workdir };
    },
    /** Who took and left a card, by what the programs themselves wrote down. */
    lockEvents(device: string): string[] {
      const file = path.join(stateDir, 'locks', `${device}.log`);
      if (!existsSync(file)) return [];
      return readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as DeviceEvent)
        .map(({ event, job }) => `${event} ${job}`);
    },
    /** Runs that are there still, removed ones aside. */
    runsLeft: (): string[] =>
      existsSync(runsDir())
        ? readdirSync(runsDir()).filter((name) => existsSync(path.join(runsDir(), name, 'launch.json')))
        : [],
    /** Runs the role in this process while `run` runs. */
    async withWorkers<Result>(
      run: () => Promise<Result>,
      { sql = database.sql, alert = null }: Partial<Pick<GpuWorkerParts, 'sql' | 'alert'>> = {},
    ): Promise<Result> {
      const [control, training] = await createGpuWorkers(
        {
          ...{ sql, alert, client: temporal.client, connection: temporal.connection },
          ...{ namespace: temporal.namespace, bundle: provided('TAIN_TEST_WORKFLOW_BUNDLE'), stateDir },
          ...{ executor: makeExecutor(stateDir), places: PLACES, monitor: idleMonitor(stateDir) },
          ...{ roots: [path.join(stateDir, 'training')], image: findImage() },
        },
        { shutdownGraceTime: '100 milliseconds' },
      );
      return control!.runUntil(() => training!.runUntil(run));
    },
    /**
     * Runs the role in a process of its own, which can be killed.
     * @param environment TAIN_KUBERNETES_FILE and KUBECONFIG, where runs are on a cluster
     */
    async startProcess(environment: Record<string, string> = {}): Promise<{ kill: () => Promise<void> }> {
      const child = spawn(process.execPath, [path.join(ROOT_DIR, 'tests', 'support', 'gpu-process.ts')], {
        cwd: ROOT_DIR,
        env: {
          PATH: process.env['PATH'],
          DATABASE_URL: database.url,
          TEMPORAL_ADDRESS: provided('TAIN_TEST_TEMPORAL_ADDRESS'),
          TEMPORAL_NAMESPACE: temporal.namespace,
          TAIN_STATE_DIR: stateDir,
          TAIN_TEST_WORKFLOW_BUNDLE: provided('TAIN_TEST_WORKFLOW_BUNDLE'),
          ...environment,
        },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      children.push(child);
      const ready = new Promise<void>((resolve) => {
        createInterface(child.stdout).on('line', (line) => {
          if (isReadyLine(line)) resolve();
        });
      });
      const ended = once(child, 'exit').then(([code]) => {
        throw new Error(`the gpu worker ended with ${code}`);
      });
      ended.catch(() => undefined);
      await Promise.race([ready, ended]);
      return {
        kill: async () => {
          const exited = once(child, 'exit');
          child.kill('SIGKILL');
          await exited;
        },
      };
    },
  };
}
