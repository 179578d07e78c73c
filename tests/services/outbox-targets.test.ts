import { createHash } from 'node:crypto';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TainError } from '../../contracts/errors.ts';
import { encodeLine } from '../../domain/csv/encode.ts';
import { loadTarget, loadTargets, targetOf } from '../../platform/outbound-config.ts';
import { prepareDirectoryTarget } from '../../platform/outbox/directory-target.ts';
import { openOutboxFile } from '../../platform/outbox/outbox-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tain-outbox-'));
});
afterAll(() => rm(folder, { recursive: true }));

const TCP = { name: 'repository', kind: 'tcp-session', host: 'h', port: 9101, parts: [45, 43] };
const FOLDER = { name: 'drop', kind: 'directory', path: '/drop', parts: [45] };

async function load(content: unknown) {
  const file = path.join(folder, 'outbound.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return loadTargets(file);
}

/** Code, place and problem of what is thrown. */
const problemOf = (loading: Promise<unknown>): Promise<string> =>
  loading.then(
    () => 'nothing',
    (error: unknown) =>
      error instanceof TainError
        ? `${error.code} ${error.params['place']}: ${error.params['problem']}`
        : String(error),
  );

describe('the outbound file', () => {
  it('names the target of each part', async () => {
    const targets = await load({ targets: [{ ...TCP, parts: [43] }, FOLDER] });
    expect(targetOf(targets, 43)).toMatchObject({ name: 'repository', answerMs: 900_000, heartbeatMs: 1000 });
    expect(targetOf(targets, 45)).toMatchObject({ name: 'drop' });
    expect(await loadTargets(undefined)).toEqual([]);
    expect(targetOf([], 45)).toBeNull();
  });

  it.each([
    ['{', /^outbound.invalid the file: /],
    [{ targets: [TCP, { ...FOLDER, parts: [45] }] }, /targets: two targets take the same part/],
    [
      {
        targets: [
          { ...TCP, parts: [43] },
          { ...FOLDER, name: 'repository' },
        ],
      },
      /targets: two targets have the same name/,
    ],
    [{ targets: [{ ...FOLDER, parts: [43] }] }, /targets.0.parts/],
    [{ targets: [{ ...FOLDER, path: 'drop' }] }, /targets.0.path: is no absolute path/],
    [{ targets: [{ ...TCP, user: 'too-long' }] }, /targets.0.user/],
    [{ targets: [{ ...TCP, hots: 'h' }] }, /hots/],
  ])('is refused with the place of what is wrong: %j', async (content, problem) => {
    expect(await problemOf(load(content))).toMatch(problem);
  });

  it('does not know targets that it does not name', async () => {
    await load({ targets: [TCP] });
    const file = path.join(folder, 'outbound.json');
    await expect(loadTarget(file, 'other')).rejects.toMatchObject({ code: 'outbound.target-unknown' });
    await expect(loadTargets(path.join(folder, 'none'))).rejects.toMatchObject({
      code: 'outbound.unreadable',
    });
  });
});

async function writeOutboxFile(name: string, lines: readonly (readonly string[])[]) {
  const text = lines.map(encodeLine).join('');
  const location = path.join(folder, name);
  await writeFile(location, text);
  return {
    name,
    path: location,
    sha256: createHash('sha256').update(text).digest('hex'),
    sizeBytes: Buffer.byteLength(text),
    rowCount: lines.length - 1,
    sent: lines.length - 1,
  };
}

const HEADER = [
  'tainMessage',
  'actionType',
  'clearingExceptionsAndExemptionsCounterparty1',
  'customBasketCode',
];

describe('a file of the outbox', () => {
  it('gives its records from any of them on, lists as lists, in batches', async () => {
    const rows = [
      ['45-1', 'NEWT', 'ENDU;OTHR', 'a "quoted", one'],
      ['45-2', 'MODI', '', ''],
      ['45-3', 'TERM', 'AFFL', '한글'],
    ];
    const written = await writeOutboxFile('all.csv', [HEADER, ...rows]);
    const file = await openOutboxFile(written);
    const all = [];
    for await (const batch of file.records(1, 2)) all.push(...batch);
    const last = [];
    for await (const batch of file.records(3, 2)) last.push(...batch);
    await file.close();

    expect(all.map(({ record, messageId }) => [record, messageId])).toEqual([
      [1, '45-1'],
      [2, '45-2'],
      [3, '45-3'],
    ]);
    expect(all[0]!.elements).toEqual({
      actionType: 'NEWT',
      clearingExceptionsAndExemptionsCounterparty1: ['ENDU', 'OTHR'],
      customBasketCode: 'a "quoted", one',
    });
    expect(all[1]!.elements).toEqual({ actionType: 'MODI' });
    expect(last).toEqual([all[2]]);
  });

  it('is not opened when it is gone, changed or no file', async () => {
    const written = await writeOutboxFile('changed.csv', [HEADER]);
    await appendFile(written.path, ' ');
    await expect(openOutboxFile(written)).rejects.toMatchObject({ code: 'outbox.changed' });
    await expect(openOutboxFile({ ...written, path: `${written.path}x` })).rejects.toMatchObject({
      code: 'outbox.vanished',
    });
    await expect(openOutboxFile({ ...written, path: folder })).rejects.toMatchObject({
      code: 'outbox.unreadable',
    });
  });

  it('names the line that is none of ours', async () => {
    const written = await writeOutboxFile('odd.csv', [HEADER, ['45-1', 'NEWT']]);
    const file = await openOutboxFile(written);
    await expect(file.records(1, 10).next()).rejects.toMatchObject({
      code: 'outbox.unreadable',
      params: { reason: 'line 2' },
    });
    await file.close();
  });
});

describe('a target that is a folder', () => {
  const open = (name: string) => {
    const settings = { ...FOLDER, path: path.join(folder, name), answerMs: 1000 } as const;
    const target = prepareDirectoryTarget({ ...settings, kind: 'directory', parts: [45] });
    return target.open({ session: 'D1', nextAnswer: 1, onProblem: () => undefined });
  };

  it('has a file whole, and then the word that it is; again is once', async () => {
    const written = await writeOutboxFile('whole.csv', [HEADER, ['45-1', 'NEWT', '', '']]);
    const link = open('drop');
    expect(await link.finish(written)).toBe(true);
    expect(await link.finish(written)).toBe(true);

    expect((await readdir(path.join(folder, 'drop'))).sort()).toEqual(['whole.csv', 'whole.csv.done']);
    expect(await readFile(path.join(folder, 'drop', 'whole.csv'))).toEqual(await readFile(written.path));
    const marker = JSON.parse(await readFile(path.join(folder, 'drop', 'whole.csv.done'), 'utf8')) as object;
    expect(marker).toEqual({ rows: 1, bytes: written.sizeBytes, sha256: written.sha256 });
  });

  it('is not given a file that changed on the way', async () => {
    const written = await writeOutboxFile('late.csv', [HEADER, ['45-1', 'NEWT', '', '']]);
    await appendFile(written.path, ' ');
    await expect(open('late').finish(written)).rejects.toMatchObject({ code: 'outbox.changed' });
    expect(await readdir(path.join(folder, 'late'))).toEqual([]);
  });

  it('gives its answers line by line, and names those that cannot be read', async () => {
    const answers = path.join(folder, 'answered', 'answers');
    await mkdir(answers, { recursive: true });
    const issues = JSON.stringify([{ ruleId: 'R', element: '31' }]);
    const lines = [
      ['kind', 'subject', 'verdict', 'issues'],
      ['file', 'a.csv', 'accepted', ''],
      ['record', '45-1', 'refused', issues],
    ];
    await writeFile(path.join(answers, 'first.csv'), `${lines.map(encodeLine).join('')}what is this\n`);
    const link = open('answered');
    const read = await link.read({ max: 10, waitMs: 1000 });

    expect(
      read.map(({ session, sequence, answer }) => [session, sequence, answer.kind, answer.subject]),
    ).toEqual([
      ['first.csv', 1, 'file', 'a.csv'],
      ['first.csv', 2, 'record', '45-1'],
      ['first.csv', 3, 'unreadable', null],
    ]);
    expect(read[1]!.answer.issues).toMatchObject([{ ruleId: 'R', element: '31', severity: 'error' }]);
    expect(await link.read({ max: 10, waitMs: 0 })).toEqual([]);
    await writeFile(path.join(answers, 'second.csv'), lines.slice(0, 2).map(encodeLine).join(''));
    expect(await link.read({ max: 10, waitMs: 2000 })).toMatchObject([
      { session: 'second.csv', sequence: 1 },
    ]);
    await link.close();
  });
});
