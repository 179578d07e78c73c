/**
 * Checks the paths of a job before it is queued, and again before it starts. What counts is where a path really leads
 * (realpath): inside of one of the allowed folders, or it is refused. Characters that mean something to a shell are
 * characters like any other, because no shell ever sees them.
 */
import { constants, type Stats } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { TainError } from '../../contracts/errors.ts';

export type JobPaths = {
  /** Real and absolute. */
  readonly config: string;
  readonly workDir: string;
};

/** Linux takes no longer one, PATH_MAX. */
const PATH_MAX = 4096;
/** A configuration is read whole by whoever shows it. */
const CONFIG_MAX_BYTES = 1024 * 1024;
const MAX_SHOWN = 200;

type Field = 'config' | 'workdir';

/**
 * Where config (a regular file that can be read) and workdir (a folder that can be written) really are.
 * @param paths as they came; a relative one counts from the first root
 * @param roots absolute folders that paths may lie in
 * @throws TainError job.path-invalid, naming field, value and rule
 */
export async function checkJobPaths(
  paths: { readonly config: unknown; readonly workdir: unknown },
  roots: readonly string[],
): Promise<JobPaths> {
  const config = await resolve('config', paths.config, roots);
  if (!config.stats.isFile()) refuse('config', paths.config, 'no-file');
  if (config.stats.size > CONFIG_MAX_BYTES) refuse('config', paths.config, 'too-large', CONFIG_MAX_BYTES);
  await allow('config', paths.config, config.location, constants.R_OK, 'unreadable');
  const workDir = await resolve('workdir', paths.workdir, roots);
  if (!workDir.stats.isDirectory()) refuse('workdir', paths.workdir, 'no-folder');
  const use = constants.R_OK | constants.W_OK | constants.X_OK;
  await allow('workdir', paths.workdir, workDir.location, use, 'unwritable');
  return { config: config.location, workDir: workDir.location };
}

async function resolve(
  field: Field,
  value: unknown,
  roots: readonly string[],
): Promise<{ location: string; stats: Stats }> {
  if (typeof value !== 'string' || value === '') refuse(field, value, 'text');
  if (value.includes('\0')) refuse(field, value, 'nul');
  if (Buffer.byteLength(value) > PATH_MAX) refuse(field, value, 'too-long', PATH_MAX);
  // Also one that would lead back inside: nobody who means well writes it.
  if (value.split('/').includes('..')) refuse(field, value, 'traversal');
  const location = path.resolve(roots[0] ?? '/', value);
  const allowed = roots.join(', ');
  // Before looking at it: whether something exists outside is nobody's business.
  if (!roots.some((root) => isInside(location, root))) refuse(field, value, 'outside', allowed);
  const real = await realpath(location).catch(() => refuse(field, value, 'missing'));
  const realRoots = await Promise.all(roots.map((root) => realpath(root).catch(() => null)));
  if (!realRoots.some((root) => root !== null && isInside(real, root))) refuse(field, value, 'link', allowed);
  return { location: real, stats: await stat(real).catch(() => refuse(field, value, 'missing')) };
}

/** Below the folder: the folder itself is nobody's working folder. */
function isInside(location: string, root: string): boolean {
  const way = path.relative(root, location);
  return way !== '' && !way.startsWith(`..${path.sep}`) && way !== '..' && !path.isAbsolute(way);
}

async function allow(
  field: Field,
  value: unknown,
  location: string,
  mode: number,
  rule: string,
): Promise<void> {
  await access(location, mode).catch(() => refuse(field, value, rule));
}

function refuse(field: Field, value: unknown, rule: string, limit: string | number = ''): never {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  throw new TainError('job.path-invalid', { field, value: text.slice(0, MAX_SHOWN), rule, limit });
}
