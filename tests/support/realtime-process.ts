/** Processes of the realtime role as tests need them: the real script, against the test's own database and namespace. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach } from '@jest/globals';
import { ROOT_DIR } from '../../platform/config.ts';
import { isReadyLine } from '../../platform/ready.ts';
import type { TestDatabase } from './database.ts';
import { provided } from './engines.ts';
import type { TestTemporal } from './temporal.ts';

export type RealtimeProcess = {
  readonly pid: number;
  readonly isAlive: () => boolean;
  readonly signal: (signal: NodeJS.Signals) => void;
};

export function useRealtimeProcesses(database: TestDatabase, temporal: TestTemporal) {
  const children: ChildProcess[] = [];
  let stateDir: string | null = null;

  afterEach(async () => {
    for (const child of children.splice(0)) {
      const exited = child.exitCode ?? child.signalCode ?? once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    if (stateDir !== null) await rm(stateDir, { recursive: true });
    stateDir = null;
  });

  /** Starts a worker that reads the feeds of a file, and waits until it is ready. */
  return async (feedsFile: string): Promise<RealtimeProcess> => {
    stateDir ??= await mkdtemp(path.join(os.tmpdir(), 'tain-realtime-'));
    const child = spawn(process.execPath, [path.join(ROOT_DIR, 'workers/realtime.ts')], {
      cwd: ROOT_DIR,
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: database.url,
        TEMPORAL_ADDRESS: provided('TAIN_TEST_TEMPORAL_ADDRESS'),
        TEMPORAL_NAMESPACE: temporal.namespace,
        TAIN_FEEDS_FILE: feedsFile,
        TAIN_STATE_DIR: stateDir,
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
      throw new Error(`the realtime worker ended with ${code}`);
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
