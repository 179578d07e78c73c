/**
 * A run as a Job of Kubernetes (batch/v1): one pod, no retries. Objects are built from typed values; nothing is put
 * into text. Pods are as the pod security standard "restricted" wants them, with requests that are their limits (QoS
 * Guaranteed).
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { V1Job, V1Toleration, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { TainError } from '../../contracts/errors.ts';
import { PROGRAM_VARIABLES } from '../../contracts/job-run.ts';
import type { JobLaunch } from './executor.ts';
import { MAIN_CONTAINER, POD_FINALIZER, RUN_LABEL } from './job-pod.ts';

/** A folder that pods have at the same place as this machine has it. */
export type ClusterVolume = {
  readonly path: string;
  /** Of jobs, which see only what is theirs of it; or of data that all of them read. */
  readonly use: 'training' | 'data';
  readonly source:
    { readonly claim: string } | { readonly nfs: { readonly server: string; readonly path: string } };
};

/** What all runs of a cluster have in common (docs/kubernetes.md). */
export type ClusterTemplate = {
  readonly namespace: string;
  readonly image: string;
  /** The extended resource that a GPU is. */
  readonly gpuResource: string;
  /** Between the notice (SIGTERM) and SIGKILL, in seconds, unless whoever stops a run gives it less. */
  readonly graceSeconds: number;
  readonly user: number;
  readonly group: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly ClusterVolume[];
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly V1Toleration[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly imagePullSecrets: readonly string[];
  readonly priorityClass?: string | undefined;
  readonly serviceAccount?: string | undefined;
};

/** Whose objects they are, and of which instance of Tain. */
const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const INSTANCE_LABEL = 'tain.dev/instance';
/** Tells one launch from another under the same name. */
export const LAUNCH_ANNOTATION = 'tain.dev/launch';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Names the instance of Tain whose runs lie in a folder. */
export const instanceOf = (directory: string): string => hash(directory).slice(0, 12);

/** The name of a run's Job: the same for each call, another one for any other run, instance, namespace or cluster. */
export const jobNameOf = (name: string, directory: string): string =>
  `${name.slice(0, 46)}-${hash(`${directory}\n${name}`).slice(0, 16)}`;

/** Equal where the same is run with the same. */
export const launchHash = ({ command, config, workDir, devices }: JobLaunch): string =>
  hash(JSON.stringify([command, config, workDir, devices])).slice(0, 32);

/**
 * The Job of a run, suspended: it starts when it is known to be the one that counts.
 * @param directory of the executor
 * @throws TainError job.cluster-refused for what a cluster cannot be asked for, job.path-invalid
 */
export function jobManifest(launch: JobLaunch, directory: string, template: ClusterTemplate): V1Job {
  const name = jobNameOf(launch.name, directory);
  const labels = {
    [MANAGED_BY]: 'tain',
    [INSTANCE_LABEL]: instanceOf(directory),
    [RUN_LABEL]: name,
  };
  const { priorityClass, serviceAccount, user, group } = template;
  const mounts = mountsOf(launch, template.volumes);
  const resources = resourcesOf(launch, template.gpuResource);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...{ name, namespace: template.namespace, labels },
      annotations: { [LAUNCH_ANNOTATION]: launchHash(launch) },
    },
    spec: {
      ...{ suspend: true, completions: 1, parallelism: 1, backoffLimit: 0, podReplacementPolicy: 'Failed' },
      template: {
        metadata: { labels, annotations: { ...template.annotations }, finalizers: [POD_FINALIZER] },
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: template.graceSeconds,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          nodeSelector: { ...template.nodeSelector },
          tolerations: [...template.tolerations],
          imagePullSecrets: template.imagePullSecrets.map((secret) => ({ name: secret })),
          ...(priorityClass !== undefined && { priorityClassName: priorityClass }),
          ...(serviceAccount !== undefined && { serviceAccountName: serviceAccount }),
          securityContext: {
            ...{ runAsNonRoot: true, runAsUser: user, runAsGroup: group },
            seccompProfile: { type: 'RuntimeDefault' },
          },
          volumes: [...mounts.volumes, { name: 'tmp', emptyDir: {} }],
          containers: [
            {
              name: MAIN_CONTAINER,
              image: template.image,
              command: launch.command.map(literal),
              workingDir: launch.workDir,
              env: environmentOf(launch, name, template),
              resources: { limits: resources, requests: resources },
              volumeMounts: [...mounts.mounts, { name: 'tmp', mountPath: '/tmp' }],
              securityContext: {
                ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
                capabilities: { drop: ['ALL'] },
              },
            },
          ],
        },
      },
    },
  };
}

/** Devices are named by the node's own plugin, not by us: it knows which of its cards it gave. */
function environmentOf(launch: JobLaunch, run: string, { environment }: ClusterTemplate) {
  const all = {
    ...environment,
    [PROGRAM_VARIABLES.job]: launch.name,
    [PROGRAM_VARIABLES.run]: run,
    [PROGRAM_VARIABLES.config]: launch.config,
    [PROGRAM_VARIABLES.workDir]: launch.workDir,
  };
  return Object.entries(all).map(([name, value]) => ({ name, value: literal(value) }));
}

/** A kubelet puts variables in for "$(NAME)" in commands and values; "$$" is one "$" to it. */
const literal = (text: string): string => text.replaceAll('$', '$$$$');

/** A controller that takes a quantity as it is can fall over one that is none: only whole numbers get there. */
function resourcesOf({ name, devices, limits }: JobLaunch, gpuResource: string): Record<string, string> {
  const refuse = (reason: string): never => {
    throw new TainError('job.cluster-refused', { name, reason });
  };
  const whole = (what: string, value: number): number =>
    Number.isSafeInteger(value) && value > 0 ? value : refuse(`${what} is ${value}, no whole number above 0`);
  const instance = devices.find((device) => device.startsWith('MIG-'));
  if (instance !== undefined)
    refuse(`${instance} is a MIG instance, and whole cards alone can be asked of this cluster`);
  return {
    cpu: `${whole('cpuMillis', limits.cpuMillis)}m`,
    memory: `${whole('memoryBytes', limits.memoryBytes)}`,
    ...(devices.length > 0 && { [gpuResource]: `${devices.length}` }),
  };
}

/** Of folders for training, the working folder and (to be read) the configuration alone; data as a whole, to be read. */
function mountsOf(
  { config, workDir }: JobLaunch,
  all: readonly ClusterVolume[],
): { readonly volumes: V1Volume[]; readonly mounts: V1VolumeMount[] } {
  const roots = all.filter(({ use }) => use === 'training');
  const place = (field: string, location: string): V1VolumeMount => {
    const root = roots.find((one) => location.startsWith(`${one.path}/`));
    if (!root) {
      const limit = roots.map((one) => one.path).join(', ');
      throw new TainError('job.path-invalid', { field, value: location, rule: 'outside', limit });
    }
    const subPath = path.posix.relative(root.path, location);
    return { name: nameOf(root), mountPath: location, subPath };
  };
  const nameOf = (volume: ClusterVolume): string => `volume-${all.indexOf(volume)}`;
  const data = all.filter(({ use }) => use === 'data');
  const mounts = [
    place('workdir', workDir),
    { ...place('config', config), readOnly: true },
    ...data.map((one) => ({ name: nameOf(one), mountPath: one.path, readOnly: true })),
  ];
  const used = all.filter((one) => mounts.some(({ name }) => name === nameOf(one)));
  const volumes = used.map((one): V1Volume => {
    const { source, use } = one;
    const readOnly = use === 'data';
    return 'claim' in source
      ? { name: nameOf(one), persistentVolumeClaim: { claimName: source.claim, readOnly } }
      : { name: nameOf(one), nfs: { ...source.nfs, readOnly } };
  });
  return { volumes, mounts };
}
