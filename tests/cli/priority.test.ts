import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { listAudit } from '../../db/audit.ts';
import { buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
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

const priority = (...args: string[]) =>
  runCommand(['priority', ...args], { TAIN_API_URL: url, TAIN_TOKEN: tokenFor('operator', 'kim') });

describe('tain priority', () => {
  it('shows what is held, and that nobody governs', async () => {
    const { code, stdout } = await priority();

    expect(code).toBe(0);
    expect(stdout).toContain('Nothing is held.');
    expect(stdout).toContain('has never looked');
    expect(stdout).toContain('ALARM The governor has never looked');
  });

  it('forces something with a reason, shows who and until when, and ends it', async () => {
    const held = await priority('hold', '--reason', 'planned work', '--minutes', '30');
    expect(held).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/forced\s+hold by kim, until .*planned work/),
    });

    const ended = await priority('auto', '--reason', 'the work is done');
    expect(ended.code).toBe(0);
    expect(ended.stdout).not.toContain('forced');
    const entries = await listAudit(database.sql, { subject: 'priority', timeZone: 'UTC', limit: 10 });
    expect(entries.map(({ action, actor, reason }) => [action, actor, reason])).toEqual([
      ['priority.override-ended', 'kim', 'the work is done'],
      ['priority.overridden', 'kim', 'planned work'],
    ]);
  });

  it('says what is missing or wrong, and forces nothing', async () => {
    expect(await priority('hold', '--minutes', '30')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--reason'),
    });
    expect(await priority('release', '--reason', 'why not', '--minutes', 'many')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('whole number above 0'),
    });
    expect(await priority('release', '--reason', 'for ever', '--minutes', '9999')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('minutes'),
    });
    expect(await priority('auto', '--reason', 'nothing there')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no override to end'),
    });
  });
});

describe('the window of background work', () => {
  it('that cannot be read ends a process at its start, naming what is wrong', async () => {
    const { code, stderr } = await runCommand(['priority'], {
      TAIN_API_URL: url,
      TAIN_BACKGROUND_WINDOW: '19:00-07:00 Asia/Seoul; weekend',
    });

    expect(code).toBe(78);
    expect(stderr).toContain('TAIN_BACKGROUND_WINDOW');
    expect(stderr).toContain('"weekend" is none of weekends, holidays');
  });
});
