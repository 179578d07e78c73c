import { describe, expect, it } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import { classOfCause } from '../../../contracts/job-run.ts';
import { exitOfPod, readPod } from '../../../platform/executors/job-pod.ts';

/** A pod whose program has ended, taken away by the cluster. */
function taken(reason: string, code: number, status: Partial<V1Pod['status']> = {}): V1Pod {
  return {
    metadata: { name: 'pod', uid: 'uid', deletionTimestamp: new Date() },
    spec: { nodeName: 'node', containers: [] },
    status: {
      phase: code === 0 ? 'Succeeded' : 'Failed',
      conditions: [{ type: 'DisruptionTarget', status: 'True', reason, message: 'in its words' }],
      containerStatuses: [
        {
          ...{ name: 'main', image: '', imageID: '', ready: false, restartCount: 0 },
          state: { terminated: { exitCode: code, reason: code === 0 ? 'Completed' : 'Error' } },
        },
      ],
      ...status,
    },
  };
}

const causeOf = (pod: V1Pod) => exitOfPod(readPod(pod))!.cause;

describe('a pod that the cluster takes away', () => {
  it.each(['PreemptionByScheduler', 'EvictionByEvictionAPI', 'OfSomebodyElse'])(
    'for its room (%s) was preempted, whatever its exit code',
    (reason) => {
      for (const code of [0, 75, 143]) expect(causeOf(taken(reason, code))).toBe('preempted');
    },
  );

  it.each([
    ['DeletionByTaintManager', 'runner-lost'],
    ['DeletionByPodGC', 'runner-lost'],
    ['TerminationByKubelet', 'killed'],
  ])('for its node (%s) ended by a fault of the machine, whatever its exit code', (reason, cause) => {
    for (const code of [0, 143]) {
      const exit = exitOfPod(readPod(taken(reason, code)))!;
      expect(exit).toEqual({ cause, code, detail: `${reason}: in its words` });
      expect(classOfCause(exit.cause)).toBe('infrastructure');
    }
  });

  it('as its node is shut down in order is shut down with it', () => {
    expect(causeOf(taken('TerminationByKubelet', 143, { reason: 'Terminated' }))).toBe('shutdown');
  });
});
