/** Temporary state directories and child scripts of the tests in this folder. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { removeState } from '../../../platform/embedded/postgres-home.ts';
import { identifyProcess } from '../../../platform/embedded/process.ts';

const EMBEDDED = path.resolve(import.meta.dirname, '../../../platform/embedded');

/** A new directory and the removal of everything that belongs to it. */
export function temporaryStateDir() {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'tain-'));
  return { dir, remove: () => removeState(dir) };
}

/**
 * Runs a TypeScript module in a process of its own. `embedded('lock.ts')` in its text is replaced by an import path.
 * The script ends with its parent's pipe, so that a failed test leaves nothing behind.
 */
export function runScript(dir: string, name: string, text: string): ChildProcess {
  const file = path.join(dir, `${name}.mts`);
  const body = text.replace(
    /embedded\('([^']+)'\)/g,
    (_, module: string) => `'${path.join(EMBEDDED, module)}'`,
  );
  writeFileSync(file, `process.stdin.on('close', () => process.exit()).resume();\n${body}`);
  return spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
}

/** The first line that a script prints. */
export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
    child.once('exit', (code) => reject(new Error(`the script ended with ${code} and printed nothing`)));
  });
}

export async function killHard(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

export const isGone = (pid: number): boolean => identifyProcess(pid) === null;
