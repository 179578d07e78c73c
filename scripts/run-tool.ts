/** Runs a development tool of node_modules/.bin. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { ROOT_DIR } from '../platform/config.ts';

/** @returns null when the tool ended well, else what it printed */
export async function runTool(name: string, args: readonly string[]): Promise<string | null> {
  const child = spawn(path.join(ROOT_DIR, 'node_modules', '.bin', name), args, {
    cwd: ROOT_DIR,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output += data.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return code === 0 ? null : output || `${name} ended with ${code}.`;
}
