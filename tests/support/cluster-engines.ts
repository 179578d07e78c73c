/**
 * A real Kubernetes control plane on loopback: etcd, API server, scheduler, controller manager, and kwok for its nodes.
 * Started once per run by scripts/test.ts. A program that ends, because a test killed it, is started again on its port.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimInstance, readInstance, type ClaimedInstance } from '../../platform/embedded/instance.ts';
import { choosePort } from '../../platform/embedded/ports.ts';
import {
  exitsWithin,
  spawnEngine,
  withStop,
  type RunningEngine,
  type RunningProcess,
} from '../../platform/embedded/process.ts';
import { StartError } from '../../platform/embedded/start-error.ts';
import { superviseChild, type Supervised } from '../../platform/embedded/supervise.ts';
import {
  argoFolderOf,
  argumentsOf,
  certificateOf,
  writeClusterFiles,
  writeKubeconfig,
  type ClusterPorts,
} from './cluster-files.ts';
import { findClusterPrograms, type ClusterProgram, type ClusterPrograms } from './cluster-programs.ts';
import type { TestEngines } from './engines.ts';

/** Folders are named so that a later run finds what a killed one left. */
const PREFIX = 'tain-cluster-';
const READY_MS = 60_000;
const LOOK_EVERY_MS = 30;
const ANSWER_MS = 5000;
const ATTEMPTS = 3;

type Progress = (line: string) => void;

/**
 * Starts it after building what is missing, and ends what killed runs left behind.
 * @param signal ends a build or a start
 * @throws StartError with the last lines of a program that does not start; nothing is left behind then
 */
export async function startTestCluster(onProgress: Progress, signal: AbortSignal): Promise<TestEngines> {
  const programs = await findClusterPrograms({ onProgress, signal });
  await sweepLeftovers(onProgress);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(programs, onProgress, signal);
    } catch (error) {
      // Between the choice of a port and its use another program may have taken it.
      const isTaken = /address already in use/i.test((error as Error).message);
      if (!isTaken || attempt === ATTEMPTS) throw error;
    }
  }
}

async function startOnce(
  programs: ClusterPrograms,
  onProgress: Progress,
  signal: AbortSignal,
): Promise<TestEngines> {
  const dir = mkdtempSync(path.join(os.tmpdir(), PREFIX));
  const instance = await claimInstance(dir);
  const running: Supervised<RunningEngine>[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map((program) => program.stop()));
    instance.release();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const { token } = writeClusterFiles(dir);
    const ports = await choosePorts();
    const start = async (name: ClusterProgram): Promise<RunningProcess> => {
      const launch = { name, command: programs[name], args: argumentsOf(name, dir, ports) };
      const { program, first } = await keepRunning(launch, dir, instance, onProgress);
      running.push(program);
      return first;
    };
    const control = [await start('etcd'), await start('kube-apiserver')];
    await untilReady(() => answers(dir, ports.api, token), control, signal);
    writeKubeconfig(dir, token, ports.api);
    await start('kube-scheduler');
    const rest = [await start('kube-controller-manager'), await start('kwok')];
    await untilReady(() => answers(dir, ports.kwok, token, '/healthz'), rest, signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return { env: { TAIN_TEST_CLUSTER: dir, TAIN_TEST_KUSTOMIZE: programs.kustomize }, stop };
}

/** One after the other, so that none is chosen twice. */
async function choosePorts(): Promise<ClusterPorts> {
  const ports: number[] = [];
  while (ports.length < 4)
    ports.push(
      await choosePort(undefined, (ports.at(-1) ?? 29_000 + (process.pid % 200) * 10) + 1, 'a port of it'),
    );
  const [etcd, etcdPeer, api, kwok] = ports as [number, number, number, number];
  return { etcd, etcdPeer, api, kwok };
}

/** Starts a program, notes it for whoever sweeps, and starts it again when it ends. */
async function keepRunning(
  { name, command, args }: { name: ClusterProgram; command: string; args: string[] },
  dir: string,
  instance: ClaimedInstance,
  onProgress: Progress,
): Promise<{ program: Supervised<RunningEngine>; first: RunningProcess }> {
  let child: RunningProcess | undefined;
  const program = await superviseChild({
    name,
    start: async () => {
      // Nothing of the user's: each of them reads configurations below a home or from variables.
      const env = { PATH: process.env['PATH'] ?? '', HOME: dir, TZ: 'UTC' };
      child = spawnEngine({ name, command, args, env, log: path.join(dir, `${name}.log`), cwd: dir });
      return withStop(child, 'SIGKILL', 0);
    },
    onStart: (engine) => instance.record({ ...engine, kind: 'engine' }),
    log: (event) => {
      // One that was killed was meant to be.
      if (event.event === 'process.exited' && event.exit.code !== null)
        onProgress(`${name} ended with ${event.exit.code}: ${lastWords(child!)}`);
    },
  });
  return { program, first: child! };
}

const lastWords = (child: RunningProcess): string => child.lastLogLines(5).join('\n') || 'it says nothing';

/** Looks again and again, as long as all of the programs run. */
async function untilReady(
  isReady: () => Promise<boolean>,
  programs: readonly RunningProcess[],
  signal: AbortSignal,
): Promise<void> {
  const end = Date.now() + READY_MS;
  while (!(await isReady())) {
    signal.throwIfAborted();
    for (const program of programs) {
      const { name, exited } = program;
      if (await exitsWithin(exited, 0)) throw notStarted(`${name} of the test cluster ended`, program);
      if (Date.now() > end)
        throw notStarted(`${name} of the test cluster is not ready in ${READY_MS / 1000} s`, program);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

const notStarted = (message: string, program: RunningProcess): StartError =>
  new StartError(
    `${message}: ${lastWords(program)}`,
    'Look at the lines above. Less memory than about 1 GB, or a full disk, are common reasons.',
  );

/** Whether a server of the cluster says that it is ready. */
function answers(dir: string, port: number, token: string, where = '/readyz'): Promise<boolean> {
  if (!existsSync(certificateOf(dir))) return Promise.resolve(false);
  const headers = { authorization: `Bearer ${token}` };
  const ca = readFileSync(certificateOf(dir));
  return new Promise((resolve) => {
    const asked = https.get(
      { host: '127.0.0.1', port, path: where, ca, headers, agent: false, timeout: ANSWER_MS },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    asked.once('error', () => resolve(false));
    asked.once('timeout', () => asked.destroy());
  });
}

/** Ends and removes what test runs left behind that were killed. */
async function sweepLeftovers(onProgress: Progress): Promise<void> {
  for (const name of readdirSync(os.tmpdir()).filter((one) => one.startsWith(PREFIX))) {
    const dir = path.join(os.tmpdir(), name);
    const isOurs = statSync(dir, { throwIfNoEntry: false })?.uid === os.userInfo().uid;
    // One without a lock is being made.
    if (!isOurs || !existsSync(path.join(dir, 'instance.lock')) || (await readInstance(dir))) continue;
    // Null: another run sweeps it.
    const leftover = await claimInstance(dir, onProgress).catch(() => null);
    const argo = argoFolderOf(dir);
    // Whoever started the controller may live on, and ends it himself then.
    if (leftover && existsSync(argo))
      await claimInstance(argo, onProgress).then(
        (controller) => controller.release(),
        () => undefined,
      );
    leftover?.release();
    if (leftover) rmSync(dir, { recursive: true, force: true });
  }
}
