/**
 * What a cluster has for training: of each node, what it can allocate less what pods of others ask for, and whether runs may
 * start there. Rules of the scheduler are Kubernetes' own (component-helpers, resource.PodRequests; TaintToleration, NodeAffinity).
 */
import { cutText } from '../../contracts/cut-text.ts';
import { MODEL_NAME } from '../../contracts/gpu.ts';
import { layOut, migResource, profileOf, whyLeftOut } from './mig-resources.ts';
import type { MigInstance } from './model.ts';
import { countDown, countUp, MEBI, MILLI, ONE, parseQuantity } from './quantity.ts';

type Quantities = Readonly<Record<string, string>>;
type Metadata = {
  readonly uid?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly resourceVersion?: string;
  readonly labels?: Readonly<Record<string, string>>;
};
type Taint = { readonly key: string; readonly value?: string; readonly effect: string };

/** Of a Node of Kubernetes, what is read of it. */
export type RawNode = {
  readonly metadata?: Metadata;
  readonly spec?: { readonly unschedulable?: boolean; readonly taints?: readonly Taint[] };
  readonly status?: {
    readonly capacity?: Quantities;
    readonly allocatable?: Quantities;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
    }[];
  };
};

type RawContainer = {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
};

/** Of a Pod of Kubernetes, what is read of it. */
export type RawPod = {
  readonly metadata?: Metadata;
  readonly spec?: {
    readonly nodeName?: string;
    readonly overhead?: Quantities;
    readonly resources?: { readonly requests?: Quantities };
    readonly containers: readonly RawContainer[];
    readonly initContainers?: readonly RawContainer[];
  };
  readonly status?: { readonly phase?: string; readonly nominatedNodeName?: string };
};

/** What runs ask of a node, whatever job they are of. */
export type RunNeeds = {
  /** The extended resource that a GPU is. */
  readonly gpuResource: string;
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly tolerations: readonly {
    readonly key?: string;
    readonly operator?: string;
    readonly value?: string;
    readonly effect?: string;
    readonly tolerationSeconds?: number;
  }[];
  /** What models are called here, by the node's label. */
  readonly models: Readonly<Record<string, string>>;
  /** Namespace and label of pods that are runs of this instance, and their container whose limits are what their job holds. */
  readonly own: {
    readonly namespace: string;
    readonly label: string;
    readonly value: string;
    readonly container: string;
  };
};

/** What is kept of a node: names, counts, and nothing that changes with each of its heartbeats. */
export type NodeFacts = {
  readonly uid: string;
  readonly version: string;
  readonly node: string;
  readonly model: string;
  /** As the card's own label says; null: there is none. */
  readonly modelMemoryGb: number | null;
  readonly cpuMillis: number;
  readonly memoryMib: number;
  /** Cards that the node has, and that it gives out. */
  readonly cards: number;
  readonly givenCards: number;
  /** Cards that it has by its label, whole or cut; null: not known. */
  readonly countedCards: number | null;
  /** MIG instances that it has, and that it gives out, by profile. */
  readonly instances: Readonly<Record<string, { readonly all: number; readonly given: number }>>;
  /** None at all is what a node with cards says until its device plugin is there. */
  readonly hasCards: boolean;
  /** It is none that runs are for. */
  readonly isOther: boolean;
  /** Why no run may start there; null: it may. */
  readonly withheld: string | null;
};

/** What is kept of a pod: on which node it takes what of what others have. */
export type PodFacts = {
  readonly uid: string;
  readonly version: string;
  /** Null: it takes nothing of any. */
  readonly node: string | null;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly cards: number;
  /** MIG instances by profile. */
  readonly instances: Readonly<Record<string, number>>;
  /** What of it cannot be read; null: nothing. */
  readonly problem: string | null;
};

/** A node as the planner may use it. */
export type ClusterNode = {
  readonly node: string;
  readonly model: string;
  readonly modelMemoryGb: number | null;
  readonly cpuMillis: number;
  readonly memoryMib: number;
  /** Places for cards: which of them a pod gets its node alone knows. */
  readonly cards: number;
  /** Of these, so many can be held by runs of ours, and so many are ill by what their node says. */
  readonly usableCards: number;
  readonly illCards: number;
  /** Of cards that are cut by MIG, behind those, what each is cut into. */
  readonly cutCards: readonly (readonly MigInstance[])[];
  /** The same of instances as of cards, by profile. */
  readonly instances: Readonly<Record<string, { readonly usable: number; readonly ill: number }>>;
  readonly withheld: string | null;
  /** Why instances that it has are not among them; null: all are. */
  readonly ignored: string | null;
};

export type CapacityChange = {
  /** Nodes that are new or changed, as they are now. */
  readonly nodes: readonly ClusterNode[];
  /** Names of those that are there no more, or not for runs; 'others': all that are not named. */
  readonly gone: readonly string[] | 'others';
};

/** The planner keeps cards of a node as bits of an integer. */
export const MOST_CARDS = 30;
/** Of thousandths of processors, MiB, GB: the books have integers of four bytes. */
const MOST = 2 ** 31 - 1;
/** More instances are on no so many cards; the books count no further. */
const MOST_INSTANCES = MOST_CARDS * 8;
/** Of words of the cluster, so many characters. */
const MOST_WORDS = 500;
const PRODUCT = 'nvidia.com/gpu.product';
const PRODUCT_MEMORY = 'nvidia.com/gpu.memory';
/** What GPU feature discovery counts, and its labels of how many cards it is, and as how many each of them is given out. */
const COUNTED = 'nvidia.com/gpu';
const [COUNT, REPLICAS] = [`${COUNTED}.count`, `${COUNTED}.replicas`] as const;
/** Of cards whose node does not say what they are. */
const UNNAMED = 'GPU';
const ENDED = ['Succeeded', 'Failed'];
const RESOURCES = ['cpu', 'memory'] as const;

/** Trims a node. A quantity that is none withholds it, and says which field has it. */
export function readNode({ metadata = {}, spec = {}, status = {} }: RawNode, needs: RunNeeds): NodeFacts {
  const labels = metadata.labels ?? {};
  const problems: string[] = [];
  const read = (field: 'capacity' | 'allocatable', resource: string): bigint => {
    const text = status[field]?.[resource] ?? '0';
    const value = parseQuantity(text);
    if (value === null) problems.push(`status.${field}.${resource} is "${text}", no quantity`);
    return value ?? 0n;
  };
  const facts = {
    cpuMillis: Math.min(MOST, countDown(read('allocatable', 'cpu'), MILLI)),
    memoryMib: Math.min(MOST, countDown(read('allocatable', 'memory'), MEBI)),
    givenCards: countDown(read('allocatable', needs.gpuResource), ONE),
    cards: countDown(read('capacity', needs.gpuResource), ONE),
  };
  const parts = profilesIn([status.capacity, status.allocatable], needs.gpuResource).map((profile) => {
    const resource = migResource(needs.gpuResource, profile);
    const given = countDown(read('allocatable', resource), ONE);
    return [profile, { all: Math.max(given, countDown(read('capacity', resource), ONE)), given }] as const;
  });
  const memoryMib = parseQuantity(labels[PRODUCT_MEMORY] ?? '');
  const memoryGb = memoryMib ? Math.round(countDown(memoryMib, ONE) / 1024) : null;
  return {
    ...{ uid: metadata.uid ?? '', version: metadata.resourceVersion ?? '', node: metadata.name ?? '' },
    model: modelOf(labels[PRODUCT], needs.models),
    modelMemoryGb: memoryGb === null ? null : Math.min(MOST, Math.max(1, memoryGb)),
    ...{ ...facts, instances: Object.fromEntries(parts) },
    countedCards: needs.gpuResource === COUNTED ? countOf(labels) : null,
    hasCards:
      parts.length > 0 ||
      [status.capacity, status.allocatable].some((all) => all?.[needs.gpuResource] !== undefined),
    isOther: Object.entries(needs.nodeSelector).some(([label, value]) => labels[label] !== value),
    withheld: problems[0] ?? whyWithheld(spec, status, needs.tolerations),
  };
}

/** Profiles of MIG that quantities are of, each once, in the same order whoever says them. What cards are counted by is none. */
const profilesIn = (all: readonly (Quantities | undefined)[], gpuResource: string): string[] =>
  [
    ...new Set(
      all.flatMap((one) =>
        Object.keys(one ?? {}).flatMap((resource) =>
          resource === gpuResource ? [] : (profileOf(gpuResource, resource) ?? []),
        ),
      ),
    ),
  ].sort();

/** Of cards that are given out several times each, or under another name, it is not known how many are whole. */
function countOf({
  [COUNT]: count = '',
  [REPLICAS]: replicas = '',
}: NonNullable<Metadata['labels']>): number | null {
  return /^\d{1,2}$/.test(count) && /^[01]?$/.test(replicas) ? Number(count) : null;
}

/** A label has at most 63 characters, which names of models may have, too; what is no label of Kubernetes is no name either. */
function modelOf(product: string | undefined, models: RunNeeds['models']): string {
  if (product !== undefined && Object.hasOwn(models, product)) return models[product]!;
  const name = product?.replaceAll('_', '-') ?? '';
  return MODEL_NAME.test(name) ? name : UNNAMED;
}

/** As the books can keep it and a line can show it: reasons of conditions and names are the cluster's, and may be anything. */
const wordsOf = (text: string): string => cutText(text.replaceAll(/\p{Cc}+/gu, ' '), MOST_WORDS);

/** The strongest reason alone: what follows of it (a node that is down is tainted) would only come and go beside it. */
function whyWithheld(
  { unschedulable, taints = [] }: NonNullable<RawNode['spec']>,
  { conditions = [] }: NonNullable<RawNode['status']>,
  tolerations: RunNeeds['tolerations'],
): string | null {
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True') return `it is not Ready${ready?.reason ? ` (${ready.reason})` : ''}`;
  if (unschedulable) return 'it is cordoned';
  const against = taints.filter(
    (taint) => taint.effect !== 'PreferNoSchedule' && !tolerations.some((one) => isTolerated(taint, one)),
  );
  if (against.length === 0) return null;
  const words = against.map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`);
  return `it is tainted ${words.sort().join(', ')}`;
}

/** For good: a run that is thrown out in a while is none to start. */
function isTolerated(
  taint: Taint,
  { key, operator = 'Equal', value = '', effect, tolerationSeconds }: RunNeeds['tolerations'][number],
): boolean {
  if (effect && effect !== taint.effect) return false;
  if (taint.effect === 'NoExecute' && tolerationSeconds !== undefined) return false;
  if (!key) return operator === 'Exists';
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
}

/**
 * Trims a pod. Of a run of this instance its job holds what its program is limited to: only what all of its containers ask for
 * beyond that counts. One that waits for others to make way counts where its room is made.
 */
export function readPod({ metadata = {}, spec, status = {} }: RawPod, needs: RunNeeds): PodFacts {
  const { own, gpuResource } = needs;
  const id = { uid: metadata.uid ?? '', version: metadata.resourceVersion ?? '' };
  const node = spec?.nodeName ?? status.nominatedNodeName ?? '';
  const nothing = { node: null, cpuMillis: 0, memoryBytes: 0, cards: 0, instances: {}, problem: null };
  if (!spec || node === '' || ENDED.includes(status.phase ?? '')) return { ...id, ...nothing };
  const isOwn = metadata.namespace === own.namespace && metadata.labels?.[own.label] === own.value;
  const problems: string[] = [];
  const read =
    (resource: string) =>
    (requests: Quantities | undefined): bigint => {
      const text = requests?.[resource];
      if (text === undefined) return 0n;
      const value = parseQuantity(text);
      if (value === null)
        problems.push(
          `the pod ${metadata.namespace}/${metadata.name} asks for ${resource} "${text}", no quantity`,
        );
      return value ?? 0n;
    };
  const asked = (resource: string): bigint => {
    const all = requestOf(spec, resource, read(resource));
    if (!isOwn) return all;
    const main = spec.containers.find(({ name }) => name === own.container);
    const held = read(resource)(main?.resources?.limits);
    return all > held ? all - held : 0n;
  };
  const [cpu, memory] = RESOURCES.map(asked) as [bigint, bigint];
  const { containers, initContainers = [] } = spec;
  const requests = [...containers, ...initContainers].map(({ resources }) => resources?.requests);
  const parts = profilesIn(requests, gpuResource)
    .map((profile) => [profile, countUp(asked(migResource(gpuResource, profile)), ONE)] as const)
    .filter(([, count]) => count > 0);
  const facts = {
    ...{ cpuMillis: countUp(cpu, MILLI), memoryBytes: countUp(memory, ONE) },
    ...{ cards: countUp(asked(gpuResource), ONE), instances: Object.fromEntries(parts) },
    problem: problems[0] ?? null,
  };
  const isNothing =
    facts.cpuMillis + facts.memoryBytes + facts.cards + parts.length === 0 && facts.problem === null;
  return { ...id, ...(isNothing ? nothing : { ...facts, node }) };
}

/** What the scheduler keeps for a pod: its containers and sidecars together, or the most that one of its inits needs, if that is more. */
function requestOf(
  { containers, initContainers = [], overhead, resources }: NonNullable<RawPod['spec']>,
  resource: string,
  read: (requests: Quantities | undefined) => bigint,
): bigint {
  let sidecars = 0n;
  let most = 0n;
  for (const { restartPolicy, resources: own } of initContainers) {
    const asked = read(own?.requests);
    if (restartPolicy === 'Always') sidecars += asked;
    const needed = restartPolicy === 'Always' ? sidecars : sidecars + asked;
    if (needed > most) most = needed;
  }
  const together = containers.reduce((sum, { resources: own }) => sum + read(own?.requests), sidecars);
  // Resources of the pod as a whole stand for those of its containers.
  const isOfPod = (RESOURCES as readonly string[]).includes(resource) && resources?.requests?.[resource];
  const asked = isOfPod ? read(resources?.requests) : together > most ? together : most;
  return asked + read(overhead);
}

/**
 * What the planner may use of a node.
 * @param pods that take something of it
 * @returns null: it has no cards, or is none that runs are for
 */
export function capacityOf(
  { isOther, hasCards, withheld, givenCards, instances, ...node }: NodeFacts,
  pods: Iterable<PodFacts>,
): ClusterNode | null {
  const all = Math.max(node.cards, givenCards);
  if (isOther || !hasCards) return null;
  let [cpuMillis, bytes, taken] = [0, 0, 0];
  const takenParts = new Map<string, number>();
  let problem: string | null = null;
  for (const pod of pods) {
    cpuMillis += pod.cpuMillis;
    bytes += pod.memoryBytes;
    taken += pod.cards;
    for (const [profile, count] of Object.entries(pod.instances))
      takenParts.set(profile, (takenParts.get(profile) ?? 0) + count);
    problem ??= pod.problem;
  }
  const cards = Math.min(all, MOST_CARDS);
  const parts = Object.entries(instances);
  const counts = new Map(parts.map(([profile, one]) => [profile, one.all]));
  const cut = layOut(node.model, counts, MOST_CARDS - cards, (node.countedCards ?? 0) - all);
  const places = cards + (cut?.length ?? 0);
  const ignored = whyLeftOut(node.model, counts, cut, MOST_CARDS - cards);
  const why = withheld ?? problem ?? (places === 0 ? (ignored ?? 'it gives out no cards') : null);
  return {
    ...{ node: node.node, model: node.model, modelMemoryGb: node.modelMemoryGb },
    cpuMillis: Math.max(0, node.cpuMillis - cpuMillis),
    memoryMib: Math.max(0, node.memoryMib - Math.ceil(bytes / 1024 ** 2)),
    cards,
    usableCards: Math.min(cards, Math.max(0, givenCards - taken)),
    illCards: Math.min(cards, all - givenCards),
    cutCards: cut ?? [],
    instances: Object.fromEntries(
      parts.map(([profile, one]) => {
        const usable = Math.max(0, one.given - (takenParts.get(profile) ?? 0));
        const ill = one.all - one.given;
        return [profile, { usable: Math.min(MOST_INSTANCES, usable), ill: Math.min(MOST_INSTANCES, ill) }];
      }),
    ),
    withheld: why === null ? null : wordsOf(why),
    ignored: ignored === null ? null : wordsOf(ignored),
  };
}
