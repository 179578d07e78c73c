import { statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { claimInstance, readInstance, stopInstance } from '../../../platform/embedded/instance.ts';
import { firstLine, isGone, killHard, runScript, temporaryStateDir } from './children.ts';

let state: ReturnType<typeof temporaryStateDir>;
beforeEach(() => {
  state = temporaryStateDir();
});
afterEach(() => state.remove());

/** Claims the instance with an engine and two workers, and prints their pids. Ends itself on SIGTERM like `up`. */
const supervisor = () =>
  runScript(
    state.dir,
    'supervisor',
    `
    import { claimInstance } from embedded('instance.ts');
    import { spawnEngine } from embedded('process.ts');
    const instance = await claimInstance(${JSON.stringify(state.dir)});
    const pids = ['engine', 'worker-1', 'worker-2'].map((name) => {
      const log = ${JSON.stringify(path.join(state.dir, 'log'))};
      const child = spawnEngine({ name, command: '/bin/sleep', args: ['1000'], log });
      instance.record({ ...child, kind: name === 'engine' ? 'engine' : 'worker', stopSignal: 'SIGTERM', graceMs: 5000 });
      process.on('SIGTERM', () => child.stop('SIGTERM', 1000));
      return child.pid;
    });
    instance.publish({ apiUrl: 'http://127.0.0.1:8080' });
    process.on('SIGTERM', () => setTimeout(() => { instance.release(); process.exit(0); }, 100));
    console.log(JSON.stringify(pids));
    `,
  );

test('other commands find the running instance, and a second one is refused', async () => {
  const child = supervisor();
  await firstLine(child);

  const instance = await readInstance(state.dir);
  expect(instance).toMatchObject({ pid: child.pid, apiUrl: 'http://127.0.0.1:8080' });
  expect(instance?.processes.map(({ name }) => name)).toEqual(['engine', 'worker-1', 'worker-2']);
  expect(statSync(path.join(state.dir, 'run.json')).mode & 0o777).toBe(0o600);
  await expect(claimInstance(state.dir)).rejects.toThrow(
    `Tain is already running here (process ${child.pid}).`,
  );

  expect(await stopInstance(state.dir, 10_000)).toBe('stopped');
  expect(await readInstance(state.dir)).toBeNull();
  expect(await stopInstance(state.dir, 10_000)).toBe('not running');
});

test('the next instance stops what a killed one left behind', async () => {
  const child = supervisor();
  const pids = JSON.parse(await firstLine(child)) as number[];
  await killHard(child);
  expect(await readInstance(state.dir)).toBeNull();
  expect(pids.some(isGone)).toBe(false);

  const messages: string[] = [];
  const instance = await claimInstance(state.dir, (text) => messages.push(text));

  expect(pids.every(isGone)).toBe(true);
  expect(messages).toEqual(['Stopping what a killed start left behind: engine, worker-1, worker-2.']);
  expect((await readInstance(state.dir))?.processes).toEqual([]);
  instance.release();
});

test('down stops what a killed instance left behind', async () => {
  const child = supervisor();
  const pids = JSON.parse(await firstLine(child)) as number[];
  await killHard(child);

  expect(await stopInstance(state.dir, 10_000)).toBe('leftovers stopped');
  expect(pids.every(isGone)).toBe(true);
});

test('nothing is running in a directory that does not exist', async () => {
  expect(await readInstance(path.join(state.dir, 'nowhere'))).toBeNull();
});
