/** Follows the pods of runs, as their executor needs them. */
import { CoreV1Api, type KubeConfig } from '@kubernetes/client-node';
import { followObjects, type FollowOptions } from './follow-objects.ts';
import { readPod, type JobPod } from './job-pod.ts';

export type PodNews = {
  /** `gone`: as it was seen last, which after an interruption may be before its end. */
  readonly type: 'seen' | 'gone';
  readonly pod: JobPod;
};

/**
 * First every pod that is there, then every change, until the signal is aborted: then it just ends.
 * @throws TainError job.cluster-unreachable when the API server stays away; ApiException when it refuses to list
 */
export async function* followPods(
  kubeConfig: KubeConfig,
  {
    namespace,
    labelSelector,
    ...options
  }: { readonly namespace: string; readonly labelSelector?: string } & FollowOptions<JobPod>,
): AsyncGenerator<PodNews> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const pods = {
    path: `/api/v1/namespaces/${namespace}/pods`,
    ...(labelSelector && { labelSelector }),
    list: (page: object, more: Parameters<typeof core.listNamespacedPod>[1]) =>
      core.listNamespacedPod({ namespace, ...page }, more),
    read: readPod,
  };
  for await (const news of followObjects(kubeConfig, pods, options))
    if (news.type !== 'listed') yield { type: news.type, pod: news.facts };
}
