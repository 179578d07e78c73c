/** Everything that the API server says of the pods of a namespace while a test runs. */
import { Watch, type KubeConfig, type V1Pod } from '@kubernetes/client-node';

export type PodEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'ERROR';
  readonly pod: V1Pod;
  /** When it arrived, performance.now(). */
  readonly atMs: number;
};

export type PodWatch = {
  readonly events: readonly PodEvent[];
  /** Why it is over; pending while it goes on. */
  readonly over: Promise<unknown>;
  stop(): void;
};

/** Watches from a version on, which is not told again; none: from all that is there. It never begins again by itself. */
export async function watchPods(kubeConfig: KubeConfig, namespace: string, from?: string): Promise<PodWatch> {
  const events: PodEvent[] = [];
  let end = (_reason: unknown): void => undefined;
  const over = new Promise<unknown>((resolve) => (end = resolve));
  const controller = await new Watch(kubeConfig).watch(
    `/api/v1/namespaces/${namespace}/pods`,
    { resourceVersion: from },
    (type, pod: V1Pod) => events.push({ type: type as PodEvent['type'], pod, atMs: performance.now() }),
    (reason) => end(reason),
  );
  return { events, over, stop: () => controller.abort() };
}
