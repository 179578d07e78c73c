/**
 * Real Slurm for comparison: the programs that are installed, or those of the distribution's packages, unpacked into
 * the user's cache without being installed. Nothing of the system is changed and nobody has to be root.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findOnPath, cacheDir } from '../../platform/embedded/temporal-binary.ts';

export const SLURM_PROGRAMS = [
  'munged',
  'slurmctld',
  'slurmd',
  'slurmstepd',
  'sbatch',
  'scontrol',
  'scancel',
  'sdiag',
  'sinfo',
  'sprio',
] as const;

export type SlurmProgram = (typeof SLURM_PROGRAMS)[number];

export type SlurmPrograms = {
  readonly programs: Readonly<Record<SlurmProgram, string>>;
  /** Where plugins and libraries lie when the system does not know it; null: it does. */
  readonly unpacked: { readonly pluginDir: string; readonly libraryPath: string } | null;
};

const PACKAGES = ['slurmctld', 'slurmd', 'slurm-client', 'munge'];
const DOWNLOAD_MS = 180_000;

/** The programs, or why there are none that run and what to do about it. */
export function findSlurm(
  env: NodeJS.ProcessEnv = process.env,
): SlurmPrograms | { readonly problem: string } {
  const wide = { ...env, PATH: `${env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/local/sbin` };
  const advice = `Install ${PACKAGES.join(', ')}, or let apt-get reach its archive (apt-get update).`;
  try {
    const installed = collect((program) => findOnPath(program, wide));
    const found = installed ? { programs: installed, unpacked: null } : readUnpacked(unpackPackages(wide));
    const libraries = found.unpacked && { LD_LIBRARY_PATH: found.unpacked.libraryPath };
    for (const program of ['slurmctld', 'slurmd', 'munged'] as const)
      run(found.programs[program], ['-V'], { ...wide, ...libraries });
    return found;
  } catch (error) {
    return { problem: `${(error as Error).message}. ${advice}` };
  }
}

function collect(find: (program: SlurmProgram) => string | null): Record<SlurmProgram, string> | null {
  const found = SLURM_PROGRAMS.map((program) => [program, find(program)] as const);
  return found.every(([, file]) => file !== null)
    ? (Object.fromEntries(found) as Record<SlurmProgram, string>)
    : null;
}

/** Unpacks the packages, and those they need and the system lacks, once for each set of versions. */
function unpackPackages(env: NodeJS.ProcessEnv): string {
  for (const tool of ['apt-get', 'dpkg-deb'])
    if (!findOnPath(tool, env)) throw new Error(`Slurm is not installed, and neither is ${tool}`);
  const planned = run('apt-get', ['install', '-s', '-q', '--no-install-recommends', ...PACKAGES], env);
  const wanted = [...planned.matchAll(/^Inst (\S+)(?: \[\S+\])? \((\S+)/gm)].map(([, name, version]) => ({
    name: name!,
    version: version!,
  }));
  if (wanted.length === 0) throw new Error('apt-get names no packages of it');
  const named = wanted.map(({ name, version }) => `${name}=${version}`);
  const key = createHash('sha256')
    .update(`${named.join(' ')} ${process.arch}`)
    .digest('hex')
    .slice(0, 16);
  const parent = path.join(cacheDir(env), 'slurm');
  const target = path.join(parent, key);
  if (existsSync(target)) return target;

  mkdirSync(parent, { recursive: true });
  const temporary = mkdtempSync(path.join(parent, 'download-'));
  try {
    // Packages are read by nobody but us: apt's own user may not write into a home.
    run('apt-get', ['download', '-q', '-o', 'APT::Sandbox::User=', ...named], env, temporary);
    const root = path.join(temporary, 'root');
    mkdirSync(root);
    for (const file of readdirSync(temporary).filter((name) => name.endsWith('.deb')))
      run('dpkg-deb', ['-x', path.join(temporary, file), root], env);
    if (!existsSync(target)) renameSync(root, target);
    return target;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function readUnpacked(root: string): SlurmPrograms {
  // The packages call some programs NAME-wlm and link NAME to it when they are installed.
  const programs = collect(
    (program) =>
      [`usr/sbin/${program}`, `usr/sbin/${program}-wlm`, `usr/bin/${program}`]
        .map((file) => path.join(root, file))
        .find((file) => existsSync(file)) ?? null,
  );
  const libraries = path.join(root, 'usr/lib');
  const folder = readdirSync(libraries)
    .map((name) => path.join(libraries, name))
    .find((dir) => existsSync(path.join(dir, 'slurm-wlm')));
  if (!programs || !folder) throw new Error(`the packages do not hold what is expected (${root})`);
  const pluginDir = path.join(folder, 'slurm-wlm');
  return { programs, unpacked: { pluginDir, libraryPath: `${folder}:${pluginDir}` } };
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd?: string): string {
  const { stdout, stderr, status, error } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: DOWNLOAD_MS,
    env: { ...env, LC_ALL: 'C' },
    ...(cwd && { cwd }),
  });
  if (status === 0) return stdout;
  const reason = error?.message ?? stderr.trim().split('\n').at(-1);
  throw new Error(`${command} ${args[0]} fails (${reason})`);
}
