import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, part, queueJob, start } from '../support/gpu.ts';
import { runCommand } from '../support/run-command.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
let app: FastifyInstance;
let url: string;

beforeAll(async () => {
  app = await buildTestApp({ sql: database.sql, client: temporal.client });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await app.close();
});

const gpu = (...args: string[]) =>
  runCommand(['gpu', ...args], { TAIN_API_URL: url, TAIN_TOKEN: tokenFor('operator', 'kim') });

describe('tain gpu', () => {
  it('says that there is nothing, and where it would be named', async () => {
    expect((await gpu('node', 'list')).stdout).toContain('TAIN_GPU_FILE');
    expect((await gpu('cost')).stdout).toContain('No prices are set');
    expect((await gpu('usage')).stdout).toContain('Nothing was measured');
  });

  it('lists nodes and cards, drains one with a reason, and resumes it', async () => {
    const { node, devices } = await addNode(database.sql, [{}, { sharing: 'shared', slices: 10 }]);
    const job = await queueJob(database.sql);
    await start(database.sql, job, node, [part(devices[1]!, { slices: 3 })]);

    const drained = await gpu('node', 'drain', node, '--reason', 'new fans');
    expect(drained).toMatchObject({ code: 0, stdout: expect.stringContaining('draining: new fans (kim') });
    const listed = await gpu('node', 'list');
    expect(listed.stdout).toMatch(new RegExp(`${devices[1]}.*shared +3/10 held`));
    expect((await gpu('capacity')).stdout).toMatch(/1 draining, 0 drained/);
    expect((await gpu('node', 'resume', node, '--reason', 'fans are in')).stdout).toContain(`${node}  open`);
    expect((await gpu('capacity')).stdout).toMatch(/shared +1 +1 +0 +7 of 10/);
  });

  it('says what is missing or wrong', async () => {
    expect(await gpu('node', 'drain', 'nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--reason'),
    });
    expect(await gpu('node', 'drain', 'nowhere', '--reason', 'because')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('"nowhere"'),
    });
    expect(await gpu('cost', '--from', 'monday')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('YYYY-MM-DD'),
    });
  });

  it('prints what the API answers', async () => {
    const { stdout } = await gpu('capacity', '--json');

    expect(JSON.parse(stdout)).toHaveProperty('models');
  });
});
