import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lockHolder, takeLock, tryLock } from '../../../platform/embedded/lock.ts';
import { firstLine, killHard, runScript, temporaryStateDir } from './children.ts';

let state: ReturnType<typeof temporaryStateDir>;
let file: string;

beforeEach(() => {
  state = temporaryStateDir();
  file = path.join(state.dir, 'a.lock');
});
afterEach(() => state.remove());

const HOLD = `
  import { takeLock } from embedded('lock.ts');
  takeLock(process.env.LOCK_FILE, 'The thing');
  console.log('held');
  setInterval(() => {}, 1000);
`;

const hold = (name: string) =>
  runScript(state.dir, name, HOLD.replace('process.env.LOCK_FILE', JSON.stringify(file)));

test('a lock is exclusive until it is released', () => {
  const lock = takeLock(file, 'The thing');

  expect(tryLock(file)).toBeNull();
  expect(() => takeLock(file, 'The thing')).toThrow(`The thing is in use by process ${process.pid}.`);
  lock.release();
  expect(tryLock(file)).not.toBeNull();
});

test('the error names a holder in another process, and its death frees the lock', async () => {
  const holder = hold('holder');
  await firstLine(holder);

  expect(() => takeLock(file, 'The thing')).toThrow(`The thing is in use by process ${holder.pid}.`);
  await killHard(holder);
  expect(lockHolder(file)).toBeNull();
  expect(tryLock(file)).not.toBeNull();
});

test('a lock whose pid belongs to another process by now is taken over', () => {
  writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'some other time', nonce: '1' }));

  expect(tryLock(file)).not.toBeNull();
  expect(lockHolder(file)?.pid).toBe(process.pid);
});

test('a lock that its owner lost to somebody else is not released by that owner', () => {
  const lock = takeLock(file, 'The thing');
  const other = JSON.stringify({ pid: process.ppid, started: 'unknown', nonce: '2' });
  writeFileSync(file, other);

  lock.release();

  expect(readFileSync(file, 'utf8')).toBe(other);
});

test('of many racers for a dead lock exactly one gets it, and nothing but the lock is left', async () => {
  const race = `
    import { tryLock } from embedded('lock.ts');
    import { existsSync } from 'node:fs';
    console.log('ready');
    while (!existsSync(${JSON.stringify(path.join(state.dir, 'go'))}));
    const lock = tryLock(${JSON.stringify(file)});
    console.log(lock ? 'won' : 'lost');
    setInterval(() => {}, 1000);
  `;
  writeFileSync(file, JSON.stringify({ pid: 2 ** 30, started: 'long ago', nonce: '3' }));
  const racers = Array.from({ length: 6 }, (_, index) => runScript(state.dir, `racer-${index}`, race));
  await Promise.all(racers.map(firstLine));
  const results = racers.map(firstLine);

  writeFileSync(path.join(state.dir, 'go'), '');
  const outcome = await Promise.all(results);
  await Promise.all(racers.map(killHard));

  expect(outcome.filter((line) => line === 'won')).toHaveLength(1);
  expect(readdirSync(state.dir).filter((name) => name.startsWith('a.lock'))).toEqual(['a.lock']);
});
