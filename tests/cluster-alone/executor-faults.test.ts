/** What happens between an executor and a cluster whose API server is killed, which is there for no other test then. */
import { describe, expect, it } from '@jest/globals';
import { programOf } from '../support/cluster.ts';
import { useClusterRuns, type ClusterExecutor } from '../support/cluster-runs.ts';
import { eventually } from '../support/runs.ts';

describe.each<[ClusterExecutor]>([['kubernetes-job'], ['argo']])('a run by %s', (kind) => {
  const runs = useClusterRuns(kind);

  it('is watched on while the API server is killed, and what it wrote meanwhile is there once', async () => {
    const script = 'for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.4; done; exit 4';
    await runs.executor().start(runs.script('restart', script));
    const end = runs.end('restart');
    await eventually(async () => (await runs.executor().tail('restart', 100)).includes('line 2'));
    process.kill((await programOf('kube-apiserver')).pid, 'SIGKILL');

    expect(await end).toMatchObject({ cause: 'failed', code: 4 });
    expect(runs.output('restart')).toBe([1, 2, 3, 4, 5, 6, 7, 8].map((at) => `line ${at}\n`).join(''));
  });
});
