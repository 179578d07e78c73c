import path from 'node:path';
import { existsSync } from 'node:fs';
import os from 'node:os';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lowerPriority, NICE_OF_ROLE, readNice } from '../../../platform/embedded/host-priority.ts';
import { spawnEngine } from '../../../platform/embedded/process.ts';
import { temporaryStateDir } from './children.ts';

let state: ReturnType<typeof temporaryStateDir>;
beforeEach(() => {
  state = temporaryStateDir();
});
afterEach(() => state.remove());

/** Threads that come at once, and one that comes late. */
const THREADS = `
  const { Worker } = require('node:worker_threads');
  const idle = 'setInterval(() => undefined, 1000)';
  for (let n = 0; n < 4; n += 1) new Worker(idle, { eval: true });
  setTimeout(() => new Worker(idle, { eval: true }).once('online', () => console.log('all here')), 200);`;

const start = (nice?: number) =>
  spawnEngine({
    name: 'threads',
    command: process.execPath,
    args: ['-e', THREADS],
    log: path.join(state.dir, 'logs/threads.log'),
    ...(nice !== undefined && { nice }),
  });

async function untilAllThreads(child: ReturnType<typeof start>): Promise<void> {
  while (!child.lastLogLines(5).includes('all here')) await once(AbortSignal.timeout(20), 'abort');
}

const onLinux = process.platform === 'linux' ? test : test.skip;
const own = os.getPriority();

onLinux.each([5, 15].filter((nice) => nice >= own))(
  'a child of nice %i has it in every thread, and its session has it',
  async (nice) => {
    const child = start(nice);
    await untilAllThreads(child);

    const { threads, session } = readNice(child.pid);
    await child.stop('SIGKILL', 1000);

    expect(threads.length).toBeGreaterThan(9);
    expect(new Set(threads)).toEqual(new Set([nice]));
    if (existsSync('/proc/self/autogroup')) expect(session).toBe(nice);
    else expect(session).toBeNull();
  },
);

onLinux('a child without one inherits it, and nobody is raised', async () => {
  const child = start();
  await untilAllThreads(child);
  lowerPriority(child.pid, own + 4);
  lowerPriority(child.pid, own);

  const { threads } = readNice(child.pid);
  await child.stop('SIGKILL', 1000);

  expect(new Set(threads)).toEqual(new Set([own + 4]));
});

test('a child that is gone already is no error', () => {
  expect(() => lowerPriority(2 ** 22 + 1, 19)).not.toThrow();
});

test('roles stand back in the order of their importance, and realtime and engines do not', () => {
  const order = ['realtime', 'on-demand', 'gpu', 'batch', 'training'].map((role) => NICE_OF_ROLE[role] ?? 0);

  expect(order).toEqual([0, 5, 10, 15, 19]);
});
