/** Why a training job waits, in English. gpu-blockers-ko.ts follows. */
import type { GpuBlocker } from '../gpu.ts';
import type { Param } from './shape.ts';

export type BlockerTexts = Readonly<Record<GpuBlocker, (param: Param) => string>>;

export const GPU_BLOCKERS_EN: BlockerTexts = {
  held: () => 'Somebody holds the job until it is released.',
  depends: (param) => {
    if (param('condition') === 'success') return `It waits for ${param('job')} to succeed.`;
    if (param('condition') === 'any') return `It waits for ${param('job')} to end.`;
    if (param('count') !== '?') return `It waits for so many more jobs: ${param('count')}.`;
    return 'What it waited for has ended; it comes into the order at once.';
  },
  'array-full': (param) =>
    `No more than ${param('limit')} tasks of its array run at once; before it are ${param('count')}: ${param('tasks')}.`,
  'not-before': () => 'Its machine was short of something; it is looked at again soon.',
  'training-held': () => 'Training is held for the swaps: nothing starts. Why: tain priority.',
  impossible: (param) =>
    `Of ${param('nodes')} nodes that it needs, ${param('possible')} have what it asks for, however idle they are.`,
  withheld: (param) =>
    `Of ${param('nodes')} nodes that it needs, ${param('possible')} can give what it asks for; ${param('all')} have it, but are drained, or have cards that are ill or in use by others than Tain.`,
  'above-quota': (param) =>
    `It asks for ${param('gpus')} GPUs; the quota of ${param('scope')} ${param('name')} is ${param('limit')}.`,
  'quota-full': (param) =>
    `${param('scope')} ${param('name')}: ${param('used')}/${param('limit')} GPUs in use, and it asks for ${param('gpus')}.`,
  'quota-kept': (param) =>
    `${param('scope')} ${param('name')}: ${param('used')}/${param('limit')} GPUs in use and ${param('kept')} kept for jobs that others made room for; it asks for ${param('gpus')}.`,
  'room-coming': (param) =>
    `Room is being made for it by ${param('job')}, which was told to end and has ${param('seconds')} s left.`,
  'passed-over': (param) => `Others made room for ${param('job')}, which therefore comes before it.`,
  'gpus-busy': (param) =>
    `It asks for ${param('wanted')} on a node; the most that is free on one is ${param('largestFree')} (nodes with enough: ${param('nodesFree')} of ${param('nodes')}).`,
  'cpus-busy': (param) =>
    `It asks for ${param('wanted')} CPUs; nodes with these free: ${param('nodesFree')} of ${param('nodes')}.`,
  'memory-busy': (param) =>
    `It asks for ${param('wantedMib')} MiB of memory; nodes with these free: ${param('nodesFree')} of ${param('nodes')}.`,
  'kept-for': (param) => `There is room, but it is kept for ${param('job')}, which is before it.`,
  'freed-by': (param) => `It gets the room of ${param('job')}, which runs.`,
  'jobs-ahead': (param) => `Jobs before it in the queue: ${param('count')}.`,
};
