import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MODEL_NAME } from '../../../contracts/gpu.ts';
import {
  capacityOf,
  MOST_CARDS,
  readNode,
  readPod,
  type ClusterNode,
  type RawNode,
  type RawPod,
  type RunNeeds,
} from '../../../domain/gpu/cluster-capacity.ts';

const GPU = 'nvidia.com/gpu';
const NEEDS: RunNeeds = {
  ...{
    gpuResource: GPU,
    nodeSelector: { pool: 'training' },
    models: { 'NVIDIA-H100-80GB-HBM3': 'H100-80GB' },
  },
  tolerations: [{ key: GPU, operator: 'Exists', effect: 'NoSchedule' }],
  own: { namespace: 'training', label: 'tain.dev/instance', value: 'ours', container: 'main' },
};
const MEBIBYTE = 1024 ** 2;
const [SMALL, LARGE] = ['nvidia.com/mig-1g.10gb', 'nvidia.com/mig-3g.40gb'] as const;

type Spec = NonNullable<RawNode['spec']>;

const aNode = (
  change: Partial<
    Record<'room' | 'capacity' | 'labels', object> & { spec: Spec; ready: string; reason: string }
  > = {},
): RawNode => {
  const room = { cpu: '64', memory: '512Gi', [GPU]: '8' };
  return {
    metadata: {
      ...{ uid: 'u-1', name: 'node-1', resourceVersion: '7' },
      labels: {
        ...{ pool: 'training', 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' },
        ...{ 'nvidia.com/gpu.memory': '81559', ...change.labels },
      },
    },
    spec: { taints: [{ key: GPU, effect: 'NoSchedule' }], ...change.spec },
    status: {
      capacity: { ...room, ...change.room, ...change.capacity },
      allocatable: { ...room, ...change.room },
      conditions: [
        { type: 'MemoryPressure', status: 'False' },
        { type: 'Ready', status: change.ready ?? 'True', reason: change.reason ?? 'KubeletSaysSo' },
      ],
    },
  };
};

type Asked = Readonly<Partial<Record<'cpu' | 'memory' | typeof GPU | typeof SMALL, string>>>;
const container = (requests: Asked, rest: object = {}) => ({
  name: 'main',
  resources: { requests, limits: requests },
  ...rest,
});

const aPod = (
  requests: Asked,
  change: object = {},
  rest: { phase?: string; labels?: object; namespace?: string } = {},
): RawPod => ({
  metadata: {
    ...{ uid: 'p-1', namespace: rest.namespace ?? 'web', name: 'pod-1', resourceVersion: '3' },
    labels: { ...rest.labels },
  },
  spec: { nodeName: 'node-1', containers: [container(requests)], ...change },
  status: { phase: rest.phase ?? 'Running' },
});

const OURS = { namespace: 'training', labels: { 'tain.dev/instance': 'ours' } };
const told = (node: RawNode, pods: readonly RawPod[] = []): ClusterNode | null =>
  capacityOf(
    readNode(node, NEEDS),
    pods.map((pod) => readPod(pod, NEEDS)).filter(({ node: on }) => on !== null),
  );

describe('a node of a cluster', () => {
  it('has what it can allocate, under the name that its model has here', () => {
    expect(told(aNode())).toEqual({
      ...{ node: 'node-1', model: 'H100-80GB', modelMemoryGb: 80, cpuMillis: 64_000, memoryMib: 524_288 },
      ...{
        cards: 8,
        usableCards: 8,
        illCards: 0,
        cutCards: [],
        instances: {},
        withheld: null,
        ignored: null,
      },
    });
  });

  it('has MIG instances as places of cards that are cut, beside its whole ones', () => {
    const parts = { [GPU]: '2', [SMALL]: '3', [LARGE]: '1' };
    const found = told(aNode({ room: { ...parts, [SMALL]: '2' }, capacity: parts }))!;
    expect(found).toMatchObject({ cards: 2, usableCards: 2, withheld: null });
    expect(found.cutCards.map((parts) => parts.map(({ profile }) => profile).sort())).toEqual([
      ['1g.10gb', '1g.10gb', '1g.10gb', '3g.40gb'],
    ]);
    expect(found.instances).toEqual({ '1g.10gb': { usable: 2, ill: 1 }, '3g.40gb': { usable: 1, ill: 0 } });
  });

  it('that says how many cards it has, has so many that are cut as are not whole, so that what is idle of them is seen', () => {
    const room = { [GPU]: '2', 'nvidia.com/mig-2g.20gb': '2', [SMALL]: '2' };
    const cut = (labels: object, needs: Partial<RunNeeds> = {}) =>
      capacityOf(readNode(aNode({ room, labels }), { ...NEEDS, ...needs }), [])!.cutCards.length;
    const [count, replicas] = [`${GPU}.count`, `${GPU}.replicas`];
    for (const known of [{}, { [replicas]: '0' }, { [replicas]: '1' }])
      expect(cut({ [count]: '4', ...known })).toBe(2);
    // With instances of which there is none more, nothing says that a card is cut.
    expect(cut({ [count]: '8' })).toBe(4);
    for (const odd of [undefined, '2', '0', '-4', '4.5', '400', 'four', ''])
      expect(cut({ [count]: odd })).toBe(1);
    // As many as one that is shared is given out as are no cards.
    expect(cut({ [count]: '4', [replicas]: '2' })).toBe(1);
    expect(cut({ [count]: '4' }, { gpuResource: 'nvidia.com/gpu.shared' })).toBe(1);
    expect(told(aNode({ room: { ...room, [GPU]: '28' }, labels: { [count]: '40' } }))!.cutCards.length).toBe(
      2,
    );
  });

  it('that has MIG instances alone is one for runs, and says so when it is not known what its cards are cut into', () => {
    const alone = { [GPU]: undefined, [SMALL]: '7' };
    expect(told(aNode({ room: alone }))).toMatchObject({ cutCards: [{ length: 7 }], withheld: null });
    const product = { 'nvidia.com/gpu.product': 'NVIDIA-L40S' };
    expect(told(aNode({ room: { ...alone, [LARGE]: '0' }, labels: product }))).toMatchObject({
      cutCards: [],
      withheld:
        'its 7 × 1g.10gb are not given out: NVIDIA-L40S is not known to be cut into them (name its model in `models`)',
    });
  });

  it('that has whole cards gives those out, and says which MIG instances beside them it has for nothing', () => {
    const ignored = (room: object, labels = {}) => {
      const found = told(aNode({ room: { [GPU]: '2', ...room }, labels }))!;
      expect(found).toMatchObject({ cards: 2, usableCards: 2, withheld: null });
      return found.ignored;
    };
    expect(ignored({ [SMALL]: '7' }, { 'nvidia.com/gpu.product': 'NVIDIA-L40S' })).toBe(
      'its 7 × 1g.10gb are not given out: NVIDIA-L40S is not known to be cut into them (name its model in `models`)',
    );
    expect(ignored({ [SMALL]: '7', 'nvidia.com/mig-1g.5gb': '3', [LARGE]: '0' })).toBe(
      'its 3 × 1g.5gb are not given out: H100-80GB is not known to be cut into them',
    );
    expect(ignored({ [SMALL]: '300', [LARGE]: '2', 'nvidia.com/mig-1g.5gb': '3' })).toBe(
      'its 3 × 1g.5gb are not given out: H100-80GB is not known to be cut into them; ' +
        'its 300 × 1g.10gb, 2 × 3g.40gb are not given out: they do not lie on 28 cards, ' +
        'which are all that it has places for beside whole ones',
    );
    expect(ignored({ [SMALL]: '7', 'nvidia.com/mig-1g.5gb': '0' })).toBeNull();
  });

  it('counts MIG instances as cards, and once, where they are what a card is said to be', () => {
    const needs = { ...NEEDS, gpuResource: SMALL };
    const room = { [GPU]: '1', [SMALL]: '7', [LARGE]: '1' };
    const pods = [aPod({ [SMALL]: '2' })].map((pod) => readPod(pod, needs));
    expect(capacityOf(readNode(aNode({ room }), needs), pods)).toMatchObject({
      ...{ cards: 7, usableCards: 5, illCards: 0 },
      ...{ cutCards: [[{ profile: '3g.40gb' }]], instances: { '3g.40gb': { usable: 1, ill: 0 } } },
    });
    expect(pods.map(({ cards, instances }) => ({ cards, instances }))).toEqual([{ cards: 2, instances: {} }]);
  });

  it('has a model by its own label where nobody has named it, and one without a label too', () => {
    const product = { 'nvidia.com/gpu.product': 'NVIDIA_RTX-4090', 'nvidia.com/gpu.memory': '24564' };
    expect(told(aNode({ labels: product }))).toMatchObject({ model: 'NVIDIA-RTX-4090', modelMemoryGb: 24 });
    const none = { 'nvidia.com/gpu.product': undefined, 'nvidia.com/gpu.memory': undefined };
    expect(told(aNode({ labels: none }))).toMatchObject({ model: 'GPU', modelMemoryGb: null });
    for (const odd of ['_L4', '.L4', 'L4 24GB', 'L4\0', 'L'.repeat(64)])
      expect(told(aNode({ labels: { 'nvidia.com/gpu.product': odd } }))).toMatchObject({ model: 'GPU' });
  });

  it('is told as it says, and with no more than the books can hold', () => {
    const labels = { 'nvidia.com/gpu.product': 'constructor', 'nvidia.com/gpu.memory': '1e30' };
    expect(told(aNode({ labels, room: { cpu: '3M', memory: '1e30' } }))).toMatchObject({
      ...{ model: 'constructor', modelMemoryGb: 2 ** 31 - 1, cpuMillis: 2 ** 31 - 1, memoryMib: 2 ** 31 - 1 },
      withheld: null,
    });
    expect(told(aNode({ room: { [SMALL]: '5G', [LARGE]: '0' }, capacity: { [LARGE]: '5G' } }))).toMatchObject(
      {
        instances: { '1g.10gb': { usable: 240, ill: 0 }, '3g.40gb': { usable: 0, ill: 240 } },
      },
    );
  });

  it('says what the cluster says on one line that the books can keep, cut where it is long', () => {
    const withheldBy = (reason: string): string => told(aNode({ ready: 'False', reason }))!.withheld!;
    expect(withheldBy('Kubelet\0Down\r\n\u0085now')).toBe('it is not Ready (Kubelet Down now)');
    expect(withheldBy('half\ud83d')).toBe('it is not Ready (half\ufffd)');
    expect(withheldBy('long '.repeat(1000))).toHaveLength(500);
    expect(told(aNode({ spec: { taints: [{ key: 'a\0b', effect: 'NoSchedule' }] } }))!.withheld).toBe(
      'it is tainted a b:NoSchedule',
    );
    expect(told(aNode(), [aPod({ cpu: '\0' })])!.withheld).toBe(
      'the pod web/pod-1 asks for cpu " ", no quantity',
    );
  });

  it('whatever it says, is nothing that the books could not keep', () => {
    const text = fc.oneof(
      fc.constantFrom('5G', '1e30', '-1', '0', '7', '9999999999', '\0', '_', 'A_1', '.', ''),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('\0', '\ud800', '\n', '_', 'a') }),
    );
    const room = fc.dictionary(fc.constantFrom('cpu', 'memory', GPU, SMALL, LARGE), text);
    const label = fc.constantFrom('product', 'memory', 'count').map((of) => `nvidia.com/gpu.${of}`);
    const said = fc.record({
      ...{ room, capacity: room, labels: fc.dictionary(label, text), reason: text },
      ready: fc.constantFrom('True', 'False'),
    });
    const isKept = (count: number): boolean => Number.isInteger(count) && count >= 0 && count < 2 ** 31;
    fc.assert(
      fc.property(said, fc.array(room, { maxLength: 3 }), (change, pods) => {
        const found = told(
          aNode(change),
          pods.map((asked) => aPod(asked)),
        )!;
        const { cutCards, instances, ...rest } = found;
        const counts = [rest, ...Object.values(instances)].flatMap((all) => Object.values(all));
        expect(counts.filter((value) => typeof value === 'number' && !isKept(value))).toEqual([]);
        expect(found.cards + cutCards.length).toBeLessThanOrEqual(MOST_CARDS);
        expect(found.model).toMatch(MODEL_NAME);
        const words = `${found.withheld}${found.ignored}`;
        expect(words.isWellFormed() && !/\p{Cc}/u.test(words)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['it has no cards', { room: { [GPU]: undefined } }],
    ['it is none that runs are for', { labels: { pool: 'web' } }],
  ])('is none of ours when %s', (_, change) => {
    expect(told(aNode(change))).toBeNull();
  });

  it.each<[string, Parameters<typeof aNode>[0]]>([
    ['it is cordoned', { spec: { unschedulable: true } }],
    ['it is not Ready (KubeletSaysSo)', { ready: 'Unknown' }],
    [
      'it is tainted team=web:NoSchedule',
      { spec: { taints: [{ key: 'team', value: 'web', effect: 'NoSchedule' }] } },
    ],
    ['it is tainted nvidia.com/gpu:NoExecute', { spec: { taints: [{ key: GPU, effect: 'NoExecute' }] } }],
    // As until its device plugin is there again.
    ['it gives out no cards', { room: { [GPU]: '0' } }],
    ['status.allocatable.cpu is "lots", no quantity', { room: { cpu: 'lots' }, capacity: { cpu: '64' } }],
  ])('lets nothing start when %s', (reason, change) => {
    expect(told(aNode(change))).toMatchObject({ node: 'node-1', withheld: reason });
  });

  it.each<[string, Spec]>([
    ['taints that runs tolerate', { taints: [{ key: GPU, value: 'yes', effect: 'NoSchedule' }] }],
    ['a taint that only asks others to keep away', { taints: [{ key: 'x', effect: 'PreferNoSchedule' }] }],
    ['no taint', { taints: [] }],
  ])('lets runs start with %s', (_, spec) => {
    expect(told(aNode({ spec }))?.withheld).toBeNull();
  });

  it('takes tolerations as the scheduler does, and one for a while alone as none', () => {
    const taint = { key: 'team', value: 'web', effect: 'NoExecute' };
    const withheldBy = (toleration: RunNeeds['tolerations'][number]) =>
      readNode(aNode({ spec: { taints: [taint] } }), { ...NEEDS, tolerations: [toleration] }).withheld;
    expect(withheldBy({ operator: 'Exists' })).toBeNull();
    expect(withheldBy({ key: 'team', operator: 'Exists' })).toBeNull();
    expect(withheldBy({ key: 'team', value: 'web' })).toBeNull();
    for (const none of [
      { key: 'team' },
      { key: 'team', value: 'db' },
      { key: 'team', operator: 'Exists', effect: 'NoSchedule' },
      { key: 'other', operator: 'Exists' },
      { operator: 'Exists', tolerationSeconds: 300 },
    ])
      expect(withheldBy(none)).toBe('it is tainted team=web:NoExecute');
  });

  it('knows cards that its node does not give out, and no more than the planner can keep', () => {
    expect(told(aNode({ room: { [GPU]: '6' }, capacity: { [GPU]: '8' } }))).toMatchObject({
      ...{ cards: 8, usableCards: 6, illCards: 2 },
    });
    expect(told(aNode({ room: { [GPU]: '40' } }))).toMatchObject({ cards: 30, usableCards: 30, illCards: 0 });
  });
});

describe('pods on a node', () => {
  it('of others take of it what they ask for; those that have ended, or have no node, take nothing', () => {
    const asked = { cpu: '1500m', memory: '1Gi', [GPU]: '2' };
    const pods = [
      aPod(asked),
      aPod(asked, {}, { phase: 'Succeeded' }),
      aPod(asked, {}, { phase: 'Failed' }),
      aPod(asked, { nodeName: undefined }, { phase: 'Pending' }),
      aPod({ cpu: '100m' }, {}, { phase: 'Pending' }),
    ];
    expect(told(aNode(), pods)).toMatchObject({
      ...{ cpuMillis: 62_400, memoryMib: 523_264, cards: 8, usableCards: 6, illCards: 0 },
    });
  });

  it('of others take instances of the profile that they ask for, those of ours none', () => {
    const node = aNode({ room: { [GPU]: '0', [SMALL]: '7', [LARGE]: '2' } });
    const pods = [aPod({ [SMALL]: '2' }), aPod({ [SMALL]: '3' }), aPod({ [SMALL]: '1' }, {}, OURS)];
    expect(told(node, pods)?.instances).toEqual({
      ...{ '1g.10gb': { usable: 2, ill: 0 }, '3g.40gb': { usable: 2, ill: 0 } },
    });
    expect(told(node, [...pods, aPod({ [SMALL]: '9' })])?.instances['1g.10gb']).toEqual({
      usable: 0,
      ill: 0,
    });
  });

  it('that wait for others to make way take their room already', () => {
    const waiting = {
      ...aPod({ [GPU]: '4' }, { nodeName: undefined }, {}),
      status: { nominatedNodeName: 'node-1' },
    };
    expect(told(aNode(), [waiting])).toMatchObject({ usableCards: 4 });
  });

  it('that are runs of ours take only what they ask for beyond what their job holds', () => {
    const held = { cpu: '4', memory: '8Gi', [GPU]: '2' };
    const run = aPod(held, {}, OURS);
    const wait = { ...container({ cpu: '100m' }), name: 'wait' };
    const argo = { ...run, spec: { ...run.spec, containers: [wait, ...run.spec!.containers] } };
    expect(told(aNode(), [run])).toEqual(told(aNode()));
    expect(told(aNode(), [argo])).toMatchObject({ cpuMillis: 63_900, usableCards: 8 });
    // One whose program makes room for what stands beside it.
    const asked = { requests: { cpu: '3950m', memory: '8Gi', [GPU]: '2' }, limits: held };
    const main = { name: 'main', resources: asked };
    const shares = { ...run, spec: { ...run.spec, containers: [wait, main] } };
    expect(told(aNode(), [shares])).toMatchObject({ cpuMillis: 63_950, memoryMib: 524_288, usableCards: 8 });
    const beside = { name: 'wait', resources: { requests: { cpu: '50m' } } };
    expect(told(aNode(), [{ ...run, spec: { ...run.spec, containers: [beside, main] } }])).toEqual(
      told(aNode()),
    );
    expect(
      told(aNode(), [{ ...run, metadata: { ...run.metadata, labels: { 'tain.dev/instance': 'other' } } }]),
    ).toMatchObject({ usableCards: 6 });
  });

  it('of another instance is one of others, though it has the same label: theirs run in another namespace', () => {
    const run = aPod({ cpu: '4', memory: '8Gi', [GPU]: '2' }, {}, { ...OURS, namespace: 'staging' });
    expect(told(aNode(), [run])).toMatchObject({ cpuMillis: 60_000, usableCards: 6 });
  });

  it('ask for the most that they need at a time: inits one by one, sidecars with all that come behind them', () => {
    const cpuOf = (change: object): number => readPod(aPod({ cpu: '1' }, change), NEEDS).cpuMillis;
    const init = (cpu: string, isSidecar = false) =>
      container({ cpu }, isSidecar ? { restartPolicy: 'Always' } : {});
    expect(cpuOf({ initContainers: [init('3'), init('2')] })).toBe(3000);
    expect(cpuOf({ initContainers: [init('500m', true)] })).toBe(1500);
    expect(cpuOf({ initContainers: [init('500m', true), init('3')] })).toBe(3500);
    expect(cpuOf({ initContainers: [init('3'), init('500m', true)] })).toBe(3000);
    expect(cpuOf({ overhead: { cpu: '250m' } })).toBe(1250);
    expect(cpuOf({ resources: { requests: { cpu: '5' } } })).toBe(5000);
  });

  it('with a quantity that is none keep their node from being used, and say which', () => {
    expect(told(aNode(), [aPod({ cpu: 'half' })])?.withheld).toBe(
      'the pod web/pod-1 asks for cpu "half", no quantity',
    );
  });

  it('never give the planner more than the node has, nor less than nothing, in whatever order they come', () => {
    const pods = fc.array(
      fc.record({
        cpu: fc.integer({ min: 0, max: 40_000 }),
        memory: fc.integer({ min: 0, max: 200 }),
        gpus: fc.integer({ min: 0, max: 5 }),
        isOurs: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(pods, fc.integer({ min: 0, max: 8 }), (drawn, given) => {
        const all = drawn.map(({ cpu, memory, gpus, isOurs }) =>
          aPod({ cpu: `${cpu}m`, memory: `${memory}Gi`, [GPU]: `${gpus}` }, {}, isOurs ? OURS : {}),
        );
        const node = aNode({ room: { [GPU]: `${given}` }, capacity: { [GPU]: '8' } });
        const found = told(node, all)!;
        const others = drawn.filter(({ isOurs }) => !isOurs);
        const sum = (of: (one: (typeof drawn)[number]) => number) =>
          others.reduce((total, one) => total + of(one), 0);
        expect(found).toMatchObject({
          cpuMillis: Math.max(0, 64_000 - sum(({ cpu }) => cpu)),
          memoryMib: Math.max(0, 524_288 - sum(({ memory }) => (memory * 1024 * MEBIBYTE) / MEBIBYTE)),
          ...{ cards: 8, illCards: 8 - given },
          usableCards: Math.max(0, given - sum(({ gpus }) => gpus)),
        });
        expect(told(node, [...all].reverse())).toEqual(found);
      }),
    );
  });
});
