import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it } from '@jest/globals';
import { ROOT_DIR } from '../../platform/config.ts';
import type { InstanceProcess } from '../../platform/embedded/instance.ts';
import { isAlive } from '../../platform/embedded/process.ts';

const ENGINES = path.resolve(import.meta.dirname, '../support/cluster-engines.ts');
const CONTROLLER = path.resolve(import.meta.dirname, '../support/argo-controller.ts');
/** A run that starts a cluster, says where it lies, and stops it when it is told to. */
const RUN = `
  const { startTestCluster } = await import(${JSON.stringify(ENGINES)});
  const cluster = await startTestCluster((line) => console.error(line), new AbortController().signal);
  process.once('SIGTERM', () => cluster.stop().then(() => process.exit()));
  process.stdin.on('close', () => cluster.stop().then(() => process.exit())).resume();
  // Last: whoever reads it may stop this at once.
  console.log(cluster.env.TAIN_TEST_CLUSTER);
`;
/** The same with a controller of Argo beside it, which says that it works, and does nothing. */
const RUN_WITH_ARGO = `
  import { writeFileSync } from 'node:fs';
  const { startTestCluster } = await import(${JSON.stringify(ENGINES)});
  const { startArgoController } = await import(${JSON.stringify(CONTROLLER)});
  const { CoreV1Api, KubeConfig } = await import('@kubernetes/client-node');
  const cluster = await startTestCluster((line) => console.error(line), new AbortController().signal);
  const dir = (process.env.TAIN_TEST_CLUSTER = cluster.env.TAIN_TEST_CLUSTER);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(dir + '/kubeconfig');
  writeFileSync(dir + '/controller', '#!/bin/sh\\necho Starting Workflow Controller\\nexec sleep 600\\n', { mode: 0o755 });
  const core = kubeConfig.makeApiClient(CoreV1Api);
  await startArgoController({ core, kubeConfig }, dir + '/controller');
  console.log(dir);
  process.stdin.resume();
`;
const LIMIT_MS = 120_000;

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) await end(child, 'SIGTERM');
});

async function startRun(
  run = RUN,
): Promise<{ child: ChildProcess; dir: string; programs: InstanceProcess[] }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', run], {
    // Where packages are found.
    cwd: ROOT_DIR,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  for await (const dir of createInterface({ input: child.stdout }))
    return { child, dir, programs: programsIn(dir) };
  throw new Error('the run ended before its cluster was up');
}

const programsIn = (dir: string): InstanceProcess[] =>
  (JSON.parse(readFileSync(path.join(dir, 'run.json'), 'utf8')) as { processes: InstanceProcess[] })
    .processes;

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

it(
  'a run that is killed leaves its cluster behind, and the next run ends and removes it',
  async () => {
    const first = await startRun();
    expect(first.programs.map(({ name }) => name).sort()).toEqual([
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kwok',
    ]);
    await end(first.child, 'SIGKILL');
    expect(first.programs.every(isAlive)).toBe(true);

    const second = await startRun();
    expect(first.programs.some(isAlive)).toBe(false);
    expect(existsSync(first.dir)).toBe(false);

    await end(second.child, 'SIGTERM');
    expect(second.programs.some(isAlive)).toBe(false);
    expect(existsSync(second.dir)).toBe(false);
  },
  LIMIT_MS,
);

it(
  'Argo’s controller, which a killed run leaves beside its cluster, is ended by the next run, too',
  async () => {
    const first = await startRun(RUN_WITH_ARGO);
    const [controller] = programsIn(path.join(first.dir, 'argo'));
    expect(controller?.name).toBe('workflow-controller');
    await end(first.child, 'SIGKILL');
    expect(isAlive(controller!)).toBe(true);

    const second = await startRun();
    expect([controller!, ...first.programs].some(isAlive)).toBe(false);
    expect(existsSync(first.dir)).toBe(false);
    await end(second.child, 'SIGTERM');
  },
  LIMIT_MS,
);
