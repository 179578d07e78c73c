/** What the programs of the test cluster are started with: keys, tokens, configurations and arguments. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ClusterProgram } from './cluster-programs.ts';

export type ClusterPorts = Readonly<Record<'etcd' | 'etcdPeer' | 'api' | 'kwok', number>>;

const STAGES = path.resolve(import.meta.dirname, '../cluster/kwok.yaml');

/** A bare cluster needs no more: nodes, pods, jobs, workloads, volumes, quotas, disruption budgets, accounts, clean-up. */
const CONTROLLERS = [
  'daemonset',
  'deployment',
  'disruption',
  'garbage-collector',
  'job',
  'namespace',
  'node-lifecycle',
  'persistentvolume-binder',
  'pod-garbage-collector',
  'replicaset',
  'resourcequota',
  'serviceaccount',
  'taint-eviction',
];

/** Writes keys, the administrator's token and the configuration of the scheduler into the folder of a cluster. */
export function writeClusterFiles(dir: string): { readonly token: string } {
  const write = (name: string, text: string): void =>
    writeFileSync(path.join(dir, name), text, { mode: 0o600 });
  const token = randomBytes(24).toString('hex');
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  write('account.key', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString());
  write('account.pub', publicKey.export({ type: 'spki', format: 'pem' }).toString());
  write('tokens.csv', `${token},admin,admin,"system:masters"\n`);
  const scheduler = {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    leaderElection: { leaderElect: false },
    clientConnection: { kubeconfig: kubeconfigOf(dir), qps: 200, burst: 400 },
    // By default what does not fit is looked at again after up to ten seconds.
    podInitialBackoffSeconds: 1,
    podMaxBackoffSeconds: 2,
  };
  write('scheduler.json', JSON.stringify(scheduler));
  mkdirSync(path.join(dir, 'certificates'));
  return { token };
}

/** Where the kubeconfig of a cluster lies. */
export const kubeconfigOf = (dir: string): string => path.join(dir, 'kubeconfig');

/** Where it is noted that Argo's controller runs beside a cluster. */
export const argoFolderOf = (dir: string): string => path.join(dir, 'argo');

/** The certificate that the API server makes for itself, and keeps when it is started again. */
export const certificateOf = (dir: string): string => path.join(dir, 'certificates', 'apiserver.crt');

/** Writes a kubeconfig for the administrator: JSON, which is YAML too. */
export function writeKubeconfig(dir: string, token: string, port: number): void {
  const name = 'tain-test';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: {
          server: `https://127.0.0.1:${port}`,
          'certificate-authority-data': readFileSync(certificateOf(dir)).toString('base64'),
        },
      },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  writeFileSync(kubeconfigOf(dir), JSON.stringify(config), { mode: 0o600 });
}

/** The command line of a program, all of it on loopback and in the folder. */
export function argumentsOf(name: ClusterProgram, dir: string, ports: ClusterPorts): string[] {
  const within = (...parts: string[]): string => path.join(dir, ...parts);
  const kubeconfig = `--kubeconfig=${kubeconfigOf(dir)}`;
  const etcd = `http://127.0.0.1:${ports.etcd}`;
  const kwok = `127.0.0.1:${ports.kwok}`;
  const all: Record<ClusterProgram, string[]> = {
    etcd: [
      `--data-dir=${within('etcd')}`,
      // It is thrown away with the machine's power: no test asks for more.
      '--unsafe-no-fsync',
      '--log-level=error',
      `--listen-client-urls=${etcd}`,
      `--advertise-client-urls=${etcd}`,
      `--listen-peer-urls=http://127.0.0.1:${ports.etcdPeer}`,
    ],
    'kube-apiserver': [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${ports.api}`,
      // The service that would lead to it may not point at loopback.
      '--endpoint-reconciler-type=none',
      `--cert-dir=${within('certificates')}`,
      `--token-auth-file=${within('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-signing-key-file=${within('account.key')}`,
      `--service-account-key-file=${within('account.pub')}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--allow-privileged=true',
    ],
    'kube-scheduler': [`--config=${within('scheduler.json')}`, '--secure-port=0'],
    'kube-controller-manager': [
      kubeconfig,
      '--leader-elect=false',
      '--secure-port=0',
      '--kube-api-qps=200',
      '--kube-api-burst=400',
      `--controllers=${CONTROLLERS.map((one) => `${one}-controller`).join(',')}`,
    ],
    kwok: [
      kubeconfig,
      '--manage-all-nodes',
      `--config=${STAGES}`,
      '--cidr=10.200.0.0/16',
      '--node-ip=127.0.0.1',
      `--node-port=${ports.kwok}`,
      // Without it, it listens on every address.
      `--server-address=${kwok}`,
      '--node-lease-duration-seconds=40',
      `--tls-cert-file=${certificateOf(dir)}`,
      `--tls-private-key-file=${certificateOf(dir).replace(/crt$/, 'key')}`,
    ],
  };
  return all[name];
}
