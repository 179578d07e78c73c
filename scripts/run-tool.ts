/** Runs a development tool: the launcher has put node_modules/.bin in front of the path. */
import { spawn } from 'node:child_process';
import { ROOT_DIR } from '../platform/config.ts';

/** @returns null when the tool ended well, else what it printed */
export async function runTool(name: string, args: readonly string[]): Promise<string | null> {
  const child = spawn(name, args, {
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
