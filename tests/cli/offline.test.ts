import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { ERA_COLUMNS } from '../support/dissemination-files.ts';
import { badRow, goodRow, HEADER } from '../support/files.ts';
import { runCommand } from '../support/run-command.ts';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'tain-cli-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function makeFile(name: string, content: string): Promise<string> {
  const file = path.join(dir, name);
  await writeFile(file, content);
  return file;
}

describe('tain validate', () => {
  it('exits 0 when every record is accepted', async () => {
    const file = await makeFile('clean.csv', `${HEADER}\n${goodRow(1)}\n`);

    const { code, stdout } = await runCommand(['validate', file]);

    expect(code).toBe(0);
    expect(stdout).toContain('read 1 = accepted 1 + rejected 0');
    expect(stdout).toContain('Remark');
  });

  it('exits 1 and names line, bytes, element, value and what to do for a rejected record', async () => {
    const file = await makeFile('bad.csv', `${HEADER}\n${goodRow(1)}\n${badRow(2)}\n`);

    const { code, stdout } = await runCommand(['validate', file]);

    const offset = HEADER.length + 1 + goodRow(1).length + 1;
    expect(code).toBe(1);
    expect(stdout).toContain(`record 2 (line 3, bytes ${offset}–${offset + badRow(2).length})`);
    expect(stdout).toMatch(/#32 .*"XQX".*ISO 4217/);
  });

  it('gives the counts and every issue as JSON', async () => {
    const file = await makeFile('json.csv', `${HEADER}\n${badRow(1)}\n${goodRow(2)}\nragged\n`);

    const { code, stdout } = await runCommand(['validate', file, '--json']);

    const report = JSON.parse(stdout) as {
      records: { record: number; issues: { ruleId: string; message: string }[] }[];
    };
    expect(code).toBe(1);
    expect(report).toMatchObject({ format: 'submission', counts: { read: 3, accepted: 1, rejected: 2 } });
    expect(report.records.map(({ record, issues }) => [record, issues[0]!.ruleId])).toEqual([
      [1, 'code.currency'],
      [3, 'csv.field-count'],
    ]);
    expect(report.records[0]!.issues[0]!.message.length).toBeGreaterThan(20);
  });

  it('lists the rejected records as CSV, to be mended and sent in again', async () => {
    const file = await makeFile('list.csv', `${HEADER}\n${goodRow(1)}\n${badRow(2)}\nragged\n`);

    const { code, stdout } = await runCommand(['validate', file, '--csv']);

    expect(code).toBe(1);
    const listed = parse<Record<string, string>>(stdout, { columns: true });
    expect(listed.map(({ tainRecord }) => tainRecord)).toEqual(['list.csv/2', 'list.csv/3']);
    expect(listed[0]).toMatchObject({ notionalCurrencyLeg1: 'XQX', tainRaw: '' });
    expect(listed[0]!['tainIssues']).toMatch(/#32 .*ISO 4217/);
    expect(listed[1]).toMatchObject({ notionalCurrencyLeg1: '', tainRaw: 'ragged' });
  });

  it('lists nothing but the header when nothing is rejected', async () => {
    const file = await makeFile('nothing.csv', `${HEADER}\n${goodRow(1)}\n`);

    expect(await runCommand(['validate', file, '--csv'])).toMatchObject({
      code: 0,
      stdout: `${HEADER},tainRecord,tainIssues,tainRaw\n`,
    });
  });

  it.each(['A', 'B', 'C'] as const)('tells the era %s of public dissemination data', async (era) => {
    const file = await makeFile(`era-${era}.csv`, `${ERA_COLUMNS[era].join(',')}\n`);

    const { code, stdout } = await runCommand(['validate', file]);

    expect(code).toBe(0);
    expect(stdout).toContain(`public-dissemination of era ${era}`);
  });

  it('judges by the profile that is asked for, and says which', async () => {
    const file = await makeFile('warned.csv', `${HEADER}\n${goodRow(1).replace('T0000', 't0000')}\n`);

    const usual = await runCommand(['validate', file]);
    const strict = await runCommand(['validate', file, '--profile', 'strict']);

    expect([usual.code, strict.code]).toEqual([0, 1]);
    expect(usual.stdout).toMatch(/1 {2}warning {3}format\.uti-case[\s\S]*profile spec/);
    expect(strict.stdout).toMatch(/1 {2}error {5}format\.uti-case[\s\S]*profile strict/);
  });

  it.each([
    ['empty.csv', '', 'file.empty'],
    ['unknown.csv', 'colour,shape\n', 'file.header-unknown'],
  ])('exits 2 when %s cannot be read, and says why', async (name, content, errorCode) => {
    const file = await makeFile(name, content);

    const forPeople = await runCommand(['validate', file]);
    const asJson = await runCommand(['validate', file, '--json']);
    const asCsv = await runCommand(['validate', file, '--csv']);

    expect([forPeople.code, asJson.code, asCsv.code]).toEqual([2, 2, 2]);
    expect(asCsv).toMatchObject({ stdout: '', stderr: forPeople.stderr });
    expect(forPeople.stderr).toContain(name);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ error: { code: errorCode } });
  });

  it('speaks Korean where the terminal does', async () => {
    const korean = { LANG: 'ko_KR.UTF-8' };
    const bad = await makeFile('ko-bad.csv', `${HEADER}\n${badRow(1)}\n`);
    const empty = await makeFile('ko-empty.csv', '');

    const rejected = await runCommand(['validate', bad], korean);
    const refused = await runCommand(['validate', empty], korean);
    const asJson = await runCommand(['validate', empty, '--json'], korean);

    expect(rejected.stdout).toMatch(/#32 Notional currency .*"XQX" 값은 ISO 4217 통화 코드가 아닙니다/);
    expect(refused.stderr).toContain('ko-empty.csv 파일에 내용이 없습니다.');
    expect(JSON.parse(asJson.stdout)).toMatchObject({
      error: { code: 'file.empty', message: 'ko-empty.csv 파일에 내용이 없습니다.' },
    });
  });

  it('exits 2 when there is no such file', async () => {
    const { code, stderr } = await runCommand(['validate', path.join(dir, 'nowhere.csv')]);

    expect(code).toBe(2);
    expect(stderr).toContain('nowhere.csv');
    expect(stderr).not.toContain('    at ');
  });
});

describe('a command with wrong words', () => {
  it.each([
    [['validate', '--limit', 'abc', 'x.csv']],
    [['validate', '--profile', 'lax', 'x.csv']],
    [['validate', '--csv', '--json', 'x.csv']],
    [['token']],
    [['nonsense']],
  ])('exits 2: %j', async (args) => {
    const { code, stderr } = await runCommand(args);

    expect(code).toBe(2);
    expect(stderr).toContain('error:');
  });

  it('is helped', async () => {
    expect(await runCommand(['--help'])).toMatchObject({ code: 0 });
  });
});

describe('settings', () => {
  it('that are wrong are all named at once, and end the command with 78', async () => {
    const wrong = { TAIN_API_PORT: '99999', TAIN_TIME_ZONE: 'Asia/Soul', DATABASE_URL: 'mysql://x' };

    const { code, stderr } = await runCommand(['status'], wrong);

    expect(code).toBe(78);
    for (const [name, value] of Object.entries(wrong)) expect(stderr).toContain(`${name}="${value}"`);
  });
});

describe('commands that need a running Tain', () => {
  it.each([['status'], ['ingest', 'package.json'], ['demo', 'clear']])(
    'say in one sentence that none runs here: %s',
    async (...args) => {
      const { code, stderr } = await runCommand(args, { TAIN_STATE_DIR: path.join(dir, 'none') });

      expect(code).toBe(2);
      expect(stderr).toContain('Tain is not running here.');
      expect(stderr).toContain('npm start');
    },
  );

  it('find nothing to stop: down', async () => {
    const { code, stdout } = await runCommand(['down'], { TAIN_STATE_DIR: path.join(dir, 'none') });

    expect(code).toBe(0);
    expect(stdout).toContain('not running');
  });
});

describe('tain token', () => {
  it('makes a token with the role, with a secret that only its owner can read', async () => {
    const stateDir = path.join(dir, 'token-state');

    const { code, stdout } = await runCommand(['token', '--role', 'viewer'], { TAIN_STATE_DIR: stateDir });

    const claims = JSON.parse(Buffer.from(stdout.split('.')[1]!, 'base64url').toString()) as Record<
      string,
      unknown
    >;
    expect(code).toBe(0);
    expect(claims).toMatchObject({ sub: 'command-line', role: 'viewer' });
    expect(claims['exp']).toBeGreaterThan(claims['iat'] as number);
  });

  it('makes none where the API takes those of an issuer', async () => {
    const { code, stdout, stderr } = await runCommand(['token', '--role', 'viewer'], {
      TAIN_JWT_ISSUER: 'https://issuer.invalid',
      TAIN_JWT_AUDIENCE: 'tain',
    });

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('TAIN_TOKEN');
  });

  it('knows no other roles', async () => {
    const { code, stderr } = await runCommand(['token', '--role', 'king']);

    expect(code).toBe(2);
    expect(stderr).toContain('admin, operator, user, viewer, service');
  });
});
