/** Runs a command of Tain to its end, as a person would in a terminal without colours. */
import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { ROOT_DIR } from '../../platform/config.ts';

/** A terminal that says nothing of its language. */
export const PLAIN_LOCALE = { LC_ALL: '', LC_MESSAGES: '', LANG: 'C' };

export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type Running = {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  output(): string;
};

export function startCommand(args: readonly string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [path.join(ROOT_DIR, 'cli', 'main.ts'), ...args], {
    cwd: ROOT_DIR,
    env: { ...process.env, NO_COLOR: '1', ...PLAIN_LOCALE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, finished, output: () => stdout + stderr };
}

export function runCommand(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  return startCommand(args, env).finished;
}
