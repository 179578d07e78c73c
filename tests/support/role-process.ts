/** Processes of a role as tests need them: the real script, against the test's own database and namespace. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach } from '@jest/globals';
import { ROOT_DIR } from '../../platform/config.ts';
import { isReadyLine } from '../../platform/ready.ts';
import type { TestDatabase } from './database.ts';
import { provided } from './engines.ts';
import type { TestTemporal } from './temporal.ts';

export type RoleProcess = {
  readonly pid: number;
  readonly isAlive: () => boolean;
  readonly signal: (signal: NodeJS.Signals) => void;
};

export function useRoleProcesses(database: TestDatabase, temporal: TestTemporal) {
  const children: ChildProcess[] = [];

  afterEach(async () => {
    for (const child of children.splice(0)) {
      const exited = child.exitCode ?? child.signalCode ?? once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
  });

  /** Starts a worker with settings of its own, and waits until it is ready. */
  return async (
    role: 'realtime' | 'on-demand',
    settings: Readonly<Record<string, string>>,
  ): Promise<RoleProcess> => {
    const child = spawn(process.execPath, [path.join(ROOT_DIR, 'workers', `${role}.ts`)], {
      cwd: ROOT_DIR,
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: database.url,
        TEMPORAL_ADDRESS: provided('TAIN_TEST_TEMPORAL_ADDRESS'),
        TEMPORAL_NAMESPACE: temporal.namespace,
        // Where the run has its bundle.
        TAIN_STATE_DIR: path.dirname(path.dirname(provided('TAIN_TEST_WORKFLOW_BUNDLE'))),
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const lines = createInterface(child.stdout);
    const ready = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        if (isReadyLine(line)) resolve();
      });
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the ${role} worker ended with ${code}`);
    });
    ended.catch(() => undefined);
    await Promise.race([ready, ended]);
    return {
      pid: child.pid!,
      isAlive: () => child.exitCode === null && child.signalCode === null,
      signal: (signal) => void child.kill(signal),
    };
  };
}
