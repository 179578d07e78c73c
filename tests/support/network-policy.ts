/** Who may talk to whom by a set of NetworkPolicies, as the documentation of Kubernetes has it: they are added up. */
import { BlockList } from 'node:net';
import type {
  V1LabelSelector,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
  V1NetworkPolicySpec,
} from '@kubernetes/client-node';
import type { Manifest } from './manifests.ts';

export type Pod = {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Beside the name of the namespace, which each has as a label. */
  readonly namespaceLabels?: Readonly<Record<string, string>>;
};
/** A pod, or an address outside of the cluster. */
export type Party = Pod | { readonly address: string };
export type Port = { readonly port: number; readonly protocol?: 'TCP' | 'UDP' };

/** Whether a connection comes about: the policies of the pod that opens it and of the pod that takes it both have to let it. */
export function mayConnect(policies: readonly Manifest[], from: Party, to: Party, port: Port): boolean {
  return isLet(policies, 'Egress', from, to, port) && isLet(policies, 'Ingress', to, from, port);
}

/** The policies that say something of a pod in a direction. */
export function policiesOf(policies: readonly Manifest[], type: 'Ingress' | 'Egress', pod: Pod): Manifest[] {
  return policies.filter(({ metadata, spec }) => {
    const { podSelector, policyTypes = [] } = spec as unknown as V1NetworkPolicySpec;
    const isAbout = metadata.namespace === pod.namespace && matches(podSelector ?? {}, pod.labels);
    return isAbout && policyTypes.includes(type);
  });
}

function isLet(
  policies: readonly Manifest[],
  type: 'Ingress' | 'Egress',
  own: Party,
  other: Party,
  port: Port,
): boolean {
  if ('address' in own) return true;
  const about = policiesOf(policies, type, own);
  // A pod that no policy selects is open.
  if (about.length === 0) return true;
  return about.some(({ metadata, spec }) => {
    const { ingress = [], egress = [] } = spec as unknown as V1NetworkPolicySpec;
    const rules =
      type === 'Ingress'
        ? // The client spells "from" with an underscore; these are objects as they are written.
          (ingress as { from?: V1NetworkPolicyPeer[]; ports?: V1NetworkPolicyPort[] }[]).map(
            ({ from, ports }) => ({ peers: from, ports }),
          )
        : egress.map(({ to, ports }) => ({ peers: to, ports }));
    return rules.some(
      ({ peers, ports }) =>
        (peers === undefined || peers.some((peer) => isPeer(peer, other, metadata.namespace!))) &&
        (ports === undefined || ports.some((one) => isPort(one, port))),
    );
  });
}

function isPeer(
  { ipBlock, namespaceSelector, podSelector }: V1NetworkPolicyPeer,
  other: Party,
  namespace: string,
): boolean {
  if ('address' in other) return ipBlock !== undefined && isWithin(other.address, ipBlock.cidr);
  if (ipBlock) return false;
  const labels = { 'kubernetes.io/metadata.name': other.namespace, ...other.namespaceLabels };
  const isThere = namespaceSelector ? matches(namespaceSelector, labels) : other.namespace === namespace;
  return isThere && (podSelector === undefined || matches(podSelector, other.labels));
}

function isWithin(address: string, cidr: string): boolean {
  const [network, bits] = cidr.split('/') as [string, string];
  const block = new BlockList();
  block.addSubnet(network, Number(bits));
  return block.check(address);
}

function isPort({ port, endPort, protocol = 'TCP' }: V1NetworkPolicyPort, asked: Port): boolean {
  if (protocol !== (asked.protocol ?? 'TCP')) return false;
  if (port === undefined) return true;
  return asked.port >= Number(port) && asked.port <= (endPort ?? Number(port));
}

function matches(
  { matchLabels = {}, matchExpressions = [] }: V1LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const isIn = value !== undefined && values.includes(value);
      return operator === 'In' ? isIn : !isIn;
    })
  );
}
