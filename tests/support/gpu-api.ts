/** The API with a folder for training of its own, for tests of its file. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { buildTestApp } from './api.ts';
import type { TestDatabase } from './database.ts';
import type { TestTemporal } from './temporal.ts';

export function useGpuApi(database: TestDatabase, temporal: TestTemporal) {
  const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'tain-gpu-api-')));
  let app: FastifyInstance;
  let count = 0;
  beforeAll(async () => {
    app = await buildTestApp(
      { sql: database.sql, client: temporal.client },
      { TAIN_GPU_ROOTS: root, TAIN_RATE_LIMIT: '1000000' },
    );
  });
  afterAll(async () => {
    await app.close();
    rmSync(root, { recursive: true, force: true });
  });
  return {
    inject: (request: InjectOptions) => app.inject(request),
    /** A configuration and a folder that nobody has, so many of them where they are numbered. */
    folders(tasks?: number): { config: string; workdir: string } {
      count += 1;
      const names =
        tasks === undefined ? [`${count}`] : Array.from({ length: tasks }, (_, at) => `${count}-${at}`);
      for (const name of names) {
        writeFileSync(path.join(root, `${name}.json`), '{}');
        mkdirSync(path.join(root, name));
      }
      const name = tasks === undefined ? `${count}` : `${count}-{index}`;
      return { config: `${name}.json`, workdir: name };
    },
  };
}
