import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { SwapView } from '../../contracts/swaps.schema.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { useDataDir } from '../support/files.ts';
import { runCommand } from '../support/run-command.ts';
import { PORTFOLIO, SWAP, tellSwapLife, type SwapLife } from '../support/swap-life.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
let app: FastifyInstance;
let life: SwapLife;
let env: Record<string, string>;

beforeAll(async () => {
  app = await buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_DATA_DIR: data.dataDir, TAIN_RATE_LIMIT: '1000000' },
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  // For all commands of these tests: each is a process of its own.
  const token = tokenFor('viewer', 'tester', 600_000);
  env = { TAIN_API_URL: `http://127.0.0.1:${port}`, TAIN_TOKEN: token, TZ: 'UTC' };
  life = await tellSwapLife(database.sql, data);
});

afterAll(async () => {
  await app.close();
});

describe('tain swap', () => {
  it('shows the state, then every event with its outcome and its source', async () => {
    const { code, stdout, stderr } = await runCommand(['swap', SWAP], env);
    const lines = stdout.split('\n');

    expect([code, stderr]).toEqual([0, '']);
    expect(lines[0]).toBe(`swap ${SWAP}`);
    expect(stdout).toMatch(/^status +terminated on \d{4}-\d\d-\d\d$/m);
    expect(stdout).toMatch(/^events +5 = 3 applied \+ 1 duplicate \+ 1 violated$/m);
    expect(stdout).toMatch(/^ +#31 +notionalAmountLeg1 +900$/m);
    const header = life.lines[0]!.length;
    expect(stdout).toContain(
      `life.csv (${life.fileId}), line 2, ${life.lines[1]!.length} bytes at ${header}`,
    );
    expect(stdout).toContain('feed desk, session DAY1, sequence 2, received 2026-03-16 12:00:01 UTC');
    expect(stdout).toMatch(/^desk@DAY1\/2 error: /m);
  });

  it('shows it as it had been reported by a time', async () => {
    const { stdout } = await runCommand(['swap', SWAP, '--as-of', '2026-03-09'], env);

    expect(stdout).toContain(`swap ${SWAP} as reported until 2026-03-09`);
    expect(stdout).toMatch(/^status +open on 2026-03-09$/m);
    expect(stdout).toMatch(/^events +2 = 1 applied \+ 1 duplicate; 3 later ones left out$/m);
  });

  it('prints what the API answers with --json', async () => {
    const { stdout } = await runCommand(['swap', SWAP, '--json', '--as-of', '2026-03-15'], env);
    const answer = await app.inject({
      url: `/v1/swaps/${SWAP}?asOf=2026-03-15&limit=1000`,
      headers: bearer(tokenFor('viewer')),
    });

    expect(JSON.parse(stdout)).toEqual(answer.json<SwapView>());
  });

  it('takes the key of a portfolio, blanks and slashes included', async () => {
    const { code, stdout } = await runCommand(['swap', PORTFOLIO], env);

    expect(code).toBe(0);
    expect(stdout).toContain(`portfolio ${PORTFOLIO}\n`);
    expect(stdout).not.toContain('status');
  });

  it.each([
    [['NOSUCHSWAP'], 'No accepted message is about "NOSUCHSWAP".', 'GET /v1/swaps lists all keys'],
    [[SWAP, '--as-of', 'soon'], 'asOf', 'Correct the named fields'],
  ])('says of %j what is wrong and what to do', async (args, wrong, help) => {
    const { code, stdout, stderr } = await runCommand(['swap', ...args], env);

    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(wrong);
    expect(stderr).toContain(help);
  });
});
