/**
 * The programs of a real Kubernetes control plane, of kwok, which plays its nodes, and kustomize, built once with Go from
 * the modules in `infra/engines/kubernetes` into the user's cache. About 400 MB, most of it the API server's.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { requireRoom } from '../../platform/embedded/disk.ts';
import { buildGoProgram, buildKey, goToolchain, type GoProgram } from '../../platform/embedded/go-build.ts';
import { StartError } from '../../platform/embedded/start-error.ts';
import { cacheDir } from '../../platform/embedded/temporal-binary.ts';

const MODULES = path.resolve(import.meta.dirname, '../../infra/engines/kubernetes');

/** What is built of which module, the longest first: all that follow need less. */
const PACKAGES = {
  'kube-apiserver': { module: 'control-plane', packagePath: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  'kube-controller-manager': {
    module: 'control-plane',
    packagePath: 'k8s.io/kubernetes/cmd/kube-controller-manager',
  },
  'kube-scheduler': { module: 'control-plane', packagePath: 'k8s.io/kubernetes/cmd/kube-scheduler' },
  kwok: { module: 'kwok', packagePath: 'sigs.k8s.io/kwok/cmd/kwok' },
  etcd: { module: 'etcd', packagePath: 'go.etcd.io/etcd/server/v3' },
  kustomize: { module: 'kustomize', packagePath: 'sigs.k8s.io/kustomize/kustomize/v5' },
} as const;

type BuiltProgram = keyof typeof PACKAGES;
/** What runs as long as the cluster does; kustomize makes objects of infra/kubernetes, and ends. */
export type ClusterProgram = Exclude<BuiltProgram, 'kustomize'>;
export type ClusterPrograms = Readonly<Record<BuiltProgram, string>>;

/** What the largest of them takes beside what Go keeps of it, in MB. */
const BUILD_ROOM_MB = 2048;

type FindOptions = {
  readonly env?: NodeJS.ProcessEnv;
  readonly onProgress: (text: string) => void;
  /** Ends a build. */
  readonly signal?: AbortSignal;
};

/**
 * The programs, out of the cache or built now (about five minutes on two cores, once).
 * @throws StartError when there is no Go that can build them, no room, or a build fails
 */
export async function findClusterPrograms({
  env = process.env,
  ...rest
}: FindOptions): Promise<ClusterPrograms> {
  const found: [string, string][] = [];
  for (const name of Object.keys(PACKAGES) as BuiltProgram[]) {
    const program = goProgram(name);
    const dir = path.join(cacheDir(env), 'kubernetes', buildKey(program.moduleDir, program.variables));
    const target = path.join(dir, name);
    if (!existsSync(target)) {
      const go = goToolchain(program.moduleDir, env);
      if ('problem' in go) throw needsGo(go.problem);
      await requireRoom(dir, BUILD_ROOM_MB);
      await buildGoProgram({ go: go.command, program, target, env, ...rest });
    }
    found.push([name, target]);
  }
  return Object.fromEntries(found) as ClusterPrograms;
}

function needsGo(problem: string): StartError {
  return new StartError(
    `The test cluster cannot be built: ${problem}.`,
    'Install Go 1.26.4 or later (https://go.dev/dl) and run the tests again: what is built is kept.',
  );
}

function goProgram(name: BuiltProgram): GoProgram {
  const { module, packagePath } = PACKAGES[name];
  const moduleDir = path.join(MODULES, module);
  return {
    title: name,
    moduleDir,
    packagePath,
    variables: module === 'control-plane' ? kubernetesVersion(moduleDir) : [],
    // Measured: a fifth less work for the compiler.
    isPlain: true,
    duration: 'all of the test cluster about five minutes',
    alternative: 'remove that module from Go’s cache and run the tests again',
  };
}

/** Without these a server says that it is version 0.0, and clients and admission go by what it says. */
function kubernetesVersion(moduleDir: string): string[] {
  const [, version = '', major = '', minor = ''] =
    /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(readFileSync(path.join(moduleDir, 'go.mod'), 'utf8')) ??
    [];
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return Object.entries(values).map(([key, value]) => `k8s.io/component-base/version.${key}=${value}`);
}
