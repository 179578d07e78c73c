import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  ApiException,
  AuthorizationV1Api,
  BatchV1Api,
  CoreV1Api,
  KubeConfig,
  RbacAuthorizationV1Api,
  SchedulingV1Api,
} from '@kubernetes/client-node';
import { aPod, uniqueName, useCluster } from '../support/cluster.ts';
import { applyAll, nameOf, podSpecOf, render, type Manifest } from '../support/manifests.ts';
import { until } from '../support/until.ts';

const cluster = useCluster();

/** Accounts, roles and bindings are really there, with Argo's; nothing else of the overlay is. */
const RBAC = ['Namespace', 'ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];
const objects = (): readonly Manifest[] => render('tests/cluster/overlays/argo');

beforeAll(async () => {
  expect(
    await applyAll(
      cluster,
      objects().filter(({ kind }) => RBAC.includes(kind)),
    ),
  ).toEqual([]);
});

type Ask = readonly [verb: string, resource: string, namespace: string, group?: string];

const NAMESPACES = ['tain', 'tain-training', 'kube-system'];
const GPU = 'tain/tain-gpu';
/** What it needs to see of capacity, everywhere. */
const LOOKS = NAMESPACES.flatMap((namespace) =>
  (['list', 'watch'] as const).flatMap((verb) =>
    ['nodes', 'pods'].map((what): Ask => [verb, what, namespace]),
  ),
);
/** What an account can do, all of it: whatever of the matrix is not here is refused. */
const CAN: Readonly<Record<string, readonly Ask[]>> = {
  [GPU]: [
    ...LOOKS,
    ...(['create', 'get', 'patch', 'delete'] as const).map((verb): Ask => [
      verb,
      'jobs',
      'tain-training',
      'batch',
    ]),
    ...(['get', 'patch', 'delete'] as const).map((verb): Ask => [verb, 'pods', 'tain-training']),
    ['get', 'pods/log', 'tain-training'],
    ['list', 'events', 'tain-training'],
    ...(['create', 'get', 'list', 'watch', 'patch', 'delete'] as const).map((verb): Ask => [
      verb,
      'workflows',
      'tain-training',
      'argoproj.io',
    ]),
  ],
};

/** What every account may ask the API server: who am I, and what may I do? */
const OWN = ['authorization.k8s.io', 'authentication.k8s.io'];

const accountsOf = (): string[] =>
  objects()
    .filter(({ kind }) => kind === 'ServiceAccount')
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

/** As a pod of the account would call: with a token that the API server made for it. */
async function callAs(namespace: string, name: string): Promise<KubeConfig> {
  const { status } = await cluster.core.createNamespacedServiceAccountToken({
    namespace,
    name,
    body: { spec: { audiences: [], expirationSeconds: 600 } },
  });
  const config = new KubeConfig();
  const { caData, server } = cluster.kubeConfig.getCurrentCluster()!;
  config.loadFromOptions({
    clusters: [{ name: 'test', server, caData: caData!, skipTLSVerify: false }],
    users: [{ name: 'account', token: status!.token }],
    contexts: [{ name: 'test', cluster: 'test', user: 'account' }],
    currentContext: 'test',
  });
  return config;
}

describe('what accounts may do', () => {
  const words =
    (account: string) =>
    ([verb, resource, namespace, group = '']: Ask): string =>
      `${account}: ${verb} ${resource}.${group} in ${namespace}`;

  /** Each once: what a role gives a cluster role may give, too. */
  const sorted = (account: string, asks: readonly Ask[]): string[] =>
    [...new Set(asks.map(words(account)))].sort();

  it('is what the table says, and nothing else, in no namespace', async () => {
    const accounts = accountsOf();
    expect(accounts).toHaveLength(7);
    for (const account of accounts) {
      const config = await callAs(...(account.split('/') as [string, string]));
      const authorization = config.makeApiClient(AuthorizationV1Api);
      // It counts for the API server when it has seen it.
      await until(async () => {
        const allowed: Ask[] = [];
        for (const namespace of NAMESPACES) {
          const { status } = await authorization.createSelfSubjectRulesReview({
            body: { spec: { namespace } },
          });
          expect(status?.incomplete).toBe(false);
          for (const { verbs, apiGroups = [], resources = [] } of status!.resourceRules)
            for (const group of apiGroups.filter((one) => !OWN.includes(one)))
              for (const resource of resources)
                for (const verb of verbs) allowed.push([verb, resource, namespace, group]);
        }
        expect(sorted(account, allowed)).toEqual(sorted(account, CAN[account] ?? []));
      });
    }
  });

  it('is what the authorizer answers of each: in its namespace yes, beside it and for all others no', async () => {
    const authorization = cluster.kubeConfig.makeApiClient(AuthorizationV1Api);
    const isAllowed = async (
      account: string,
      [verb, resource, namespace, group = '']: Ask,
    ): Promise<boolean> => {
      const [from, name] = account.split('/') as [string, string];
      const [kind, subresource] = resource.split('/') as [string, string?];
      const resourceAttributes = {
        verb,
        group,
        namespace,
        resource: kind,
        ...(subresource && { subresource }),
      };
      const { status } = await authorization.createSubjectAccessReview({
        body: { spec: { user: `system:serviceaccount:${from}:${name}`, resourceAttributes } },
      });
      return status?.allowed === true;
    };
    const asked: Ask[] = [
      ...CAN[GPU]!,
      ...CAN[GPU]!.map(([verb, resource, , group = '']): Ask => [verb, resource, 'tain', group]),
      ['get', 'secrets', 'tain-training'],
      ['create', 'pods', 'tain-training'],
      ['create', 'pods/exec', 'tain-training'],
      ['update', 'jobs', 'tain-training', 'batch'],
      ['get', 'nodes', ''],
      ['patch', 'nodes', ''],
    ];
    for (const account of [GPU, 'tain/tain-batch', 'tain-training/training']) {
      const answers = await Promise.all(asked.map((ask) => isAllowed(account, ask)));
      const allowed = asked.filter((_, at) => answers[at]);
      expect(sorted(account, allowed)).toEqual(sorted(account, CAN[account] ?? []));
    }
  });

  it('is not asked by pods that may do nothing: they are given no token', () => {
    const tokens = objects().flatMap((object) => {
      const spec = podSpecOf(object);
      if (!spec) return [];
      const account = objects().find(
        ({ kind, metadata }) =>
          kind === 'ServiceAccount' &&
          metadata.name === spec.serviceAccountName &&
          metadata.namespace === object.metadata.namespace,
      ) as (Manifest & { automountServiceAccountToken?: boolean }) | undefined;
      const isMounted = spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true;
      return isMounted ? [nameOf(object)] : [];
    });

    expect(tokens).toEqual(['Deployment tain/tain-gpu']);
  });
});

describe('an account that calls', () => {
  const codeOf = (call: Promise<unknown>): Promise<number> =>
    call.then(
      () => 200,
      (error: unknown) => (error instanceof ApiException ? error.code : 0),
    );

  it('as the gpu role makes, sees and removes Jobs of training, and touches nothing of Tain', async () => {
    const config = await callAs('tain', 'tain-gpu');
    const [batch, core] = [config.makeApiClient(BatchV1Api), config.makeApiClient(CoreV1Api)];
    const name = uniqueName('run');
    const { spec } = aPod(cluster, name, {});
    const namespace = 'tain-training';
    const job = { metadata: { name }, spec: { suspend: true, template: { spec: spec! } } };

    expect(await codeOf(batch.createNamespacedJob({ namespace, body: job }))).toBe(200);
    expect(await codeOf(batch.readNamespacedJob({ namespace, name }))).toBe(200);
    expect(await codeOf(core.listNamespacedPod({ namespace }))).toBe(200);
    expect(await codeOf(core.listNamespacedEvent({ namespace }))).toBe(200);
    expect(await codeOf(batch.deleteNamespacedJob({ namespace, name }))).toBe(200);

    expect(await codeOf(core.listPodForAllNamespaces())).toBe(200);
    expect(await codeOf(core.listNode())).toBe(200);
    expect(await codeOf(core.listNode({ fieldSelector: 'metadata.name=none' }))).toBe(200);

    const none = { namespace: 'tain', name: 'none' };
    expect(await codeOf(core.readNamespacedPod(none))).toBe(403);
    expect(await codeOf(core.deleteNamespacedPod(none))).toBe(403);
    expect(await codeOf(core.deleteNode({ name: 'none' }))).toBe(403);
    expect(await codeOf(batch.createNamespacedJob({ namespace: 'tain', body: job }))).toBe(403);
    expect(await codeOf(core.listNamespacedSecret({ namespace }))).toBe(403);
    expect(
      await codeOf(core.createNamespacedPod({ namespace, body: { metadata: { name }, spec: spec! } })),
    ).toBe(403);
  });

  it('as any other, training programs among them, is refused whatever it asks for', async () => {
    for (const account of accountsOf().filter((one) => one !== GPU)) {
      const config = await callAs(...(account.split('/') as [string, string]));
      const core = config.makeApiClient(CoreV1Api);
      const codes = [
        await codeOf(core.listNamespacedPod({ namespace: 'tain' })),
        await codeOf(core.listNamespacedSecret({ namespace: 'tain' })),
        await codeOf(core.listNamespacedConfigMap({ namespace: 'tain' })),
        await codeOf(config.makeApiClient(BatchV1Api).listNamespacedJob({ namespace: 'tain-training' })),
        await codeOf(config.makeApiClient(SchedulingV1Api).listPriorityClass()),
        await codeOf(config.makeApiClient(RbacAuthorizationV1Api).listNamespacedRole({ namespace: 'tain' })),
      ];

      expect([account, ...codes]).toEqual([account, 403, 403, 403, 403, 403, 403]);
    }
  });
});
