/**
 * A node of the test cluster that runs programs: what a kubelet and a container runtime do, as far as training needs them.
 * Pods that ask for it (tain.test/runs-program) become processes of this machine, without image, mounts or isolation; paths
 * are the same inside and outside. Everything else is the cluster's own.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { PatchStrategy, setHeaderOptions, type V1Pod } from '@kubernetes/client-node';
import { EMISSARY } from './argo-objects.ts';
import { certificateOf } from './cluster-files.ts';
import { NODES_OF, uniqueName, type TestCluster } from './cluster.ts';
import { provided } from './engines.ts';

/** Pods with this annotation are left to nodes that run programs. */
export const RUNS_PROGRAM = 'tain.test/runs-program';

type Line = { readonly instant: string; readonly text: string };

type Program = {
  readonly child: ChildProcess;
  readonly lines: Line[];
  readonly news: EventEmitter;
  readonly startedAt: string;
  readonly memoryBytes: number;
  isOver: boolean;
  /** By performance.now(); null: it was not told to end. */
  toldAtMs: number | null;
  isOutOfMemory: boolean;
};

export type ProgramNode = {
  readonly name: string;
  /** Ends all programs and whoever looks after them. */
  stop(): Promise<void>;
  /** The same, and the cluster is told that the node is out of service, as by people who have looked at it. */
  lose(): Promise<void>;
};

const LOOK_MS = 50;

/**
 * Adds a node with so many GPUs for this test.
 * @param more of what it has, beside them, and its labels
 */
export async function startProgramNode(
  cluster: TestCluster,
  gpus: number,
  more: {
    readonly room?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  } = {},
): Promise<ProgramNode> {
  const { core, namespace } = cluster;
  const name = uniqueName(`${namespace}-programs`);
  const programs = new Map<string, Program>();
  const stopping = new AbortController();
  const server = await serveOutput((pod) => [...programs].find(([key]) => key.startsWith(`${pod} `))?.[1]);
  const at = new Date();
  const room = { cpu: '64', memory: '512Gi', pods: '110', 'nvidia.com/gpu': `${gpus}`, ...more.room };
  await core.createNode({
    body: {
      metadata: { name, labels: { [NODES_OF]: namespace, 'kubernetes.io/hostname': name, ...more.labels } },
      status: {
        ...{ capacity: room, allocatable: room },
        addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
        daemonEndpoints: { kubeletEndpoint: { Port: (server.address() as AddressInfo).port } },
        conditions: [
          {
            ...{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'it runs programs' },
            ...{ lastHeartbeatTime: at, lastTransitionTime: at },
          },
        ],
      },
    },
  });

  const patchStatus = async ({ metadata }: V1Pod, status: object): Promise<void> => {
    await core.patchNamespacedPodStatus(
      { namespace: metadata!.namespace!, name: metadata!.name!, body: { status } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  };

  async function begin(pod: V1Pod, key: string): Promise<void> {
    const container = pod.spec!.containers.find(({ name }) => name === 'main');
    const env: Record<string, string> = {};
    for (const one of container!.env ?? []) env[one.name] = expand(one.value ?? '', env);
    const { isOfArgo, parts } = partsOf(container!.command!);
    const [command, ...args] = parts.map((part) => expand(part, env));
    const child = spawn(command!, args, { cwd: container!.workingDir, env, detached: true });
    const news = new EventEmitter().setMaxListeners(0);
    const program: Program = {
      ...{ child, news, lines: [], startedAt: new Date().toISOString() },
      memoryBytes: Number(container!.resources?.limits?.['memory'] ?? Infinity),
      ...{ isOver: false, toldAtMs: null, isOutOfMemory: false },
    };
    programs.set(key, program);
    let count = 0;
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on('line', (text) => {
        // Nanoseconds, and no instant twice.
        count += 1;
        const instant = new Date().toISOString().replace('Z', `${String(count % 1e6).padStart(6, '0')}Z`);
        program.lines.push({ instant, text });
        news.emit('news');
      });
    const ended = new Promise<{ code: number; message: string }>((resolve) => {
      child.once('error', ({ message }) => resolve({ code: -1, message }));
      child.once('close', (code, signal) =>
        resolve({ code: code ?? 128 + (signal ? os.constants.signals[signal] : 0), message: '' }),
      );
      // A container ends with its first process; its output is closed by that, too.
      child.once('exit', () => killGroup(child, 'SIGKILL'));
    });
    const name = 'main';
    const common = { name, image: container!.image, imageID: '', restartCount: 0 };
    const running = { state: { running: { startedAt: program.startedAt } }, ready: true, started: true };
    if (child.pid !== undefined)
      await retry(() =>
        patchStatus(pod, {
          ...{ phase: 'Running', startTime: program.startedAt },
          containerStatuses: [{ ...common, ...running }],
        }),
      );
    const { code, message } = await ended;
    program.isOver = true;
    news.emit('news');
    const isStarted = code >= 0;
    const reason = program.isOutOfMemory ? 'OOMKilled' : code === 0 ? 'Completed' : 'Error';
    const terminated = {
      ...(isOfArgo && !isStarted
        ? { exitCode: 64, reason: 'Error', message: `failed to find name in PATH: ${message}` }
        : { exitCode: isStarted ? code : 128, reason: isStarted ? reason : 'StartError', message }),
      // So the kubelet says it of what never ran.
      startedAt: isStarted || isOfArgo ? program.startedAt : '1970-01-01T00:00:00Z',
      finishedAt: new Date().toISOString(),
    };
    await retry(() =>
      patchStatus(pod, {
        phase: code === 0 ? 'Succeeded' : 'Failed',
        containerStatuses: [{ ...common, state: { terminated }, ready: false, started: false }],
      }),
    );
  }

  /** As long as the node is there: the API server may be away for a while. */
  async function retry(call: () => Promise<void>): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        return await call();
      } catch (error) {
        if ((error as { code?: number }).code === 404) return;
        await sleep(LOOK_MS);
      }
    }
  }

  async function look(): Promise<void> {
    const { items } = await core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${name}` });
    for (const pod of items) {
      const { metadata, status } = pod;
      if (metadata?.annotations?.[RUNS_PROGRAM] === undefined) continue;
      const key = `${metadata.name} ${metadata.uid}`;
      const program = programs.get(key);
      const isEnding = metadata.deletionTimestamp !== undefined;
      if (program && !program.isOver) holdToMemory(program);
      if (program && !program.isOver && isEnding) {
        // The first process of a container alone is told.
        if (program.toldAtMs === null) program.child.kill('SIGTERM');
        program.toldAtMs ??= performance.now();
        const graceMs = (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
        if (performance.now() >= program.toldAtMs + graceMs) killGroup(program.child, 'SIGKILL');
      } else if (!program && !isEnding && status?.phase === 'Pending') void begin(pod, key);
      else if (isEnding && (!program || status?.phase === 'Succeeded' || status?.phase === 'Failed'))
        await core
          .deleteNamespacedPod({
            ...{ namespace: metadata.namespace!, name: metadata.name! },
            body: { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid! } },
          })
          .catch(() => undefined);
    }
  }

  const looking = (async () => {
    while (!stopping.signal.aborted) {
      await look().catch(() => undefined);
      await sleep(LOOK_MS);
    }
  })();

  async function stop(): Promise<void> {
    if (stopping.signal.aborted) return;
    stopping.abort();
    await looking;
    for (const { child } of programs.values()) killGroup(child, 'SIGKILL');
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  return {
    ...{ name, stop },
    async lose() {
      await stop();
      const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
      const taints = [{ key: 'node.kubernetes.io/out-of-service', value: 'lost', effect: 'NoExecute' }];
      const body = { metadata: { annotations: { 'tain.test/not-ready': 'yes' } }, spec: { taints } };
      await core.patchNode({ name, body }, merge);
    },
  };
}

/** The program of a container. Argo's own starts it, is its first process, and says itself when there is no such program. */
function partsOf(command: readonly string[]): {
  readonly isOfArgo: boolean;
  readonly parts: readonly string[];
} {
  const isOfArgo = EMISSARY.every((part, at) => command[at] === part);
  return { isOfArgo, parts: isOfArgo ? command.slice(command.indexOf('--') + 1) : command };
}

/** Puts variables in as a kubelet does; what it does not know stays as it is. */
const expand = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$(?:\$|\(([A-Za-z0-9_.-]+)\))/g, (all, name?: string) =>
    name === undefined ? '$' : (env[name] ?? all),
  );

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It is gone.
  }
}

/** A kernel would do it at once. */
function holdToMemory(program: Program): void {
  try {
    const status = readFileSync(`/proc/${program.child.pid}/status`, 'utf8');
    const kibibytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    if (kibibytes * 1024 <= program.memoryBytes) return;
    program.isOutOfMemory = true;
    killGroup(program.child, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

/** What the API server asks a kubelet for: the output of a container, from an instant on and as it comes. */
async function serveOutput(find: (pod: string) => Program | undefined): Promise<https.Server> {
  const certificate = certificateOf(provided('TAIN_TEST_CLUSTER'));
  const [cert, key] = [readFileSync(certificate), readFileSync(certificate.replace(/crt$/, 'key'))];
  const server = https.createServer({ cert, key }, (request, response) => {
    const url = new URL(request.url!, 'https://node');
    const [, what, , pod] = url.pathname.split('/');
    const program = what === 'containerLogs' ? find(pod!) : undefined;
    if (!program) return void response.writeHead(404).end();
    const since = url.searchParams.get('sinceTime') ?? '';
    const follows = url.searchParams.get('follow') === 'true';
    const stamps = url.searchParams.get('timestamps') === 'true';
    response.writeHead(200, { 'content-type': 'text/plain' }).flushHeaders();
    let at = 0;
    const tell = (): void => {
      for (const { instant, text } of program.lines.slice(at))
        if (Date.parse(instant) >= Date.parse(since || instant))
          response.write(`${stamps ? `${instant} ` : ''}${text}\n`);
      at = program.lines.length;
      if (!follows || program.isOver) response.end();
    };
    program.news.on('news', tell);
    response.on('close', () => program.news.off('news', tell));
    tell();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
