import { createHash } from 'node:crypto';
import fileSystem, {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ERRORS, TainError } from '../../contracts/errors.ts';
import type { AnswerFileNote } from '../../contracts/outbound.ts';
import { encodeLine } from '../../domain/csv/encode.ts';
import { loadTarget, loadTargets, targetOf } from '../../platform/outbound-config.ts';
import { prepareDirectoryTarget } from '../../platform/outbox/directory-target.ts';
import { createAnswerReader } from '../../platform/outbox/answer-files.ts';
import type { AnswerFileNotes, OutboundLink } from '../../platform/outbox/outbound-target.ts';
import { openOutboxFile } from '../../platform/outbox/outbox-file.ts';
import { until } from '../support/until.ts';

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
    round: 1,
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

  it('is tried again when it cannot be opened for a reason that passes', async () => {
    const written = await writeOutboxFile('busy.csv', [HEADER]);
    const failure = Object.assign(new Error('too many'), { code: 'EMFILE' });
    jest.spyOn(fileSystem, 'open').mockRejectedValueOnce(failure);
    await expect(openOutboxFile(written)).rejects.toMatchObject({
      code: 'outbox.unavailable',
      params: { reason: 'EMFILE' },
    });
    expect(ERRORS['outbox.unavailable'].retryable).toBe(true);
    await (await openOutboxFile(written)).close();
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

/** Notes on files of answers, kept in memory. */
function keepNotes(): AnswerFileNotes {
  const kept = new Map<string, AnswerFileNote>();
  return {
    list: async () => new Map(kept),
    async begin(name, before, note) {
      const known = kept.get(name) ?? null;
      if (known?.sha256 !== before?.sha256 || known?.generation !== before?.generation) return false;
      kept.set(name, note);
      return true;
    },
    end: async (name, note) => void kept.set(name, { ...note, isRead: true }),
  };
}

describe('a target that is a folder', () => {
  let notes = keepNotes();
  /** What others see of a folder. */
  const shown = async (name: string): Promise<string[]> =>
    (await readdir(path.join(folder, name))).filter((one) => !one.startsWith('.')).sort();
  beforeEach(() => {
    notes = keepNotes();
  });
  const open = (name: string) => {
    const settings = { ...FOLDER, path: path.join(folder, name), answerMs: 1000 } as const;
    const target = prepareDirectoryTarget({ ...settings, kind: 'directory', parts: [45] });
    return target.open({ session: 'D1', nextAnswer: 1, onProblem: () => undefined, answerFiles: notes });
  };

  it('has a file whole, and then the word that it is; again is once', async () => {
    const written = await writeOutboxFile('whole.csv', [HEADER, ['45-1', 'NEWT', '', '']]);
    const link = open('drop');
    expect(await link.finish(written)).toBe(true);
    expect(await link.finish(written)).toBe(true);

    expect(await shown('drop')).toEqual(['whole.csv', 'whole.csv.done']);
    expect(await readFile(path.join(folder, 'drop', 'whole.csv'))).toEqual(await readFile(written.path));
    const marker = JSON.parse(await readFile(path.join(folder, 'drop', 'whole.csv.done'), 'utf8')) as object;
    expect(marker).toEqual({ rows: 1, bytes: written.sizeBytes, sha256: written.sha256 });
  });

  it('has a file once also when it was taken before anybody could say so, and again in the next round', async () => {
    const written = await writeOutboxFile('taken.csv', [HEADER, ['45-1', 'NEWT', '', '']]);
    const drop = path.join(folder, 'taken');
    await open('taken').finish(written);
    for (const name of await shown('taken')) await rm(path.join(drop, name));
    await open('taken').finish(written);
    expect(await shown('taken')).toEqual([]);

    await open('taken').finish({ ...written, round: 2 });
    expect(await shown('taken')).toEqual(['taken.csv', 'taken.csv.done']);
    // Killed before the marker got its name: it gets it.
    await rename(path.join(drop, 'taken.csv.done'), path.join(drop, '.taken.csv.done.part'));
    await open('taken').finish({ ...written, round: 2 });
    expect(await shown('taken')).toEqual(['taken.csv', 'taken.csv.done']);
  });

  it('is not given a file that changed on the way', async () => {
    const written = await writeOutboxFile('late.csv', [HEADER, ['45-1', 'NEWT', '', '']]);
    await appendFile(written.path, ' ');
    await expect(open('late').finish(written)).rejects.toMatchObject({ code: 'outbox.changed' });
    expect(await shown('late')).toEqual([]);
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

  const HEAD = 'kind,subject,verdict,issues\n';
  const verdict = (subject: string): string => `record,${subject},accepted,\n`;

  /** All answers until none come, as places and subjects. */
  async function readAll(link: OutboundLink): Promise<string[]> {
    const found: string[] = [];
    for (;;) {
      const read = await link.read({ max: 500, waitMs: 700 });
      if (read.length === 0) return found;
      for (const { session, sequence, answer } of read)
        found.push(`${session}/${sequence} ${answer.subject ?? answer.kind}`);
    }
  }

  it('gives a file that grows line by line, and none of it twice or half', async () => {
    const answers = path.join(folder, 'grows', 'answers');
    await mkdir(answers, { recursive: true });
    const file = path.join(answers, 'a.csv');
    await writeFile(file, `${HEAD}${verdict('45-1')}${verdict('45-2').slice(0, 12)}`);
    const link = open('grows');
    expect(await readAll(link)).toEqual(['a.csv/1 45-1']);
    await appendFile(file, `${verdict('45-2').slice(12)}${verdict('45-3')}`);
    expect(await readAll(link)).toEqual(['a.csv/2 45-2', 'a.csv/3 45-3']);
    await link.close();
    // Whoever opens it next knows what was read.
    const next = open('grows');
    expect(await readAll(next)).toEqual([]);
    await next.close();
  });

  it('gives all of another file that takes the name of one that was read', async () => {
    const answers = path.join(folder, 'replaced', 'answers');
    await mkdir(answers, { recursive: true });
    const file = path.join(answers, 'answers.csv');
    await writeFile(file, `${HEAD}${verdict('45-1')}${verdict('45-2')}`);
    const link = open('replaced');
    expect(await readAll(link)).toEqual(['answers.csv/1 45-1', 'answers.csv/2 45-2']);
    await writeFile(file, `${HEAD}${verdict('45-3')}${verdict('45-4')}${verdict('45-5')}`);
    expect(await readAll(link)).toEqual([3, 4, 5].map((n, at) => `answers.csv#2/${at + 1} 45-${n}`));
    await link.close();
  });

  it('gives the last line of a file without a line break when it has stood still for long', async () => {
    const answers = path.join(folder, 'open-end');
    await mkdir(answers, { recursive: true });
    await writeFile(path.join(answers, 'a.csv'), `${HEAD}${verdict('45-1')}${verdict('45-2').trimEnd()}`);
    const reader = createAnswerReader(answers, notes, 300);
    const subjects: (string | null)[] = [];
    await until(async () => {
      for (const { answer } of await reader.read(10)) subjects.push(answer.subject);
      expect(subjects).toEqual(['45-1', '45-2']);
    });
    await reader.close();
  });

  it('gives the answers of a day with more messages than a call has arguments', async () => {
    const answers = path.join(folder, 'large', 'answers');
    await mkdir(answers, { recursive: true });
    const lines = Array.from({ length: 200_000 }, (_, at) => verdict(`45-${at}`));
    await writeFile(path.join(answers, 'a.csv'), `${HEAD}${lines.join('')}`);
    const link = open('large');
    let count = 0;
    for (let read; (read = await link.read({ max: 5000, waitMs: 1000 })).length > 0;) count += read.length;
    expect(count).toBe(200_000);
    await link.close();
  });
});
