import path from 'node:path';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { identifyProcess, spawnEngine, stopOrphan } from '../../../platform/embedded/process.ts';
import { superviseChild, type SuperviseEvent } from '../../../platform/embedded/supervise.ts';
import { withStop } from '../../../platform/embedded/process.ts';
import { isGone, temporaryStateDir } from './children.ts';

let state: ReturnType<typeof temporaryStateDir>;
beforeEach(() => {
  state = temporaryStateDir();
});
afterEach(() => state.remove());

const shell = (script: string) =>
  spawnEngine({
    name: 'shell',
    command: '/bin/sh',
    args: ['-c', script],
    log: path.join(state.dir, 'logs/shell.log'),
  });

/** A process that has printed a line has its signal handlers in place. */
async function untilItPrints(child: ReturnType<typeof shell>): Promise<void> {
  while (child.lastLogLines(1).length === 0) await once(AbortSignal.timeout(10), 'abort');
}

test('a program ends with the signal it is asked with', async () => {
  const child = shell(`trap 'exit 3' TERM; echo up; while :; do sleep 0.05; done`);
  await untilItPrints(child);

  await child.stop('SIGTERM', 10_000);

  expect(await child.exited).toEqual({ code: 3, signal: null });
});

test('a program that ignores its signal is killed together with its group', async () => {
  const child = shell(`trap '' TERM; sleep 1000 & echo $!; wait`);
  await untilItPrints(child);
  const grandchild = Number(child.lastLogLines(1)[0]);

  await child.stop('SIGTERM', 50);

  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
  while (!isGone(grandchild)) await once(AbortSignal.timeout(10), 'abort');
});

test('the last log lines are those of this process only', async () => {
  await shell('echo old').exited;
  const child = shell('echo one; echo two >&2; echo three');
  await child.exited;

  expect(child.lastLogLines(2)).toEqual(['two', 'three']);
  expect(child.lastLogLines(10)).toEqual(['one', 'two', 'three']);
});

test('a program that cannot be executed is a StartError', () => {
  const log = path.join(state.dir, 'x.log');

  expect(() => spawnEngine({ name: 'nothing', command: '/no/such/program', args: [], log })).toThrow(
    'nothing cannot be started: /no/such/program cannot be executed.',
  );
});

test('an orphan is stopped only when its start time fits', async () => {
  const child = shell('echo up; exec sleep 1000');
  await untilItPrints(child);

  expect(await stopOrphan({ pid: child.pid, started: 'another time' }, 'SIGTERM', 1000)).toBe(false);
  expect(identifyProcess(child.pid)).toBe(child.started);
  expect(await stopOrphan(child, 'SIGTERM', 5000)).toBe(true);
  expect(await child.exited).toEqual({ code: null, signal: 'SIGTERM' });
  expect(await stopOrphan(child, 'SIGTERM', 1000)).toBe(false);
});

test('a supervised process is started again after each death, and not after stop', async () => {
  const events: SuperviseEvent[] = [];
  const pids: number[] = [];
  const supervised = await superviseChild({
    name: 'shell',
    start: () => Promise.resolve(withStop(shell('exec sleep 1000'), 'SIGTERM', 5000)),
    onStart: ({ pid }) => pids.push(pid),
    log: (event) => events.push(event),
    backoff: { firstMs: 5, maxMs: 20, stableMs: 60_000 },
  });

  for (let death = 1; death <= 3; death += 1) {
    process.kill(supervised.current().pid, 'SIGKILL');
    while (supervised.restarts() < death || pids.length <= death)
      await once(AbortSignal.timeout(10), 'abort');
  }
  await supervised.stop();

  expect(pids).toHaveLength(4);
  expect(pids.every(isGone)).toBe(true);
  expect(
    events.filter(({ event }) => event === 'process.exited').map((e) => 'restartInMs' in e && e.restartInMs),
  ).toEqual([5, 10, 20]);
});

test('a restart that fails is tried again', async () => {
  let starts = 0;
  const events: string[] = [];
  const supervised = await superviseChild({
    name: 'shell',
    start: () => {
      starts += 1;
      if (starts === 2 || starts === 3) return Promise.reject(new Error('not yet'));
      return Promise.resolve(withStop(shell('exec sleep 1000'), 'SIGTERM', 5000));
    },
    log: ({ event }) => events.push(event),
    backoff: { firstMs: 5, maxMs: 20, stableMs: 60_000 },
  });

  process.kill(supervised.current().pid, 'SIGKILL');
  while (!events.includes('process.restarted')) await once(AbortSignal.timeout(10), 'abort');
  await supervised.stop();

  expect(events).toEqual([
    'process.exited',
    'process.restart-failed',
    'process.restart-failed',
    'process.restarted',
  ]);
});
