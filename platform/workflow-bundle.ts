/**
 * The workflow bundle, built once per state of the sources it is made of and kept under the state directory. An image
 * brings its own along in `dist`.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { ROOT_DIR } from './config.ts';

/** Folders whose files can end up in the bundle, and the lock file for the packages. */
const SOURCES = ['workflows', 'contracts', 'domain', 'package-lock.json'];

/** Builds the bundle without keeping it. */
export async function buildWorkflowBundle(): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(ROOT_DIR, 'workflows', 'index.ts'),
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error: console.error, log() {} },
  });
  return code;
}

/** Path of the bundle of the present sources, built when there is none yet. Processes may race for it. */
export async function openWorkflowBundle(stateDir: string): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) await addSource(hash, path.join(ROOT_DIR, source));
  const name = path.join('bundles', `workflows-${hash.digest('hex').slice(0, 16)}.js`);
  const file = path.join(stateDir, name);
  for (const built of [path.join(ROOT_DIR, 'dist', name), file])
    if (await stat(built).catch(() => null)) return built;
  await mkdir(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, await buildWorkflowBundle());
  await rename(unfinished, file);
  return file;
}

async function addSource(hash: ReturnType<typeof createHash>, source: string): Promise<void> {
  if ((await stat(source)).isFile()) {
    hash.update(path.relative(ROOT_DIR, source)).update(await readFile(source));
    return;
  }
  for (const name of (await readdir(source)).sort()) await addSource(hash, path.join(source, name));
}
