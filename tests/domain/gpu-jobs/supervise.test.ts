import { describe, expect, it } from '@jest/globals';
import { lastCheckpoint, nextStep, type RunSight } from '../../../domain/gpu-jobs/supervise.ts';

const step = (change: Partial<RunSight>) =>
  nextStep({
    ...{ wanted: null, level: 'none', isFrozen: false, isNotedFrozen: false, asked: null },
    ...{ ranMs: 5, walltimeMs: 10 },
    ...change,
  });

const frozen = { isFrozen: true, isNotedFrozen: true };

describe('whoever watches a run', () => {
  it('lets it run while nobody wants anything', () => {
    expect(step({})).toEqual({ kind: 'nothing' });
    expect(step({ level: 'hold' })).toEqual({ kind: 'nothing' });
  });

  it('ends it when somebody wants that, or its time is over, and says why', () => {
    expect(step({ wanted: 'cancel' })).toEqual({ kind: 'stop', cause: 'cancelled' });
    expect(step({ wanted: 'preempt' })).toEqual({ kind: 'stop', cause: 'preempted' });
    expect(step({ wanted: 'requeue' })).toEqual({ kind: 'stop', cause: 'preempted' });
    expect(step({ ranMs: 10 })).toEqual({ kind: 'stop', cause: 'walltime' });
    expect(step({ ranMs: 10, wanted: 'cancel' })).toEqual({ kind: 'stop', cause: 'cancelled' });
  });

  it('asks once for each cause, and cancels what was asked to make way', () => {
    expect(step({ wanted: 'preempt', asked: 'preempted' })).toEqual({ kind: 'nothing' });
    expect(step({ wanted: 'cancel', asked: 'preempted' })).toEqual({ kind: 'stop', cause: 'cancelled' });
    expect(step({ wanted: 'cancel', asked: 'cancelled', ranMs: 10 })).toEqual({ kind: 'nothing' });
  });

  it('lets what makes way make way, though its time is over before it has', () => {
    expect(step({ wanted: 'preempt', asked: 'preempted', ranMs: 10 })).toEqual({ kind: 'nothing' });
    expect(step({ wanted: 'preempt', asked: 'walltime', ranMs: 10 })).toEqual({ kind: 'nothing' });
    // By one who has not asked it himself: who did is not there any more.
    expect(step({ wanted: 'preempt', ranMs: 10 })).toEqual({ kind: 'stop', cause: 'preempted' });
  });

  it('freezes it while the governor freezes training, and thaws it behind that', () => {
    expect(step({ level: 'freeze' })).toEqual({ kind: 'freeze' });
    expect(step({ level: 'freeze', ...frozen })).toEqual({ kind: 'nothing' });
    expect(step({ level: 'none', ...frozen })).toEqual({ kind: 'thaw' });
    expect(step({ level: 'preempt', ...frozen })).toEqual({ kind: 'thaw' });
  });

  it('makes good what a crash between machine and note left behind', () => {
    expect(step({ level: 'freeze', isFrozen: true })).toEqual({ kind: 'freeze' });
    expect(step({ level: 'freeze', isNotedFrozen: true })).toEqual({ kind: 'freeze' });
    expect(step({ isFrozen: true })).toEqual({ kind: 'thaw' });
    expect(step({ isNotedFrozen: true })).toEqual({ kind: 'thaw' });
  });

  it('thaws what is to end, so that it can checkpoint, and freezes nothing that was asked to', () => {
    expect(step({ wanted: 'preempt', ...frozen })).toEqual({ kind: 'thaw' });
    expect(step({ wanted: 'preempt', level: 'freeze', asked: 'preempted' })).toEqual({ kind: 'nothing' });
  });
});

describe('the last checkpoint', () => {
  it('is the last line that says so, whatever else is printed', () => {
    const output = [
      ...['torn": 3}', '{"event":"checkpoint","step":25}', '{"event":"step","step":40}'],
      ...[
        '{"event":"checkpoint","step":50}',
        'noise "checkpoint"',
        '{"event":"checkpoint","step":-1}',
        '{"eve',
      ],
    ].join('\n');

    expect(lastCheckpoint(output)).toBe(50);
    expect(lastCheckpoint('nothing')).toBeNull();
  });
});
