/** A whole Tain of its own, started by its own command in directories of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT_DIR } from '../../platform/config.ts';
import { readInstance, type Instance } from '../../platform/embedded/instance.ts';
import { removeState } from '../../platform/embedded/postgres-home.ts';
import { runCommand, type Finished } from './run-command.ts';
import { until } from './until.ts';

export type RunningTain = {
  readonly env: Record<string, string>;
  readonly dataDir: string;
  readonly stateDir: string;
  /** Starts `tain up --no-demo` and waits until the API answers. */
  up(): Promise<Instance>;
  instance(): Promise<Instance | null>;
  /** What `tain up` printed so far. */
  output(): string;
  /** Runs a command to its end. */
  run(...args: string[]): Promise<Finished>;
  /** Copies the logs of its processes to a directory of their own. @returns where they are */
  keepLogs(): Promise<string>;
  /** Stops it in order and removes its directories. */
  dispose(): Promise<void>;
};

export async function createTain(settings: Record<string, string> = {}): Promise<RunningTain> {
  const home = await mkdtemp(path.join(tmpdir(), 'tain-own-'));
  const stateDir = path.join(home, 'state');
  const dataDir = path.join(home, 'data');
  const log = path.join(home, 'up.log');
  await mkdir(dataDir);
  const env = { TAIN_STATE_DIR: stateDir, TAIN_DATA_DIR: dataDir, ...settings };
  const main = path.join(ROOT_DIR, 'cli', 'main.ts');
  let child: ChildProcess | null = null;

  const tain: RunningTain = {
    env,
    dataDir,
    stateDir,
    instance: () => readInstance(stateDir),
    output: () => readFileSync(log, 'utf8'),
    async up() {
      child = spawn(process.execPath, [main, 'up', '--no-demo'], {
        cwd: ROOT_DIR,
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      for (const stream of [child.stdout!, child.stderr!])
        stream.on('data', (data: Buffer) => appendFileSync(log, data));
      const ended = new Promise<never>((_resolve, reject) => {
        child!.once('exit', (code) => reject(new Error(`tain up ended with ${code}:\n${tain.output()}`)));
      });
      // A kill later on ends it too: that is then nobody's error.
      ended.catch(() => undefined);
      const answering = until(async () => {
        const instance = await readInstance(stateDir);
        if (!instance?.apiUrl || instance.pid !== child!.pid) throw new Error('not up yet');
        await fetch(`${instance.apiUrl}/readyz`);
        return instance;
      }, 120_000);
      return Promise.race([answering, ended]);
    },
    run: (...args) => runCommand(args, env),
    async keepLogs() {
      const kept = await mkdtemp(path.join(tmpdir(), 'tain-logs-'));
      await cp(path.join(stateDir, 'logs'), kept, { recursive: true });
      return kept;
    },
    async dispose() {
      await tain.run('down');
      removeState(stateDir);
      await rm(home, { recursive: true, force: true });
    },
  };
  return tain;
}
