import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { ERA_COLUMNS } from '../support/dissemination-files.ts';
import { badRow, goodRow, HEADER } from '../support/files.ts';
import { runCommand } from '../support/run-command.ts';

/** Every POSIX system has it. */
const MAKE_PIPE = 'mkfifo';

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

  it('tells records that it could not fully check from those with a warning', async () => {
    const at = HEADER.split(',').indexOf('assetClass');
    const unchecked = goodRow(1).split(',').with(at, '').join();
    const file = await makeFile('unchecked.csv', `${HEADER}\n${unchecked}\n`);

    const { code, stdout } = await runCommand(['validate', file]);

    expect(code).toBe(0);
    expect(stdout).toContain('accepted, not fully checked  record 1');
    expect(stdout).not.toContain('with a warning');
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
    expect(listed.map(({ tainRecord }) => tainRecord)).toEqual(['', '']);
    expect(listed[0]).toMatchObject({ notionalCurrencyLeg1: 'XQX', tainRaw: '' });
    expect(listed[0]!['tainIssues']).toMatch(/#32 .*ISO 4217/);
    expect(listed[1]).toMatchObject({ notionalCurrencyLeg1: '', tainRaw: 'ragged' });
  });

  it('lists what Tain takes without a warning once it is mended', async () => {
    const listed = await runCommand([
      'validate',
      await makeFile('to-mend.csv', `${HEADER}\n${badRow(1)}\n`),
      '--csv',
    ]);
    const mended = await makeFile('mended.csv', listed.stdout.replace('XQX', 'USD'));

    const { code, stdout } = await runCommand(['validate', mended]);

    expect(code).toBe(0);
    expect(stdout).not.toContain('warning');
  });

  it('keeps in its list which received record a record was sent to correct', async () => {
    const reference = `20261121-${'0a'.repeat(16)}/7`;
    const file = await makeFile(
      'again.csv',
      `${HEADER},tainRecord\n${badRow(1)},${reference}\n${badRow(2)},x/1\n`,
    );

    const { stdout } = await runCommand(['validate', file, '--csv']);

    const listed = parse<Record<string, string>>(stdout, { columns: true });
    expect(listed.map(({ tainRecord }) => tainRecord)).toEqual([reference, '']);
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

  it('judges by the rules of the day that is asked for, and says which', async () => {
    const file = await makeFile('no-upi.csv', `${HEADER}\n${goodRow(1).replace('QZ8C74WSCNR8', '')}\n`);

    const before = await runCommand(['validate', file, '--submitted-on', '2024-01-28']);
    const since = await runCommand(['validate', file, '--submitted-on', '2024-01-29']);
    const never = await runCommand(['validate', file, '--submitted-on', '2024-02-30']);

    expect([before.code, since.code, never.code]).toEqual([0, 1, 2]);
    expect(before.stdout).toContain('submitted on 2024-01-28');
    expect(since.stdout).toContain('[required.87]');
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

  describe('of what is no readable file', () => {
    beforeAll(async () => {
      await mkdir(path.join(dir, 'a-folder.csv'));
      await symlink('loop.csv', path.join(dir, 'loop.csv'));
      execFileSync(MAKE_PIPE, [path.join(dir, 'fifo.csv')]);
      await chmod(await makeFile('secret.csv', HEADER), 0);
    });

    it.each([
      ['nowhere.csv', 'input.missing', 'There is no file '],
      ['a-folder.csv', 'input.not-regular', 'is no regular file'],
      ['fifo.csv', 'input.not-regular', 'is no regular file'],
      ['loop.csv', 'input.unreadable', 'cannot be read (ELOOP)'],
      // Its owner's permissions do not stop the superuser.
      ...(process.getuid?.() === 0 ? [] : [['secret.csv', 'input.forbidden', 'You may not read ']]),
    ])('says so in one sentence and exits 2: %s', async (name, errorCode, sentence) => {
      const file = path.join(dir, name);

      const forPeople = await runCommand(['validate', file]);
      const asJson = await runCommand(['validate', file, '--json']);
      const asCsv = await runCommand(['validate', file, '--csv']);

      expect([forPeople.code, asJson.code, asCsv.code]).toEqual([2, 2, 2]);
      expect(forPeople.stderr).toContain(sentence);
      expect(forPeople.stderr).toContain(name);
      expect(forPeople.stderr).not.toMatch(/ {4}at |into the folder again/);
      expect(asCsv).toMatchObject({ stdout: '', stderr: forPeople.stderr });
      expect(JSON.parse(asJson.stdout)).toMatchObject({ file, error: { code: errorCode } });
    });
  });
});

describe('a command with wrong words', () => {
  it.each([
    [['validate', '--limit', 'abc', 'x.csv']],
    [['validate', '--profile', 'lax', 'x.csv']],
    [['validate', '--csv', '--json', 'x.csv']],
    [['token']],
    [['nonsense']],
    [['token', '--role', 'viewer', '--subject', ' ']],
    [['rejections']],
  ])('exits 2: %j', async (args) => {
    const { code, stderr } = await runCommand(args);

    expect(code).toBe(2);
    expect(stderr).toContain('error:');
  });

  it.each(['foo', '20261121', '2026-02-30'])(
    'names the date and its form before anything is sent: %s',
    async (date) => {
      const { code, stderr } = await runCommand(['ingest', 'package.json', '--date', date]);

      expect(code).toBe(2);
      expect(stderr).toContain('--date <YYYY-MM-DD>');
      expect(stderr).toContain('like 2026-11-21');
    },
  );

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
  it.each([['status'], ['ingest', 'package.json'], ['rejections', 'x'], ['demo', 'clear']])(
    'say in one sentence that none runs here: %s',
    async (...args) => {
      const { code, stderr } = await runCommand(args, { TAIN_STATE_DIR: path.join(dir, 'none') });

      expect(code).toBe(2);
      expect(stderr).toContain('Tain is not running here.');
      expect(stderr).toContain('npm start');
    },
  );

  it.each([['status'], ['ingest', 'package.json'], ['rejections', 'x']])(
    'name the address where none answers, and what to check: %s',
    async (...args) => {
      const env = { TAIN_STATE_DIR: path.join(dir, 'none'), TAIN_API_URL: 'http://127.0.0.1:9' };

      const { code, stderr } = await runCommand(args, env);

      expect(code).toBe(2);
      expect(stderr).toMatch(/http:\/\/127\.0\.0\.1:9\/? does not answer/);
      expect(stderr).toContain('Check TAIN_API_URL');
    },
  );

  it('do not wait for ever for an API that is silent: status', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => void silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;

    const { code, stderr } = await runCommand(['status'], {
      TAIN_STATE_DIR: path.join(dir, 'none'),
      TAIN_API_URL: `http://127.0.0.1:${port}`,
    });
    silent.closeAllConnections();
    silent.close();

    expect(code).toBe(2);
    expect(stderr).toContain('did not answer within 10 s');
  }, 60_000);

  it.each([['status'], ['down'], ['ingest', 'package.json']])(
    'say which path of the settings leads nowhere: %s',
    async (...args) => {
      const { code, stderr } = await runCommand(args, { TAIN_STATE_DIR: '/dev/null' });

      expect(code).toBe(2);
      expect(stderr).toContain('/dev/null/instance.lock cannot be used (ENOTDIR)');
      expect(stderr).toContain('TAIN_STATE_DIR');
      expect(stderr).not.toContain('    at ');
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
    expect(claims).toMatchObject({ sub: userInfo().username, role: 'viewer' });
    expect(await readdir(stateDir)).toEqual(['jwt-secret']);
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

  it.each(['/dev/null', '/proc/x'])('says where its secret cannot be kept: %s', async (stateDir) => {
    const { code, stdout, stderr } = await runCommand(['token', '--role', 'viewer'], {
      TAIN_STATE_DIR: stateDir,
    });

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`${stateDir}/jwt-secret`);
    expect(stderr).toContain('TAIN_STATE_DIR');
    expect(stderr).not.toContain('    at ');
  });

  it('signs nothing with an empty secret', async () => {
    const stateDir = path.join(dir, 'empty-secret');
    await mkdir(stateDir);
    await writeFile(path.join(stateDir, 'jwt-secret'), '\n');

    const { code, stdout, stderr } = await runCommand(['token', '--role', 'viewer'], {
      TAIN_STATE_DIR: stateDir,
    });

    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/is empty: .*jwt-secret\.\nRemove that file/);
  });

  it('makes one secret for all commands that race for it', async () => {
    const env = { TAIN_STATE_DIR: path.join(dir, 'race', 'deep') };

    const made = await Promise.all(
      [1, 2, 3].map(() => runCommand(['token', '--role', 'viewer', '--subject', 'ann'], env)),
    );

    expect(made.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(await readdir(env.TAIN_STATE_DIR)).toEqual(['jwt-secret']);
  });

  it('knows no other roles', async () => {
    const { code, stderr } = await runCommand(['token', '--role', 'king']);

    expect(code).toBe(2);
    expect(stderr).toContain('admin, operator, user, viewer, service');
  });
});
