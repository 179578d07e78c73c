import { describe, expect, it } from '@jest/globals';
import { EXIT_CAUSES, PREEMPTED_EXIT_CODE, type ExitCause } from '../../../contracts/job-run.ts';
import { settleTry, type TryFacts } from '../../../domain/gpu-jobs/outcome.ts';

const NONE = { infra: 0, user: 0 };
const LIMITS = { infra: 1, user: 1 };

const settle = (end: TryFacts['end'], change: Partial<TryFacts> = {}) =>
  settleTry({ end, wanted: null, counts: NONE, limits: LIMITS, ...change });

const exit = (cause: ExitCause, code: number | null = null, resultsAgree = true) =>
  ({ kind: 'exit', cause, code, resultsAgree }) as const;

describe('a try that is over', () => {
  it.each<[ExitCause, string, string | null]>([
    ['finished', 'completed', null],
    ['failed', 'queued', 'user-error'],
    ['preempted', 'queued', 'preempted'],
    ['cancelled', 'cancelled', 'cancelled'],
    ['walltime', 'expired', 'walltime'],
    ['memory', 'queued', 'user-error'],
    ['disk', 'queued', 'user-error'],
    ['disk-full', 'queued', 'infrastructure'],
    ['not-started', 'queued', 'infrastructure'],
    ['device-taken', 'queued', 'infrastructure'],
    ['killed', 'queued', 'infrastructure'],
    ['runner-lost', 'queued', 'infrastructure'],
    ['shutdown', 'queued', 'requeued'],
  ])('as %s leaves its job %s', (cause, to, why) => {
    expect(settle(exit(cause))).toMatchObject({ to, cause: why });
  });

  it('is known for every cause', () => {
    for (const cause of EXIT_CAUSES) expect(settle(exit(cause)).to).toBeDefined();
  });

  it('fails its job when its cause was tried again often enough, each cause counted by itself', () => {
    const all = { infra: 9, user: 9 };

    expect(settle(exit('failed'), { counts: { ...NONE, infra: 9 } }).to).toBe('queued');
    expect(settle(exit('failed'), { counts: { ...NONE, user: 1 } }).to).toBe('failed');
    expect(settle(exit('killed'), { counts: { ...NONE, user: 9 } }).to).toBe('queued');
    expect(settle(exit('killed'), { counts: { ...NONE, infra: 1 } }).to).toBe('failed');
    expect(settle({ kind: 'short' }, { counts: all })).toMatchObject({
      to: 'queued',
      cause: 'resource-short',
    });
    expect(settle(exit('preempted'), { counts: all }).to).toBe('queued');
    expect(settle(exit('shutdown'), { counts: all }).to).toBe('queued');
  });

  it('fails its job at once when its image does not exist, which is not its user’s fault', () => {
    expect(settle({ kind: 'no-image' })).toMatchObject({ to: 'failed', cause: 'infrastructure' });
  });

  it('keeps its work when it checkpointed to make way, or came to an end of its own', () => {
    expect(settle(exit('preempted', PREEMPTED_EXIT_CODE)).keepsWork).toBe(true);
    expect(settle(exit('preempted', 143)).keepsWork).toBe(false);
    expect(settle(exit('runner-lost')).keepsWork).toBe(false);
    expect(settle(exit('finished', 0)).keepsWork).toBe(true);
  });

  it('is cancelled when somebody wanted that, unless it had finished before', () => {
    const wanted = 'cancel' as const;

    expect(settle(exit('runner-lost'), { wanted }).to).toBe('cancelled');
    expect(settle({ kind: 'short' }, { wanted }).to).toBe('cancelled');
    expect(settle({ kind: 'not-begun' }, { wanted }).to).toBe('cancelled');
    expect(settle(exit('finished', 0), { wanted }).to).toBe('completed');
  });

  it('whose results are not what its list says is no success', () => {
    expect(settle(exit('finished', 0, false))).toMatchObject({ to: 'queued', cause: 'user-error' });
    expect(settle(exit('finished', 0, false), { counts: { ...NONE, user: 1 } }).to).toBe('failed');
  });

  it('that was asked to wait again is told from one that was preempted', () => {
    expect(settle(exit('preempted'), { wanted: 'requeue' }).cause).toBe('requeued');
    expect(settle({ kind: 'not-begun' }, { wanted: 'preempt' }).cause).toBe('preempted');
    expect(settle({ kind: 'refused' })).toMatchObject({ to: 'failed', cause: 'user-error' });
    expect(settle({ kind: 'broken' })).toMatchObject({ to: 'queued', cause: 'infrastructure' });
  });
});
