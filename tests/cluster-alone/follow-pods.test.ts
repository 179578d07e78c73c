import { afterEach, expect, it } from '@jest/globals';
import { followPods, type PodNews } from '../../platform/executors/follow-pods.ts';
import { exitOfPod } from '../../platform/executors/job-pod.ts';
import {
  addNodes,
  addPod,
  addPriorityClass,
  podGone,
  podIn,
  programOf,
  useCluster,
} from '../support/cluster.ts';
import { proxyApi } from '../support/api-proxy.ts';
import { until } from '../support/until.ts';

const cluster = useCluster();

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

/** Follows the pods of the test until its end. */
function follow(kubeConfig = cluster.kubeConfig): readonly PodNews[] {
  const news: PodNews[] = [];
  const stopping = new AbortController();
  const following = (async () => {
    const options = { namespace: cluster.namespace, signal: stopping.signal };
    for await (const one of followPods(kubeConfig, options)) news.push(one);
  })();
  running.push(async () => {
    stopping.abort();
    await following;
  });
  return news;
}

const about = (news: readonly PodNews[], name: string): string[] =>
  news.filter(({ pod }) => pod.name === name).map(({ type, pod }) => `${type} ${pod.phase}`);

const untilSaid = (news: readonly PodNews[], name: string, last: string): Promise<void> =>
  until(async () => {
    if (about(news, name).at(-1) !== last)
      throw new Error(`of ${name} was told: ${about(news, name).join(', ')}`);
  });

it('tells of what is there and of every change, once and in order', async () => {
  await addNodes(cluster, 1, 8);
  const there = await addPod(cluster, 'there');
  await podIn(cluster, there, 'Running');
  const news = follow();
  await untilSaid(news, there, 'seen Running');

  const name = await addPod(cluster, 'train', { does: { 'runs-for': '200ms' } });
  await untilSaid(news, name, 'seen Succeeded');
  await cluster.core.deleteNamespacedPod({ namespace: cluster.namespace, name });
  await untilSaid(news, name, 'gone Succeeded');

  expect(about(news, there)).toEqual(['seen Running']);
  const phases = about(news, name).filter((one, at, all) => one !== all[at - 1]);
  expect(phases).toEqual(['seen Pending', 'seen Running', 'seen Succeeded', 'gone Succeeded']);
  const versions = news.filter(({ type }) => type === 'seen').map(({ pod }) => `${pod.uid} ${pod.version}`);
  expect(new Set(versions).size).toBe(versions.length);
});

it('an API server that is killed costs no news: what happened meanwhile is told, and nothing twice', async () => {
  await addNodes(cluster, 1, 8);
  const stays = await addPod(cluster, 'stays');
  const goes = await addPod(cluster, 'goes');
  for (const name of [stays, goes]) await podIn(cluster, name, 'Running');
  const news = follow();
  for (const name of [stays, goes]) await untilSaid(news, name, 'seen Running');

  process.kill((await programOf('kube-apiserver')).pid, 'SIGKILL');
  const { core, namespace } = cluster;
  await until(() => core.deleteNamespacedPod({ namespace, name: goes, gracePeriodSeconds: 0 }));
  await podGone(cluster, goes);
  const comes = await addPod(cluster, 'comes');

  await untilSaid(news, comes, 'seen Running');
  await until(async () => expect(about(news, goes).at(-1)).toMatch(/^gone/));
  expect(about(news, stays)).toEqual(['seen Running']);
  expect(about(news, goes).filter((one) => one.startsWith('gone'))).toHaveLength(1);
});

it('a watch from a version that the API server has no more goes on from a list, and nothing is told twice', async () => {
  await addNodes(cluster, 1, 8);
  const stays = await addPod(cluster, 'stays');
  await podIn(cluster, stays, 'Running');
  const asked: string[] = [];
  const proxy = await proxyApi(cluster.kubeConfig, (url) => {
    const isWatch = url.searchParams.get('watch') === 'true';
    asked.push(isWatch ? 'watch' : 'list');
    // What was asked first is as old as can be: the answer is 410.
    if (isWatch && asked.length === 2) url.searchParams.set('resourceVersion', '1');
    return url;
  });
  running.push(proxy.stop);
  const news = follow(proxy.kubeConfig);
  await untilSaid(news, stays, 'seen Running');
  const comes = await addPod(cluster, 'comes');
  await untilSaid(news, comes, 'seen Running');

  await until(async () => expect(asked).toEqual(['list', 'watch', 'list', 'watch']));
  expect(about(news, stays)).toEqual(['seen Running']);
});

it.each([
  ['is killed by the notice', {}, 143],
  ['checkpoints and ends well', { 'stop-exit-code': '0' }, 0],
])('a preempted run that %s counts as preempted', async (_, does, code) => {
  await addNodes(cluster, 1, 8);
  const training = await addPriorityClass(cluster, 'gpu-training', 1000);
  const realtime = await addPriorityClass(cluster, 'realtime', 1_000_000);
  const name = await addPod(cluster, 'train', { gpus: 8, priorityClass: training, does });
  await podIn(cluster, name, 'Running');
  const news = follow();
  await untilSaid(news, name, 'seen Running');

  await addPod(cluster, 'realtime', { gpus: 1, priorityClass: realtime });
  await podGone(cluster, name);
  const gone = await until(async () => {
    const found = news.find(({ type, pod }) => type === 'gone' && pod.name === name);
    if (!found) throw new Error('its end is not told');
    return found;
  });

  expect(exitOfPod(gone.pod)).toMatchObject({ cause: 'preempted', code });
  expect(exitOfPod(gone.pod)?.detail).toMatch(/^PreemptionByScheduler: default-scheduler: preempting/);
});

it.each([
  ['ends well', { 'exit-code': '0' }, { cause: 'finished', code: 0 }],
  ['fails', { 'exit-code': '3', 'exit-message': 'no data' }, { cause: 'failed', code: 3, detail: 'no data' }],
  ['is out of memory', { 'exit-code': '137', 'exit-reason': 'OOMKilled' }, { cause: 'memory', code: 137 }],
  [
    'is evicted by its node',
    { 'exit-code': '137', 'pod-reason': 'Evicted', 'pod-message': 'The node was low on memory.' },
    { cause: 'killed', detail: 'The node was low on memory.' },
  ],
  ['cannot be started', { 'exit-code': '128', 'exit-reason': 'StartError' }, { cause: 'not-started' }],
])('a run that %s is told so', async (_, does, exit) => {
  await addNodes(cluster, 1, 8);
  const name = await addPod(cluster, 'train', { does: { ...does, 'runs-for': '10ms' } });
  const news = follow();
  const last = await until(async () => {
    const found = news.filter(({ pod }) => pod.name === name).at(-1);
    if (!found || exitOfPod(found.pod) === null) throw new Error('it has not ended');
    return found;
  });

  expect(exitOfPod(last.pod)).toMatchObject(exit);
});

it('a run past its walltime is told so', async () => {
  await addNodes(cluster, 1, 8);
  const name = await addPod(cluster, 'train', { deadlineSeconds: 1 });
  const news = follow();
  await untilSaid(news, name, 'seen Failed');

  expect(exitOfPod(news.at(-1)!.pod)?.cause).toBe('walltime');
});
