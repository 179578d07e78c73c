import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import {
  startTemporal,
  type RunningTemporal,
  type TemporalOptions,
} from '../../../platform/embedded/temporal.ts';
import { findTemporal } from '../../../platform/embedded/temporal-binary.ts';
import { firstLine, isGone, killHard, runScript, temporaryStateDir } from './children.ts';

const LIMIT_MS = 60_000;
/** Without any Temporal CLI on the machine it is built first. */
const BUILD_LIMIT_MS = 900_000;

let binary: string;
let state: ReturnType<typeof temporaryStateDir>;
let engine: RunningTemporal | undefined;

beforeAll(async () => {
  binary = (await findTemporal()).path;
}, BUILD_LIMIT_MS);
beforeEach(() => {
  state = temporaryStateDir();
});
afterEach(async () => {
  await engine?.stop();
  engine = undefined;
  state.remove();
});

const options = (dir: string): TemporalOptions => ({
  stateDir: dir,
  binary,
  log: path.join(dir, 'temporal.log'),
  searchAttributes: {},
  namespace: 'default',
});

const start = async (others: Partial<TemporalOptions> = {}) =>
  (engine = await startTemporal({ ...options(state.dir), ...others }));

async function searchAttributes(address: string, namespace: string): Promise<string[]> {
  const connection = await Connection.connect({ address });
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    return Object.keys(customAttributes ?? {}).sort();
  } finally {
    await connection.close();
  }
}

test(
  'servers that are started at once take ports of their own',
  async () => {
    const states = Array.from({ length: 4 }, temporaryStateDir);
    const started = await Promise.allSettled(
      states.map(({ dir }) => startTemporal({ ...options(dir), namespace: path.basename(dir) })),
    );
    const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    try {
      expect(started.filter(({ status }) => status === 'rejected')).toEqual([]);
      expect(new Set(servers.flatMap(({ port, uiPort }) => [port, uiPort])).size).toBe(8);
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      for (const { remove } of states) remove();
    }
  },
  LIMIT_MS,
);

test(
  'the server is ready with its namespace, its search attributes, its UI and a write-ahead log',
  async () => {
    const { address, uiUrl } = await start({ namespace: 'swaps', searchAttributes: { TainDate: 'Keyword' } });

    expect(await searchAttributes(address, 'swaps')).toEqual(['TainDate']);
    expect((await fetch(uiUrl)).status).toBe(200);
    expect(existsSync(path.join(state.dir, 'temporal/temporal.db-wal'))).toBe(true);
  },
  LIMIT_MS,
);

test(
  'search attributes added later are there on a database that exists',
  async () => {
    await (await start({ searchAttributes: { First: 'Keyword' } })).stop();

    const { address } = await start({ searchAttributes: { First: 'Keyword', Second: 'Int' } });

    expect(await searchAttributes(address, 'default')).toEqual(['First', 'Second']);
  },
  LIMIT_MS,
);

test(
  'a second server on the same database is refused',
  async () => {
    await start();

    await expect(
      startTemporal({
        stateDir: state.dir,
        binary,
        log: path.join(state.dir, 'second.log'),
        searchAttributes: {},
        namespace: 'default',
      }),
    ).rejects.toThrow(`is in use by process ${process.pid}`);
  },
  LIMIT_MS,
);

test(
  'a server without a write-ahead log is refused and stopped',
  async () => {
    await expect(start({ pragmas: ['jurnal_mode=wal'] })).rejects.toThrow('runs without a write-ahead log');

    expect((await start()).pid).toBeGreaterThan(0);
  },
  LIMIT_MS,
);

test(
  'a server that outlived its supervisor is stopped before the next one starts',
  async () => {
    const supervisor = runScript(
      state.dir,
      'supervisor',
      `
      import { startTemporal } from embedded('temporal.ts');
      const dir = ${JSON.stringify(state.dir)};
      const { pid } = await startTemporal({
        stateDir: dir, binary: ${JSON.stringify(binary)}, log: dir + '/t.log', searchAttributes: {}, namespace: 'default',
      });
      console.log(pid);
      setInterval(() => {}, 1000);
      `,
    );
    const orphan = Number(await firstLine(supervisor));
    await killHard(supervisor);
    expect(isGone(orphan)).toBe(false);

    await start();

    expect(isGone(orphan)).toBe(true);
  },
  LIMIT_MS,
);

test('a TEMPORAL_CLI_PATH that does not exist is an error', async () => {
  await expect(findTemporal({ env: { TEMPORAL_CLI_PATH: '/no/temporal' } })).rejects.toThrow(
    'TEMPORAL_CLI_PATH is /no/temporal, which does not exist.',
  );
});
