import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { addNode, cutInto, part, queueJob, start } from '../support/gpu.ts';
import { runCommand } from '../support/run-command.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
let app: FastifyInstance;
let url: string;
const root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'tain-gpu-')));

beforeAll(async () => {
  app = await buildTestApp({ sql: database.sql, client: temporal.client }, { TAIN_GPU_ROOTS: root });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await app.close();
  rmSync(root, { recursive: true, force: true });
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

  it('says below a card what it is cut into, and how much of that is withheld for which reason', async () => {
    const { devices } = await addNode(database.sql, [{ sharing: 'mig' }, { sharing: 'mig' }]);
    const [, first, second] = await cutInto(database.sql, devices[0]!, [
      ...[0, 1, 2, 3].map((start) => ['1g.10gb', start] as const),
      ['3g.40gb', 4],
    ]);
    await database.sql`
      update mig_instances set withheld = 'it is in use by other pods' where instance in ${database.sql([first!, second!])}`;

    const lines = (await gpu('node')).stdout.split('\n');
    const at = lines.findIndex((line) => line.includes(devices[0]!));
    expect(lines.slice(at, at + 3)).toEqual([
      expect.stringMatching(/mig +0\/8 held, 2 withheld$/),
      '     4 × 1g.10gb, 2 withheld: it is in use by other pods; 1 × 3g.40gb',
      expect.stringContaining(devices[1]!),
    ]);
  });

  it('submits a job, shows the queue and why it waits, imagines another one and cancels', async () => {
    await addNode(database.sql, [{ model: 'RTX-4090-24GB' }]);
    const folders = ['a', 'b'].map((name) => {
      mkdirSync(path.join(root, name));
      writeFileSync(path.join(root, `${name}.json`), '{}');
      return ['--config', path.join(root, `${name}.json`), '--workdir', path.join(root, name)];
    });
    const submitted = await gpu('submit', ...folders[0]!, '--set', 'steps=9', '--model', 'RTX-4090-24GB');
    const jobId = /j-[0-9a-f]+/.exec(submitted.stdout)?.[0] ?? '';

    expect(submitted).toMatchObject({ code: 0 });
    expect((await gpu('queue')).stdout).toMatch(new RegExp(`${jobId} +kim +queued +1 RTX-4090-24GB`));
    expect((await gpu('why', jobId)).stdout).toMatch(/It starts with the next plan.*position +1.*fairshare/s);
    expect((await gpu('what-if', ...folders[1]!)).stdout).toMatch(
      /planned start.*It would keep nobody waiting/s,
    );
    const wrong = await gpu('submit', ...folders[1]!, '--set', 'steps=0');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('steps') });
    const changed = async (...args: string[]): Promise<string> => {
      const { stdout } = await gpu(...args, '--reason', 'a hurry');
      const [now] = await database.sql<{ nice: number; walltime: number }[]>`
        select nice, walltime_s as walltime from gpu_job_state where job_id = ${jobId}`;
      return `${stdout.trim()} ${now!.nice} ${now!.walltime}`;
    };
    expect(await changed('reprioritise', jobId, '--nice', '-5')).toBe(`${jobId} of kim: queued -5 3600`);
    expect(await changed('extend', jobId, '--minutes', '90')).toBe(`${jobId} of kim: queued -5 5400`);
    expect(await gpu('extend', jobId, '--reason', 'x')).toMatchObject({ code: 2 });
    const cancelled = await gpu('cancel', jobId, '--reason', 'no longer needed');
    expect(cancelled.stdout).toContain(`${jobId} of kim: cancelled`);
    expect((await gpu('logs', jobId)).stderr).toContain('no stdout of attempt 1');
    const names = ['--config', path.join(root, '{index}.json'), '--workdir', path.join(root, '{index}')];
    for (const name of ['0', '1']) {
      mkdirSync(path.join(root, name));
      writeFileSync(path.join(root, `${name}.json`), '{}');
    }
    const array = await gpu('submit', ...names, '--array', '2', '--at-once', '1');
    expect(array.stdout).toMatch(/2 jobs are queued, a-[0-9a-f]+-0 to a-[0-9a-f]+-1/);
    const arrayId = /a-[0-9a-f]+/.exec(array.stdout)![0];
    const all = await gpu('cancel', arrayId, '--reason', 'no longer needed');
    expect(all.stdout).toMatch(/-0 of kim: cancelled.*-1 of kim: cancelled.*2 of 2 were changed/s);
    const again = await gpu('hold', arrayId, '--reason', 'no longer needed');
    expect(again.stdout).toMatch(/not changed: .*held.*0 of 2 were changed/s);
    expect((await gpu('submit', ...names, '--array', '0')).stderr).toContain('above 0');
    expect((await gpu('show', jobId)).stdout).toMatch(/queued.*cancelled +cancelled +kim +no longer needed/s);
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
