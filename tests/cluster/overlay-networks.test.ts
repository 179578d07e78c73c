import { describe, expect, it } from '@jest/globals';
import { OVERLAYS, podSpecOf, render, nameOf, type Manifest } from '../support/manifests.ts';
import { mayConnect, policiesOf, type Party, type Pod, type Port } from '../support/network-policy.ts';

const policiesIn = (folder: string): readonly Manifest[] =>
  render(folder).filter(({ kind }) => kind === 'NetworkPolicy');

const role = (component: string): Pod => ({
  namespace: 'tain',
  labels: { 'app.kubernetes.io/name': 'tain', 'app.kubernetes.io/component': component },
});
const ROLES = ['api', 'realtime', 'on-demand', 'batch', 'gpu', 'resource-monitor'] as const;
const training: Pod = { namespace: 'tain-training', labels: { 'app.kubernetes.io/managed-by': 'tain' } };
const stray: Pod = { namespace: 'tain', labels: { app: 'debug' } };

/** Whom pods of Tain have to do with on premises. */
const PLACES: Readonly<Record<string, readonly [Party, Port]>> = {
  names: [
    { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
    { port: 53, protocol: 'UDP' },
  ],
  temporal: [
    { namespace: 'temporal', labels: { 'app.kubernetes.io/component': 'frontend' } },
    { port: 7233 },
  ],
  'history of temporal': [
    { namespace: 'temporal', labels: { 'app.kubernetes.io/component': 'history' } },
    { port: 7234 },
  ],
  database: [{ address: '10.0.20.7' }, { port: 5432 }],
  'a feed': [{ address: '10.0.30.11' }, { port: 9001 }],
  'its replay': [{ address: '10.0.30.11' }, { port: 9002 }],
  repository: [{ address: '10.0.31.10' }, { port: 9101 }],
  'who is alerted': [{ address: '10.0.40.10' }, { port: 443 }],
  'issuer of tokens': [{ address: '10.0.40.20' }, { port: 443 }],
  'registry of images': [{ address: '10.0.40.30' }, { port: 443 }],
  'API server': [{ address: '10.0.0.10' }, { port: 6443 }],
  'metadata of the cloud': [{ address: '169.254.169.254' }, { port: 80 }],
  'the internet': [{ address: '93.184.216.34' }, { port: 443 }],
  'the API': [role('api'), { port: 8080 }],
  'a realtime worker': [role('realtime'), { port: 8080 }],
  'a resource monitor': [role('resource-monitor'), { port: 8080 }],
  'a training program': [training, { port: 8080 }],
};

const worker = ['names', 'temporal', 'database'];
/** All that each reaches; what is not here it does not. */
const REACHES: Readonly<Record<string, readonly string[]>> = {
  api: [...worker, 'issuer of tokens'],
  realtime: [...worker, 'a feed', 'its replay', 'repository'],
  'on-demand': worker,
  batch: [...worker, 'a feed', 'its replay', 'repository', 'who is alerted'],
  gpu: [...worker, 'who is alerted', 'API server', 'registry of images'],
  'resource-monitor': [],
};

describe('networks on premises', () => {
  const policies = (): readonly Manifest[] => policiesIn('onprem');
  const reachedBy = (from: Party): string[] =>
    Object.entries(PLACES)
      .filter(([, [to, port]]) => mayConnect(policies(), from, to, port))
      .map(([place]) => place)
      .sort();

  it.each(ROLES)('let %s reach what it works with, and nothing else', (name) => {
    expect(reachedBy(role(name))).toEqual([...REACHES[name]!].sort());
  });

  it('let a training program reach nobody, nor anybody reach it', () => {
    expect(reachedBy(training)).toEqual([]);
    for (const from of [...ROLES.map(role), stray, { address: '10.0.30.11' }])
      expect(mayConnect(policies(), from, training, { port: 22 })).toBe(false);
  });

  it('let a pod that is not of Tain, put beside its own, reach names alone', () => {
    expect(reachedBy(stray)).toEqual(['names']);
  });

  it('let in those who call the API or ask the monitors, on that port alone, and nobody else', () => {
    const caller = (label: string): Pod => ({
      namespace: 'somewhere',
      labels: {},
      namespaceLabels: { [label]: 'true' },
    });
    const answers = (from: Party, to: string, port = 8080): boolean =>
      mayConnect(policies(), from, role(to), { port });

    expect(answers(caller('tain.dev/calls-api'), 'api')).toBe(true);
    expect(answers(caller('tain.dev/asks-monitors'), 'resource-monitor')).toBe(true);
    expect(answers(caller('tain.dev/calls-api'), 'api', 9229)).toBe(false);
    expect(answers(caller('tain.dev/calls-api'), 'resource-monitor')).toBe(false);
    expect(answers(caller('tain.dev/asks-monitors'), 'api')).toBe(false);
    for (const to of ROLES) {
      expect(answers({ namespace: 'somewhere', labels: {} }, to)).toBe(false);
      expect(answers({ address: '10.0.30.11' }, to)).toBe(false);
    }
  });
});

it.each(OVERLAYS)(
  'every pod of %s is behind a policy that lets nothing through but what others name',
  (folder) => {
    const policies = policiesIn(folder);
    for (const object of render(folder).filter((one) => podSpecOf(one))) {
      const pod = { namespace: object.metadata.namespace!, labels: object.spec.template.metadata.labels };
      for (const type of ['Ingress', 'Egress'] as const) {
        const closed = policiesOf(policies, type, pod).filter(
          ({ spec }) => Object.keys(spec.podSelector).length === 0 && !spec.ingress && !spec.egress,
        );
        expect([nameOf(object), type, closed.length]).toEqual([nameOf(object), type, 1]);
      }
    }
  },
);

it('the base leads outside to nobody: an overlay that forgets an address is closed, not open', () => {
  const policies = policiesIn('infra/kubernetes/base');
  const outside = Object.entries(PLACES).filter(([, [to]]) => 'address' in to);

  for (const [, [to, port]] of outside)
    for (const name of ROLES) expect(mayConnect(policies, role(name), to, port)).toBe(false);
});

it.each(OVERLAYS)('%s names every address outside that the base leaves open', (folder) => {
  const left = policiesIn(folder).filter(({ spec }) => JSON.stringify(spec).includes('192.0.2.1/32'));

  expect(left.map(nameOf)).toEqual([]);
});

it('one node has its database beside the workers, for those alone and for Temporal', () => {
  const policies = policiesIn('single-node');
  const database = role('postgres');
  const reaches = (from: Party) => mayConnect(policies, from, database, { port: 5432 });

  expect(ROLES.filter((name) => reaches(role(name)))).toEqual([
    'api',
    'realtime',
    'on-demand',
    'batch',
    'gpu',
  ]);
  expect(reaches({ namespace: 'temporal', labels: {} })).toBe(true);
  for (const from of [training, stray, { address: '10.0.30.11' }]) expect(reaches(from)).toBe(false);
});

it('on Naver Cloud the balancer reaches the API, from its own subnet', () => {
  const policies = policiesIn('ncp');

  expect(mayConnect(policies, { address: '172.16.60.9' }, role('api'), { port: 8080 })).toBe(true);
  expect(mayConnect(policies, { address: '172.16.61.9' }, role('api'), { port: 8080 })).toBe(false);
  expect(mayConnect(policies, { address: '172.16.60.9' }, role('gpu'), { port: 8080 })).toBe(false);
});
