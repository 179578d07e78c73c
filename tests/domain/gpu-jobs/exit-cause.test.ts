import { describe, expect, it } from '@jest/globals';
import { classOfCause, EXIT_CAUSES } from '../../../contracts/job-run.ts';
import { judgeExit, type SeenExit } from '../../../domain/gpu-jobs/exit-cause.ts';

const ENDED: SeenExit = {
  code: 0,
  signal: null,
  limit: null,
  asked: null,
  pressed: false,
  outOfMemory: false,
};

describe('why a run ended', () => {
  it.each([
    ['by itself', {}, 'finished'],
    ['with an exit code', { code: 2 }, 'failed'],
    ['by a signal of its own', { code: null, signal: 'SIGSEGV' }, 'failed'],
    ['by a SIGKILL of nobody that we know', { code: null, signal: 'SIGKILL' }, 'killed'],
    ['for its memory', { code: null, signal: 'SIGKILL', outOfMemory: true }, 'memory'],
    ['for its memory, as its runner saw', { code: null, signal: 'SIGKILL', limit: 'memory' }, 'memory'],
    ['for a file that was too large', { code: null, signal: 'SIGXFSZ' }, 'disk'],
    ['for a file that was too large, in a shell', { code: 153 }, 'disk'],
    ['for a full disk, though it was asked', { limit: 'disk-full', asked: 'cancelled' }, 'disk-full'],
    ['making way at a notice', { code: 75, asked: 'preempted' }, 'preempted'],
    ['done, when the notice came', { code: 0, asked: 'preempted' }, 'finished'],
    ['broken, when the notice came', { code: 1, asked: 'preempted' }, 'failed'],
    ['at SIGTERM, with 0', { asked: 'preempted', pressed: true }, 'preempted'],
    ['at SIGKILL', { code: null, signal: 'SIGKILL', asked: 'walltime', pressed: true }, 'walltime'],
    ['with the code for a device that is in use', { code: 69 }, 'device-taken'],
    ['with the code for making way, and nobody asked', { code: 75 }, 'failed'],
  ] as const)('%s', (_, seen, cause) => {
    expect(judgeExit({ ...ENDED, ...seen })).toBe(cause);
  });

  it('uses up no tries of the user when it made way, was asked to, or the machine is to blame', () => {
    const users = EXIT_CAUSES.filter((cause) => classOfCause(cause) === 'user');

    expect(users).toEqual(['failed', 'walltime', 'memory', 'disk']);
  });
});
