/** The cluster file (TAIN_KUBERNETES_FILE): where training runs, with what image, and which folders its pods see. */
import path from 'node:path';
import { z } from 'zod';
import { MODEL_NAME } from '../contracts/gpu.ts';
import { countUp, MILLI, ONE, parseQuantity } from '../domain/gpu/quantity.ts';
import { readImageName } from '../domain/gpu-jobs/image-name.ts';
import type { Executor } from './executors/executor.ts';
import type { ClusterTemplate } from './executors/run-manifest.ts';
import { createRunImage, readAccess, type RunImage } from './image-registry/run-image.ts';
import { readSettings } from './settings-file.ts';

const CLUSTER_FILE_ERRORS = {
  invalid: 'kubernetes-file.invalid',
  unreadable: 'kubernetes-file.unreadable',
} as const;

/** RFC 1123, as names of most objects are. */
const object = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'is no name of an object: a-z, 0-9 and "-"');
const label = z
  .string()
  .regex(/^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/, 'is no value of a label');
const key = z
  .string()
  .regex(
    /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/,
    'is no name like example.com/name',
  );
const folder = z
  .string()
  .refine(
    (text) => path.posix.isAbsolute(text) && path.posix.normalize(text) === text && !text.endsWith('/'),
    {
      message: 'is no absolute path without ".", ".." and a "/" at its end',
    },
  );
const id = z
  .int()
  .min(1)
  .max(2 ** 31 - 1);

const quantity = (unit: bigint) =>
  z
    .string()
    .refine((text) => parseQuantity(text) !== null, 'is no quantity like 100m or 128Mi')
    .transform((text) => countUp(parseQuantity(text) ?? 0n, unit));

const Volume = z
  .strictObject({
    path: folder,
    use: z.enum(['training', 'data']).default('training'),
    claim: object.optional(),
    nfs: z.strictObject({ server: z.string().min(1).max(253), path: folder }).optional(),
  })
  .refine(({ claim, nfs }) => (claim === undefined) !== (nfs === undefined), {
    message: 'has to name either a claim or an NFS export',
  });

const Toleration = z.strictObject({
  key: key.optional(),
  operator: z.enum(['Exists', 'Equal']).optional(),
  value: label.optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
  tolerationSeconds: z.int().min(0).optional(),
});

/** Of the image. */
const Registry = z.strictObject({
  ask: z.boolean().default(true),
  caFile: z.string().min(1).max(4096).optional(),
  credentialsFile: z.string().min(1).max(4096).optional(),
  insecure: z.boolean().default(false),
});

const ClusterFile = z
  .strictObject({
    executor: z.enum(['kubernetes-job', 'argo']),
    namespace: object,
    // A tag of "latest" is another program tomorrow, under the same name.
    image: z
      .string()
      .max(1000)
      .regex(
        /^[a-z0-9][a-z0-9.:/_-]*(:(?!latest$|latest@)[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$/,
        'is no image with a tag (other than latest) or a digest',
      )
      .refine((text) => readImageName(text) !== null, 'is no name of an image'),
    registry: Registry.prefault({}),
    /** Where Node and Tain are in the image. */
    node: folder.default('/usr/local/bin/node'),
    root: folder.default('/app'),
    gpuResource: key.default('nvidia.com/gpu'),
    /** What models of cards are called here, by the label that nodes have. */
    models: z.record(label, z.string().regex(MODEL_NAME, 'is no name of a model')).default({}),
    graceSeconds: z.int().min(1).max(86_400).default(600),
    user: id.default(1000),
    group: id.default(1000),
    environment: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is no name of a variable'), z.string())
      .default({}),
    volumes: z.array(Volume).min(1, 'have to be one at least'),
    nodeSelector: z.record(key, label).default({}),
    tolerations: z.array(Toleration).default([]),
    annotations: z.record(key, z.string()).default({}),
    imagePullSecrets: z.array(object).default([]),
    priorityClass: object.optional(),
    serviceAccount: object.optional(),
    executorServiceAccount: object.optional(),
    executorRequests: z
      .strictObject({ cpu: quantity(MILLI), memory: quantity(ONE) })
      .transform(({ cpu, memory }) => ({ cpuMillis: cpu, memoryBytes: memory }))
      .optional(),
  })
  .superRefine(({ executor, ...given }, context) => {
    for (const field of ['executorServiceAccount', 'executorRequests'] as const)
      if (executor !== 'argo' && given[field] !== undefined)
        context.addIssue({ code: 'custom', path: [field], message: 'is for the executor argo alone' });
  });

export type ClusterConfig = {
  readonly executor: Exclude<Executor['kind'], 'process'>;
  readonly template: ClusterTemplate;
  /** What models of cards are called here, by what nodes call them. */
  readonly models: Readonly<Record<string, string>>;
  /** Where Node and Tain are in the image. */
  readonly places: { readonly node: string; readonly root: string };
  /** Null: its registry is not asked. */
  readonly image: RunImage | null;
};

/**
 * What the file says. Files that it names lie beside it, unless their paths are absolute.
 * @throws TainError kubernetes-file.invalid, naming the file, the place in it and what is wrong; kubernetes-file.unreadable
 */
export async function loadClusterConfig(file: string): Promise<ClusterConfig> {
  const { executor, node, root, volumes, tolerations, registry, models, ...given } = await readSettings(
    file,
    ClusterFile,
    CLUSTER_FILE_ERRORS,
  );
  return {
    ...{ executor, models },
    places: { node, root },
    image: registry.ask ? await openImage(file, given.image, registry) : null,
    template: {
      ...given,
      // Without what is not said: an undefined field would be one.
      tolerations: tolerations.map((one) => JSON.parse(JSON.stringify(one)) as object),
      volumes: volumes.map(({ path: at, use, claim, nfs }) => ({
        ...{ path: at, use },
        source: claim === undefined ? { nfs: nfs! } : { claim },
      })),
    },
  };
}

async function openImage(
  file: string,
  image: string,
  { caFile, credentialsFile, insecure }: z.output<typeof Registry>,
): Promise<RunImage> {
  const beside = (name: string | undefined): string | null =>
    name === undefined ? null : path.resolve(path.dirname(file), name);
  const settings = {
    ...{ caFile: beside(caFile), credentialsFile: beside(credentialsFile) },
    isInsecure: insecure,
  };
  // What is wrong with its files is told at the start, not by each job.
  await readAccess(readImageName(image)!.registry, settings, CLUSTER_FILE_ERRORS);
  return createRunImage(image, settings, CLUSTER_FILE_ERRORS);
}
