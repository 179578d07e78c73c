/**
 * What the pod of a run is, whatever makes it (a Job, a Workflow). Objects are built from typed values; nothing is put
 * into text. The program's container is as the pod security standard "restricted" wants it. Its requests are its limits, unless
 * something stands beside it.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type {
  V1Affinity,
  V1Container,
  V1PodSecurityContext,
  V1ResourceRequirements,
  V1Toleration,
  V1Volume,
  V1VolumeMount,
} from '@kubernetes/client-node';
import { TainError } from '../../contracts/errors.ts';
import { migResource } from '../../domain/gpu/mig-resources.ts';
import type { JobLaunch } from './executor.ts';
import { MAIN_CONTAINER, RUN_LABEL } from './job-pod.ts';
import { programVariables } from './program-variables.ts';

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
  /** The extended resource that a GPU is; instances of MIG lie beside it. */
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
  /** Argo's own containers act as it; none: as the pod does, whose token they get. */
  readonly executorServiceAccount?: string | undefined;
  /** What these containers ask for; none: what they do where Argo is installed as infra/argo says. */
  readonly executorRequests?: ExecutorRequests | undefined;
};

/** Of a container that stands beside the program. */
export type ExecutorRequests = { readonly cpuMillis: number; readonly memoryBytes: number };

/** Whose objects they are, and of which instance of Tain. */
const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const INSTANCE_LABEL = 'tain.dev/instance';
/** Tells one launch from another under the same name. */
export const LAUNCH_ANNOTATION = 'tain.dev/launch';
/** The image as people have it: what runs may be pinned to its digest. */
const IMAGE_ANNOTATION = 'tain.dev/image';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Names the instance of Tain whose runs lie in a folder. */
export const instanceOf = (directory: string): string => hash(directory).slice(0, 12);

/**
 * The name of a run's object: the same for each call, another one for any other run, instance, namespace or cluster, as Argo's
 * controller is known to mistake pods of equal names.
 */
export const objectNameOf = (name: string, directory: string): string =>
  `${name.slice(0, 46)}-${hash(`${directory}\n${name}`).slice(0, 16)}`;

/** Equal where the same is run with the same. */
const launchHash = ({ command, config, workDir, devices, profile }: JobLaunch): string =>
  hash(
    JSON.stringify([command, config, workDir, devices, ...(profile === undefined ? [] : [profile])]),
  ).slice(0, 32);

/** How text gets through to a program as it is. */
export type Quoting = {
  /** As it is written in commands and values of variables. */
  readonly text: (text: string) => string;
  /** Variables that this needs, first of all. */
  readonly variables: Readonly<Record<string, string>>;
  /** What may be in no path, as nothing can hide it there; null: nothing. */
  readonly notInPaths: string | null;
};

export type RunManifest = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Of the object. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly volumes: V1Volume[];
  readonly securityContext: V1PodSecurityContext;
  /** The node that it was planned on, and no other; absent: any that has room. */
  readonly affinity?: V1Affinity;
  readonly container: V1Container & {
    readonly name: typeof MAIN_CONTAINER;
    readonly resources: V1ResourceRequirements;
  };
};

/**
 * What Job and Workflow of a run have in common.
 * @param directory of the executor
 * @throws TainError job.cluster-refused for what a cluster cannot be asked for, job.path-invalid
 */
export function runManifest(
  launch: JobLaunch,
  directory: string,
  template: ClusterTemplate,
  quoting: Quoting,
): RunManifest {
  const name = objectNameOf(launch.name, directory);
  const { user, group } = template;
  const { mounts, volumes } = mountsOf(launch, template.volumes);
  const { notInPaths } = quoting;
  if (notInPaths !== null && `${launch.workDir}${launch.config}`.includes(notInPaths))
    throw new TainError('job.cluster-refused', {
      name: launch.name,
      reason: `a path with "${notInPaths}" in it cannot be given to this cluster`,
    });
  const resources = resourcesOf(launch, template.gpuResource);
  return {
    name,
    labels: { [MANAGED_BY]: 'tain', [INSTANCE_LABEL]: instanceOf(directory), [RUN_LABEL]: name },
    annotations: { [LAUNCH_ANNOTATION]: launchHash(launch), [IMAGE_ANNOTATION]: template.image },
    volumes: [...volumes, { name: 'tmp', emptyDir: {} }],
    securityContext: {
      ...{ runAsNonRoot: true, runAsUser: user, runAsGroup: group },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(launch.node !== undefined && { affinity: onlyOn(launch.node) }),
    container: {
      name: MAIN_CONTAINER,
      image: launch.image ?? template.image,
      command: launch.command.map(quoting.text),
      workingDir: launch.workDir,
      env: environmentOf(launch, name, template, quoting),
      resources: { limits: resources, requests: resources },
      volumeMounts: [...mounts, { name: 'tmp', mountPath: '/tmp' }],
      securityContext: {
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
        capabilities: { drop: ['ALL'] },
      },
    },
  };
}

/** By its name, as DaemonSets do: a label of a node may be missing, or be another's. */
const onlyOn = (node: string): V1Affinity => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
    },
  },
});

/** Devices are named by the node's own plugin, not by us: it knows which of its cards it gave. */
function environmentOf(launch: JobLaunch, run: string, { environment }: ClusterTemplate, quoting: Quoting) {
  const all = { ...environment, ...programVariables(launch, run) };
  const quoted = Object.entries(all).map(([name, value]) => ({ name, value: quoting.text(value) }));
  return [...Object.entries(quoting.variables).map(([name, value]) => ({ name, value })), ...quoted];
}

/** A kubelet puts variables in for "$(NAME)" in commands and values; "$$" is one "$" to it. */
export const withoutVariables = (text: string): string => text.replaceAll('$', '$$$$');

/** A controller that takes a quantity as it is can fall over one that is none: only whole numbers get there. */
function resourcesOf(
  { name, devices, profile, limits }: JobLaunch,
  gpuResource: string,
): Record<string, string> {
  const refuse = (reason: string): never => {
    throw new TainError('job.cluster-refused', { name, reason });
  };
  const whole = (what: string, value: number): number =>
    Number.isSafeInteger(value) && value > 0 ? value : refuse(`${what} is ${value}, no whole number above 0`);
  const asked = profile === undefined ? gpuResource : migResource(gpuResource, profile);
  return {
    cpu: `${whole('cpuMillis', limits.cpuMillis)}m`,
    memory: `${whole('memoryBytes', limits.memoryBytes)}`,
    ...(devices.length > 0 && { [asked]: `${devices.length}` }),
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
