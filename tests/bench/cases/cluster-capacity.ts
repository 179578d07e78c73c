/**
 * What it takes to know a large cluster: 1,000 nodes of 8 cards with ten pods of others on each, on a real control plane (kwok
 * plays the nodes). The memory of what is kept of it against informers of the Kubernetes client, which keep whole objects, each
 * in a process of its own; beside it the time of the first list, from a change to the books, of a plan, and from a submission to
 * its decision; and the same of as many nodes whose cards are cut into seven. `--rows` is the number of nodes. Needs Go, as the
 * tests of clusters do.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { BY_GPU_PLANNER } from '../../../contracts/audit.ts';
import { applyClusterCapacity } from '../../../db/cluster-capacity.ts';
import { listNodes } from '../../../db/gpu-nodes.ts';
import { readPlannerInputs } from '../../../db/gpu-planner-input.ts';
import { planNow, readClock } from '../../../db/gpu-planner.ts';
import { lastGpuPosition } from '../../../db/gpu-position.ts';
import { migrate } from '../../../db/migrate.ts';
import type { ClusterNode } from '../../../domain/gpu/cluster-capacity.ts';
import { layOut } from '../../../domain/gpu/mig-resources.ts';
import { plan } from '../../../domain/gpu/plan.ts';
import { startPostgres } from '../../../platform/embedded/postgres.ts';
import { connectPostgres, type Sql } from '../../../platform/postgres.ts';
import { startTestCluster } from '../../support/cluster-engines.ts';
import { kubeconfigOf } from '../../support/cluster-files.ts';
import { queueJob } from '../../support/gpu.ts';
import type { CapacityReport, CapacityRequest, Memory } from '../capacity-process.ts';
import { CARDS, fillCluster, GPU, NODE_ROOM, POD_ASKS, type ClusterLoad } from '../cluster-load.ts';
import { median, round3 } from '../figures.ts';
import type { BenchRequest, BenchResult } from '../run.ts';

/** Of what whole objects take. */
const TARGET = 0.2;
const PODS_PER_NODE = 10;
/** More than a pod may take of the heap, in bytes: what is kept of it is a few numbers and names. */
const MOST_PER_POD = 2000;
const CHANGES = 20;
const SUBMISSIONS = 20;
const WAITING = 200;
const CUT = '1g.10gb';
/** Instances of that profile on a card. */
const PARTS = 7;
const NEEDS = {
  ...{
    gpuResource: GPU,
    nodeSelector: {},
    tolerations: [],
    models: { 'NVIDIA-H100-80GB-HBM3': 'H100-80GB' },
  },
  own: { namespace: 'training', label: 'tain.dev/instance', value: 'bench', container: 'main' },
};

export async function benchClusterCapacity({ rows, say }: BenchRequest): Promise<BenchResult> {
  const pods = rows * PODS_PER_NODE;
  const stateDir = await mkdtemp(path.join(tmpdir(), 'tain-bench-'));
  const postgres = await startPostgres({ stateDir, log: path.join(stateDir, 'postgres.log') });
  const cluster = await startTestCluster(say, new AbortController().signal);
  const children: ChildProcess[] = [];
  const sql = connectPostgres(postgres.url, 'bench');
  try {
    await migrate(sql);
    const file = kubeconfigOf(cluster.env['TAIN_TEST_CLUSTER']!);
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(file);
    const load = await fillCluster(kubeConfig, { nodes: rows, pods }, say);

    const informer = startFollower(children);
    const theirsBefore = await informer.memory();
    const asked = Date.now();
    informer.ask({ follow: 'informer', kubeConfig: file });
    const theirListMs = (await informer.next('listed')).at - asked;
    const theirs = since(await informer.memory(), theirsBefore);
    informer.stop();
    say(`informers keep ${round3(theirs.heapBytes / 1e6)} MB`);

    const follower = startFollower(children);
    const before = await follower.memory();
    const began = Date.now();
    follower.ask({ follow: 'tain', kubeConfig: file, databaseUrl: postgres.url, needs: NEEDS });
    const first = await follower.next('written');
    const ours = since(await follower.memory(), before);
    await checkBooks(sql, rows, pods);
    say(`Tain keeps ${round3(ours.heapBytes / 1e6)} MB`);
    if (ours.heapBytes / pods > MOST_PER_POD)
      throw new Error(`${Math.round(ours.heapBytes / pods)} bytes are kept of each pod.`);

    const changes = await measureChanges(load, follower);
    const admission = await measureAdmission(sql);
    const planning = await measurePlan(sql);
    follower.stop();
    const cut = await measureCut(sql, rows, say);
    return {
      ratio: round3(ours.heapBytes / theirs.heapBytes),
      target: TARGET,
      better: 'lower',
      figures: {
        ...{ nodes: rows, cards: rows * CARDS, pods },
        ...{ firstListMs: round3(first.listedAt - began), firstWriteMs: round3(first.at - first.listedAt) },
        ...{ informerListMs: round3(theirListMs) },
        ...{ heapMb: round3(ours.heapBytes / 1e6), rssMb: round3(ours.rssBytes / 1e6) },
        ...{ informerHeapMb: round3(theirs.heapBytes / 1e6), informerRssMb: round3(theirs.rssBytes / 1e6) },
        heapBytesPerPod: Math.round(ours.heapBytes / pods),
        ...{ changeMs: round3(median(changes.all)), changeWriteMs: round3(median(changes.write)) },
        ...{ ...planning, ...cut },
        ...{ admissionMs: round3(median(admission)), admissionMostMs: round3(Math.max(...admission)) },
      },
    };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await sql.end();
    await cluster.stop();
    await postgres.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

const since = (after: Memory, before: Memory): Memory => ({
  heapBytes: after.heapBytes - before.heapBytes,
  rssBytes: after.rssBytes - before.rssBytes,
});

function startFollower(children: ChildProcess[]) {
  const child = fork(path.join(import.meta.dirname, '..', 'capacity-process.ts'));
  children.push(child);
  const reports: CapacityReport[] = [];
  let wake = (): void => undefined;
  child.on('message', (report: CapacityReport) => {
    reports.push(report);
    wake();
  });
  const ask = (request: CapacityRequest): void => void child.send(request);
  /** The next report of a kind; those before it are dropped. */
  async function next<Kind extends CapacityReport['kind']>(kind: Kind) {
    for (;;) {
      const report = reports.shift();
      if (report?.kind === kind) return report as Extract<CapacityReport, { kind: Kind }>;
      if (!report) await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  /** It says so once by itself when it is there: then it can be asked. */
  const ready = next('memory');
  return {
    ...{ ask, next, stop: () => child.kill('SIGKILL') },
    async memory(): Promise<Memory> {
      await ready;
      ask({ ask: 'memory' });
      return next('memory');
    },
  };
}

/** @throws Error when the books are not what was put on the cluster */
async function checkBooks(sql: Sql, nodes: number, pods: number): Promise<void> {
  const books = await listNodes(sql);
  const open = books.filter(({ state }) => state === 'open');
  const cards = open.flatMap(({ devices }) => devices);
  const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);
  const found = {
    nodes: open.length,
    cards: cards.length,
    withheld: cards.filter(({ state }) => state === 'withheld').length,
    cpuMillis: sum(open.map(({ cpuMillis }) => cpuMillis)),
    memoryMib: sum(open.map(({ memoryMib }) => memoryMib)),
  };
  const wanted = {
    ...{ nodes, cards: nodes * CARDS, withheld: pods / 10 },
    cpuMillis: nodes * NODE_ROOM.cpuMillis - pods * POD_ASKS.cpuMillis,
    memoryMib: nodes * NODE_ROOM.memoryMib - pods * POD_ASKS.memoryMib,
  };
  if (JSON.stringify(found) !== JSON.stringify(wanted))
    throw new Error(`The books have ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}.`);
}

/** Behind this nothing waits for what was changed before. */
const APART_MS = 1100;

/** From an operator's change of a node, alone, to the transaction that has it, and of that the transaction alone, in ms. */
async function measureChanges({ core, nodes }: ClusterLoad, follower: ReturnType<typeof startFollower>) {
  const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
  const [all, write]: [number[], number[]] = [[], []];
  for (let at = 0; at < CHANGES; at += 1) {
    await sleep(APART_MS);
    const body = { spec: { unschedulable: at % 2 === 0 ? true : null } };
    const began = Date.now();
    await core.patchNode({ name: nodes[Math.floor(at / 2) % nodes.length]!, body }, merge);
    const written = await follower.next('written');
    all.push(written.at - began);
    write.push(written.at - written.listedAt);
  }
  return { all, write };
}

/** From the submission of a job, with all that it takes to be queued, to the decision that it starts, in ms. */
async function measureAdmission(sql: Sql): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < SUBMISSIONS; at += 1) {
    const began = performance.now();
    const job = await queueJob(sql, { gpus: 1 + (at % 4) });
    const { started } = await planNow(sql, BY_GPU_PLANNER);
    times.push(performance.now() - began);
    if (!started.includes(job)) throw new Error(`${job} has not started.`);
  }
  return times;
}

/** Nodes whose cards are cut, in the place of those before: the first write, the same again, one node, and what a plan reads, in ms. */
async function measureCut(sql: Sql, rows: number, say: (line: string) => void) {
  const counts = new Map([[CUT, CARDS * PARTS]]);
  const cutNode = (at: number): ClusterNode => ({
    ...{ node: `cut-${at}`, model: 'H100-80GB', modelMemoryGb: 80, cpuMillis: 64_000, memoryMib: 512_000 },
    ...{ cards: 0, usableCards: 0, illCards: 0, ignored: null, withheld: null },
    ...{
      cutCards: layOut('H100-80GB', counts, CARDS)!,
      instances: { [CUT]: { usable: CARDS * PARTS, ill: 0 } },
    },
  });
  const nodes = Array.from({ length: rows }, (_, at) => cutNode(at));
  const timed = async (run: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    await run();
    return round3(performance.now() - began);
  };
  const cutWriteMs = await timed(() => applyClusterCapacity(sql, { nodes, gone: 'others' }));
  say(`${rows} nodes of ${CARDS * PARTS} instances are written`);
  const cutAgainMs = await timed(() => applyClusterCapacity(sql, { nodes, gone: 'others' }));
  const fewer = { ...nodes[0]!, instances: { [CUT]: { usable: 1, ill: 0 } } };
  const cutChangeMs = await timed(() => applyClusterCapacity(sql, { nodes: [fewer], gone: [] }));
  const cutReadMs = await timed(() =>
    sql.begin(async (tx) =>
      readPlannerInputs(tx, { asOf: await lastGpuPosition(tx), clockMs: await readClock(tx) }),
    ),
  );
  return { instances: rows * CARDS * PARTS, cutWriteMs, cutAgainMs, cutChangeMs, cutReadMs };
}

/** A plan of jobs that wait, without what it decides being written: reading what it is made from, and making it, in ms. */
async function measurePlan(sql: Sql) {
  for (let at = 0; at < WAITING; at += 1) await queueJob(sql, { gpus: 1 + (at % CARDS) });
  const [reads, plans]: [number[], number[]] = [[], []];
  let started = 0;
  for (let round = 0; round < 10; round += 1)
    await sql.begin(async (tx) => {
      const began = performance.now();
      const at = { asOf: await lastGpuPosition(tx), clockMs: await readClock(tx) };
      const inputs = await readPlannerInputs(tx, at);
      const read = performance.now();
      const { queue, running, capacity, usage, policy, now } = inputs;
      started = plan(queue, running, capacity, usage, policy, now).start.length;
      reads.push(read - began);
      plans.push(performance.now() - read);
    });
  return {
    ...{ waiting: WAITING, planStarts: started },
    ...{ readMs: round3(median(reads)), planMs: round3(median(plans)) },
  };
}
