/**
 * Where the embedded PostgreSQL lives, and as whom it runs. For an ordinary user: in the state directory, as that
 * user. PostgreSQL refuses to run as root, so for root it runs as the user `postgres`, which may well be unable to
 * enter the checkout (a root-only home, a 0700 volume): data and a copy of the programs then live below
 * /var/lib/tain, keyed by the state directory's path, and `<state dir>/postgres/data` is a link to them.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { completeInPlace, copyBinaries, findBinaries } from './postgres-binaries.ts';
import { directoryError, StartError, systemErrorCode } from './start-error.ts';

export type PostgresHome = {
  /** Directory that holds `data` and what is made on the way to it. */
  readonly dir: string;
  readonly data: string;
  readonly bin: string;
  /** The user to run as; unset is the current one. */
  readonly owner?: { readonly uid: number; readonly gid: number };
};

/** File with the password of the database role. */
export const passwordFile = (stateDir: string) => path.join(stateDir, 'postgres-password');

type Progress = (text: string) => void;

const isRoot = () => process.getuid?.() === 0;

/** Where root keeps what the user `postgres` must reach; the second only when the first cannot be written. */
const rootBases = () => ['/var/lib/tain', path.join(os.tmpdir(), 'tain-root')];

/**
 * Prepares directories, programs and, for root, the user.
 * @throws StartError saying what is missing
 */
export function preparePostgresHome(stateDir: string, onProgress: Progress): PostgresHome {
  const own = path.join(stateDir, 'postgres');
  try {
    mkdirSync(own, { recursive: true });
  } catch (error) {
    throw directoryError(stateDir, error) ?? error;
  }
  return isRoot() ? prepareForRoot(stateDir, onProgress) : prepareForUser(own);
}

function prepareForUser(dir: string): PostgresHome {
  const binaries = findBinaries();
  const programs = completeInPlace(binaries) ?? copyBinaries(binaries, dir);
  return { dir, data: path.join(dir, 'data'), bin: path.join(programs, 'bin') };
}

function prepareForRoot(stateDir: string, onProgress: Progress): PostgresHome {
  refuseForeignData(path.join(stateDir, 'postgres/data'));
  const owner = findOrCreateUser(onProgress);
  const binaries = findBinaries();
  const base = rootBases().find((candidate) => isUsable(candidate, owner));
  if (base === undefined) {
    throw new StartError(
      `PostgreSQL cannot run as root, and the user postgres can reach neither of ${rootBases().join(' and ')}.`,
      'Start Tain as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
  if (base !== rootBases()[0]) onProgress(`The database is kept in ${base}, which a reboot may empty.`);
  const bin = path.join(copyBinaries(binaries, path.join(base, 'engines')), 'bin');
  const dir = path.join(base, homeKey(stateDir));
  const data = path.join(dir, 'data');
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  chmodSync(dir, 0o755);
  return { dir, data, bin, owner };
}

/** Removes a state directory for good, with what belongs to it elsewhere. Nothing of it may be running. */
export function removeState(stateDir: string): void {
  for (const dir of [stateDir, ...rootHomes(stateDir)]) rmSync(dir, { recursive: true, force: true });
}

/**
 * The directories outside of a state directory that belong to it. None for an ordinary user, whose data is in the state
 * directory itself.
 */
export function rootHomes(stateDir: string): string[] {
  return isRoot() ? rootBases().map((base) => path.join(base, homeKey(stateDir))) : [];
}

function homeKey(stateDir: string): string {
  return createHash('sha256').update(path.resolve(stateDir)).digest('hex').slice(0, 16);
}

function refuseForeignData(link: string): void {
  const info = lstatSync(link, { throwIfNoEntry: false });
  if (!info?.isDirectory()) return;
  throw new StartError(
    `The database in ${link} belongs to the user with id ${info.uid}, and PostgreSQL cannot run as root.`,
    'Start Tain as that user, or set TAIN_STATE_DIR to another directory.',
  );
}

function findOrCreateUser(onProgress: Progress): { uid: number; gid: number } {
  const found = lookUpUser();
  if (found) return found;
  onProgress('PostgreSQL cannot run as root: creating the system user postgres.');
  const attempts: [string, string[]][] = [
    ['useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', '--user-group', 'postgres']],
    ['adduser', ['-S', '-D', '-H', 'postgres']], // busybox
  ];
  for (const [command, args] of attempts) {
    if (spawnSync(command, args, { stdio: 'ignore' }).status !== 0) continue;
    const created = lookUpUser();
    if (created) return created;
  }
  throw new StartError(
    'PostgreSQL cannot run as root, and the system user postgres could not be created.',
    'Start Tain as an ordinary user, or create the user with: useradd --system postgres',
  );
}

function lookUpUser(): { uid: number; gid: number } | null {
  const id = (flag: string) => {
    const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
    return status === 0 && /^\d+\s*$/.test(stdout) ? Number(stdout) : null;
  };
  const [uid, gid] = [id('-u'), id('-g')];
  return uid === null || gid === null ? null : { uid, gid };
}

/** Below a shared temporary directory somebody else may have made it first: only root's own directory is trusted. */
function isUsable(base: string, owner: { uid: number; gid: number }): boolean {
  try {
    mkdirSync(base, { recursive: true, mode: 0o755 });
    const info = lstatSync(base);
    if (!info.isDirectory() || info.uid !== 0) return false;
    chmodSync(base, 0o755);
    const probe = path.join(base, `.probe-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
    return (
      spawnSync('/bin/sh', ['-c', 'cd "$0"', base], { ...owner, cwd: '/', stdio: 'ignore' }).status === 0
    );
  } catch {
    return false;
  }
}

/**
 * For root, connects the state directory with its data, also after it was moved, and tells a fresh state directory
 * from a known one. No PostgreSQL may be running on `home.data`.
 */
export function linkData(stateDir: string, home: PostgresHome, onProgress: Progress): void {
  if (!home.owner) return;
  const link = path.join(stateDir, 'postgres/data');
  const linked = readLink(link);
  const known = linked !== null || existsSync(passwordFile(stateDir));
  if (!known && existsSync(home.data)) setAside(home.data, onProgress);
  if (linked !== null && linked !== home.data && !existsSync(home.data)) adoptMoved(linked, home.data);
  writeFileSync(path.join(home.dir, 'state-dir'), path.resolve(stateDir));
  if (linked === home.data) return;
  rmSync(link, { force: true });
  symlinkSync(home.data, link);
}

/** Data follows a state directory that was moved; a copied one starts anew, since the original still owns its data. */
function adoptMoved(from: string, to: string): void {
  const note = path.join(path.dirname(from), 'state-dir');
  if (!existsSync(from) || !existsSync(note) || existsSync(readFileSync(note, 'utf8'))) return;
  renameSync(from, to);
  rmSync(path.dirname(from), { recursive: true, force: true });
}

/** The state directory was deleted and is new: so is its database. The last one is kept, once. */
function setAside(data: string, onProgress: Progress): void {
  rmSync(`${data}.previous`, { recursive: true, force: true });
  renameSync(data, `${data}.previous`);
  onProgress(`The database of the deleted state directory was kept in ${data}.previous.`);
}

function readLink(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
