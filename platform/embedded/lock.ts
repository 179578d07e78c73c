/**
 * An exclusive lock that survives crashes without outliving its holder: a file naming the holder's pid and start
 * token. Taking over a dead holder's lock is the delicate part: two processes may find it dead at once, and one may
 * replace it while the other still believes it stale. So whoever takes over first takes a lock on exactly that dead
 * content (`<file>.<hash of the content>`), then looks again, and only then replaces the file. Content is unique
 * (it holds a nonce), can only be replaced under its own takeover lock, and so is replaced once.
 */
import { createHash, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { identifyProcess, isAlive, type ProcessIdentity } from './process.ts';
import { directoryError, StartError, systemErrorCode } from './start-error.ts';

export type Lock = { readonly file: string; release(): void };

/** A lock file without a readable holder is one being written, or a torn one once it is this old. */
const TORN_AFTER_MS = 2000;

/**
 * Takes the lock if it is free or its holder is dead; null when a living process holds it.
 * @throws StartError when the directory cannot be written
 */
export function tryLock(file: string): Lock | null {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    return acquire(file);
  } catch (error) {
    throw directoryError(path.dirname(file), error) ?? error;
  }
}

/**
 * Takes the lock, or says who has it.
 * @param what the thing locked, for the error: "The Temporal database /…"
 * @throws StartError naming the holder's pid
 */
export function takeLock(file: string, what: string): Lock {
  const lock = tryLock(file);
  if (lock) return lock;
  const pid = lockHolder(file)?.pid;
  throw new StartError(
    `${what} is in use by ${pid === undefined ? 'another process' : `process ${pid}`}.`,
    `Stop that process first${pid === undefined ? '' : `, for example with: kill ${pid}`}`,
  );
}

/** The living process that holds the lock, or null. */
export function lockHolder(file: string): ProcessIdentity | null {
  const holder = parseHolder(readContent(file));
  return holder && isAlive(holder) ? holder : null;
}

function acquire(file: string): Lock | null {
  const content = JSON.stringify({
    pid: process.pid,
    started: identifyProcess(process.pid),
    nonce: randomBytes(8).toString('hex'),
  });
  if (!createWith(file, content) && !takeOver(file, content)) return null;
  return {
    file,
    release: () => {
      if (readContent(file) === content) rmSync(file, { force: true });
    },
  };
}

/** Creates the file with its content in one step: a link to a finished file, as `wx` alone shows an empty one first. */
function createWith(file: string, content: string): boolean {
  const own = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`;
  writeFileSync(own, content, { mode: 0o600 });
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    return createWithoutLinks(file, content, error);
  } finally {
    rmSync(own, { force: true });
  }
}

/** Some shared folders of virtual machines know no hard links. */
function createWithoutLinks(file: string, content: string, cause: unknown): boolean {
  if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemErrorCode(cause) ?? '')) throw cause;
  try {
    writeFileSync(file, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function takeOver(file: string, content: string): boolean {
  const stale = readContent(file);
  if (stale === null) return createWith(file, content);
  if (!isStale(file, stale)) return false;
  const claim = acquire(`${file}.${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`);
  if (!claim) return false;
  try {
    if (readContent(file) !== stale) return false;
    const own = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`;
    writeFileSync(own, content, { mode: 0o600 });
    renameSync(own, file);
    return true;
  } finally {
    claim.release();
  }
}

function isStale(file: string, content: string): boolean {
  const holder = parseHolder(content);
  if (holder) return !isAlive(holder);
  const info = statSync(file, { throwIfNoEntry: false });
  return info !== undefined && Date.now() - info.mtimeMs > TORN_AFTER_MS;
}

function readContent(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function parseHolder(content: string | null): ProcessIdentity | null {
  try {
    const value = JSON.parse(content ?? 'null') as Partial<ProcessIdentity> | null;
    return typeof value?.pid === 'number' && typeof value.started === 'string'
      ? { pid: value.pid, started: value.started }
      : null;
  } catch {
    return null;
  }
}
