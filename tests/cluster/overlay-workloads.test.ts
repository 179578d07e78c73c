import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import type { FastifyInstance } from 'fastify';
import { registerMetrics } from '../../api/plugins/metrics.ts';
import { parseConfig, ROOT_DIR, SETTINGS } from '../../platform/config.ts';
import { loadDaySettings } from '../../platform/day-config.ts';
import { loadFeeds } from '../../platform/feeds/feed-config.ts';
import { loadGpuInventory } from '../../platform/gpu-config.ts';
import { loadClusterConfig } from '../../platform/kubernetes-config.ts';
import { loadTargets } from '../../platform/outbound-config.ts';
import { CLOSE_TIMEOUT_MS, WORKER_OPTIONS } from '../../workers/run.ts';
import { nameOf, OVERLAYS, podSpecOf, render, type Manifest } from '../support/manifests.ts';

type Workload = { readonly object: Manifest; readonly spec: V1PodSpec };

/** What makes pods that run Tain itself. */
const workloadsOf = (folder: string): Workload[] =>
  render(folder).flatMap((object) => {
    const spec = podSpecOf(object);
    return spec && object.kind !== 'StatefulSet' ? [{ object, spec }] : [];
  });
const containersOf = (spec: V1PodSpec): V1Container[] => [...(spec.initContainers ?? []), ...spec.containers];
const main = ({ spec }: Workload): V1Container => spec.containers.find(({ name }) => name === 'main')!;
const componentOf = ({ object }: Workload): string =>
  object.spec.template.metadata.labels['app.kubernetes.io/component']!;
const isGuaranteed = (spec: V1PodSpec): boolean =>
  containersOf(spec).every(({ resources }) =>
    ['cpu', 'memory'].every(
      (name) =>
        resources?.limits?.[name] !== undefined && resources.limits[name] === resources.requests?.[name],
    ),
  );

const CLASS_OF: Readonly<Record<string, string>> = {
  api: 'tain-realtime',
  realtime: 'tain-realtime',
  'on-demand': 'tain-on-demand',
  'resource-monitor': 'tain-on-demand',
  batch: 'tain-batch',
  gpu: 'tain-batch',
};

describe.each(OVERLAYS)('the workers of %s', (folder) => {
  it('are one of each role, in the class that its work has', () => {
    const classes = Object.fromEntries(
      workloadsOf(folder).map((one) => [componentOf(one), one.spec.priorityClassName]),
    );

    expect(classes).toEqual(CLASS_OF);
  });

  it('of the highest class have what they ask for, in each container: QoS Guaranteed', () => {
    for (const { object, spec } of workloadsOf(folder).filter(
      (one) => one.spec.priorityClassName === 'tain-realtime',
    ))
      expect([nameOf(object), isGuaranteed(spec)]).toEqual([nameOf(object), true]);
  });

  it('ask for processors and memory, and are held to their memory', () => {
    for (const { object, spec } of workloadsOf(folder))
      for (const { name, resources } of containersOf(spec)) {
        const asked = { cpu: expect.any(String), memory: expect.any(String) };
        expect([nameOf(object), name, resources?.requests]).toEqual([nameOf(object), name, asked]);
        expect(resources?.limits?.['memory']).toBeDefined();
      }
  });

  it('are given longer to stop than they take', () => {
    const seconds = (text: string): number => Number(/^(\d+) seconds?$/.exec(text)![1]);
    const takes =
      seconds(WORKER_OPTIONS.shutdownGraceTime) +
      seconds(WORKER_OPTIONS.shutdownForceTime) +
      CLOSE_TIMEOUT_MS / 1000;

    for (const { spec } of workloadsOf(folder))
      expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(takes + 5);
  });

  it('see no variables of Services, which would be taken for settings', () => {
    for (const { spec } of workloadsOf(folder)) expect(spec.enableServiceLinks).toBe(false);
  });

  it('run scripts that there are', () => {
    for (const one of workloadsOf(folder))
      for (const { command } of containersOf(one.spec)) {
        expect(command![0]).toBe('node');
        expect(readFileSync(path.join(ROOT_DIR, command![1]!), 'utf8')).not.toBe('');
      }
  });

  it('that file with one another mount the same volume: API and batch the data, API and gpu the runs', () => {
    const claimAt = (component: string, where: string): string | undefined => {
      const one = workloadsOf(folder).find((workload) => componentOf(workload) === component)!;
      const mount = main(one).volumeMounts!.find(({ mountPath }) => mountPath === where);
      const volume = one.spec.volumes!.find(({ name }) => name === mount?.name);
      return volume?.persistentVolumeClaim?.claimName;
    };
    for (const component of ['api', 'batch', 'on-demand'])
      expect(claimAt(component, '/data')).toBe('tain-data');
    for (const component of ['api', 'gpu']) {
      expect(claimAt(component, '/state/gpu')).toBe('tain-runs');
      expect(claimAt(component, '/training')).toBe('training');
    }
    const claims = render(folder).filter(
      ({ kind, spec }) => kind === 'PersistentVolumeClaim' && spec.storageClassName === '',
    );
    expect(claims).toHaveLength(4);
    for (const { spec } of claims) expect(spec.accessModes).toEqual(['ReadWriteMany']);
    const volumes = render(folder).filter(({ kind }) => kind === 'PersistentVolume');
    const sourceOf = (claim: string, namespace: string): unknown => {
      const { spec } = volumes.find(
        (one) => one.spec.claimRef.name === claim && one.spec.claimRef.namespace === namespace,
      )!;
      return spec.nfs ?? spec.hostPath;
    };
    // Both claims of training are the same folder.
    expect(sourceOf('training', 'tain')).toEqual(sourceOf('training', 'tain-training'));
  });
});

describe('the classes of priority', () => {
  it('stand in their order, and training alone takes no place of others', () => {
    const classes = render('onprem').filter(({ kind }) => kind === 'PriorityClass') as (Manifest & {
      readonly value: number;
      readonly preemptionPolicy: string;
    })[];
    const ordered = classes.sort((one, other) => other.value - one.value);

    expect(ordered.map(({ metadata, preemptionPolicy }) => [metadata.name, preemptionPolicy])).toEqual([
      ['tain-realtime', 'PreemptLowerPriority'],
      ['tain-on-demand', 'PreemptLowerPriority'],
      ['tain-batch', 'PreemptLowerPriority'],
      ['tain-gpu-training', 'Never'],
    ]);
    expect(new Set(ordered.map(({ value }) => value)).size).toBe(4);
  });
});

describe.each(OVERLAYS)('the settings of %s', (folder) => {
  /** Secrets of the installer: keys of the ones that manifests ask for. */
  const SECRETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'tain-database': { DATABASE_URL: 'postgresql://tain@10.0.20.7/tain' },
    'tain-api': { TAIN_JWT_SECRET: 'x'.repeat(32) },
    'tain-alerts': { TAIN_ALERT_URL: 'https://alerts.test', TAIN_ALERT_SECRET: 'y'.repeat(16) },
  };
  const dataOf = (name: string): Readonly<Record<string, string>> =>
    render(folder).find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)!.data!;
  const environmentOf = ({ env = [], envFrom = [] }: V1Container): Record<string, string> =>
    Object.assign(
      {},
      ...envFrom.map(({ configMapRef, secretRef }) =>
        configMapRef ? dataOf(configMapRef.name!) : SECRETS[secretRef!.name!]!,
      ),
      ...env.map(({ name, value, valueFrom }) => {
        const secret = valueFrom?.secretKeyRef;
        return { [name]: value ?? (secret ? SECRETS[secret.name!]![secret.key]! : 'of the pod') };
      }),
    ) as Record<string, string>;
  /** What a script cannot do without, by its own words. */
  const neededBy = (script: string): (keyof typeof SETTINGS.shape)[] => {
    const [, list = ''] =
      /loadConfig\(\[([^\]]*)\]\)/.exec(readFileSync(path.join(ROOT_DIR, script), 'utf8')) ?? [];
    return [...list.matchAll(/'(\w+)'/g)].map(([, name]) => name as keyof typeof SETTINGS.shape);
  };

  it('are settings that there are, with values that they take, and all that a role needs', () => {
    for (const one of workloadsOf(folder))
      for (const container of containersOf(one.spec)) {
        const environment = environmentOf(container);
        const unknown = Object.keys(environment).filter(
          (name) => !Object.hasOwn(SETTINGS.shape, name) && !name.startsWith('NVIDIA_'),
        );
        expect([nameOf(one.object), container.name, unknown]).toEqual([
          nameOf(one.object),
          container.name,
          [],
        ]);
        const script = container.command![1]!;
        const needed = neededBy(script === 'cli/main.ts' ? 'cli/commands/migrate.ts' : script);
        expect(needed).not.toEqual([]);
        expect(() => parseConfig(environment, needed)).not.toThrow();
      }
  });

  it('lead to folders and files that are mounted there', () => {
    for (const one of workloadsOf(folder).filter(
      (workload) => componentOf(workload) !== 'resource-monitor',
    )) {
      const { TAIN_STATE_DIR, TAIN_FEEDS_FILE } = environmentOf(main(one));
      const places = main(one).volumeMounts!.map(({ mountPath }) => mountPath);
      expect(places).toContain(TAIN_STATE_DIR);
      expect(places).toContain(path.dirname(TAIN_FEEDS_FILE!));
    }
  });

  const dirs: string[] = [];
  afterAll(async () => {
    for (const dir of dirs) await rm(dir, { recursive: true, force: true });
  });
  async function writeFiles(): Promise<(name: string) => string> {
    const dir = await mkdtemp(path.join(tmpdir(), 'tain-overlay-'));
    dirs.push(dir);
    const files = render(folder).find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('tain-files'),
    )!.data!;
    for (const [name, text] of Object.entries(files)) await writeFile(path.join(dir, name), text);
    return (name) => path.join(dir, name);
  }

  it('name files that Tain takes', async () => {
    const at = await writeFiles();

    await expect(loadFeeds(at('feeds.json'))).resolves.toBeInstanceOf(Array);
    await expect(loadTargets(at('outbound.json'))).resolves.toHaveLength(1);
    await expect(loadDaySettings(at('days.json'), new Set(['US']))).resolves.toMatchObject({ cut: 18 * 60 });
    await expect(loadGpuInventory(at('gpu.json'), true)).resolves.toBeDefined();
    const { template } = await loadClusterConfig(at('kubernetes.json'));
    expect(template).toMatchObject({ namespace: 'tain-training', priorityClass: 'tain-gpu-training' });
    expect(template.tolerations).toContainEqual(expect.objectContaining({ key: 'nvidia.com/gpu' }));
  });

  it('leave room for every feed and one more when a realtime worker is gone', async () => {
    const at = await writeFiles();
    const [feeds, targets] = [await loadFeeds(at('feeds.json')), await loadTargets(at('outbound.json'))];
    const senders = targets.filter(({ parts }) => (parts as readonly number[]).includes(43)).length;
    const realtime = workloadsOf(folder).find((one) => componentOf(one) === 'realtime')!;
    const scaler = render(folder).find(
      ({ kind, metadata }) => kind === 'HorizontalPodAutoscaler' && metadata.name === 'tain-realtime',
    );
    const least = Math.max(1, Number(scaler?.spec.minReplicas ?? 1) - 1);
    const slots = Number(environmentOf(main(realtime))['TAIN_REALTIME_SLOTS']);

    // A reader each, a sender each, the governor, and the one more.
    expect(least * slots).toBeGreaterThanOrEqual(feeds.length + senders + 1 + 1);
  });
});

describe.each(['onprem', 'ncp'])('room on %s', (folder) => {
  const amountOf = (text: string): number => {
    const [, digits, unit = ''] = /^(\d+)(\D*)$/.exec(text)!;
    return Number(digits) * ({ '': 1, m: 0.001, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 }[unit] ?? Number.NaN);
  };
  const mostOf = (name: string): number => {
    const scaler = render(folder).find(
      ({ kind, spec }) => kind === 'HorizontalPodAutoscaler' && spec.scaleTargetRef.name === name,
    );
    const own = render(folder).find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name)!;
    // One more while they are replaced.
    return Number(scaler?.spec.maxReplicas ?? own.spec.replicas) + 1;
  };

  it.each(['tain-realtime', 'tain-on-demand', 'tain-batch'])(
    'of class %s is enough for all its workers',
    (name) => {
      const quota = render(folder).find(
        ({ kind, metadata, spec }) =>
          kind === 'ResourceQuota' &&
          metadata.namespace === 'tain' &&
          spec.scopeSelector.matchExpressions[0]!.values.includes(name),
      )!;
      const asked: Record<string, number> = {
        pods: 0,
        'requests.cpu': 0,
        'requests.memory': 0,
        'limits.memory': 0,
      };
      for (const { object, spec } of workloadsOf(folder).filter(
        (one) => one.spec.priorityClassName === name,
      )) {
        if (object.kind !== 'Deployment') continue;
        const pods = mostOf(object.metadata.name);
        const { requests, limits } = spec.containers[0]!.resources!;
        asked['pods']! += pods;
        asked['requests.cpu']! += pods * amountOf(requests!['cpu']!);
        asked['requests.memory']! += pods * amountOf(requests!['memory']!);
        asked['limits.memory']! += pods * amountOf(limits!['memory']!);
      }
      expect(asked['pods']).toBeGreaterThan(0);
      for (const [what, amount] of Object.entries(asked))
        expect(amount).toBeLessThanOrEqual(amountOf(quota.spec.hard[what]!));
    },
  );

  it('is found by what waits: every figure that workers are scaled by is one that the API tells', () => {
    const nothing = (() => Promise.resolve([])) as never;
    const registry = registerMetrics(
      { addHook: () => undefined } as unknown as FastifyInstance,
      nothing,
      nothing,
    );
    const told = registry.getMetricsAsArray().map(({ name }) => name);
    const adapter = readFileSync(path.join(ROOT_DIR, 'infra/prometheus/adapter-values.yaml'), 'utf8');
    const asked = render(folder)
      .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
      .flatMap(({ spec }) => spec.metrics)
      .map(({ external }) => external.metric.name);

    expect(new Set(asked).size).toBe(3);
    for (const name of asked) {
      expect(told).toContain(name);
      expect(adapter).toContain(`seriesQuery: ${name}\n`);
    }
  });
});

it('realtime workers are spread over nodes and zones, stay when nodes are emptied, and may take nodes with GPUs', () => {
  const objects = render('onprem');
  const { spec } = workloadsOf('onprem').find((one) => componentOf(one) === 'realtime')!;
  const budget = objects.find(
    ({ kind, metadata }) => kind === 'PodDisruptionBudget' && metadata.name === 'tain-realtime',
  )!;

  expect(spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution).toHaveLength(1);
  expect(spec.topologySpreadConstraints).toHaveLength(1);
  expect(budget.spec).toMatchObject({ maxUnavailable: 1 });
  expect(spec.tolerations).toEqual([{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]);
  expect(spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution).toBeUndefined();
});

it.each(OVERLAYS)('on %s no other role but monitors and realtime may run on nodes with GPUs', (folder) => {
  const tolerant = workloadsOf(folder).filter(({ spec }) => (spec.tolerations ?? []).length > 0);

  expect(tolerant.map(componentOf).sort()).toEqual(['realtime', 'resource-monitor']);
});
