import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TainError } from '../../../contracts/errors.ts';
import { collectResults } from '../../../platform/executors/results.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const entry = (file: string, content: string) => ({
  path: file,
  bytes: content.length,
  sha256: sha256(content),
});

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'tain-results-'));
  mkdirSync(path.join(dir, 'work', 'results', 'deep'), { recursive: true });
  write('model.bin', 'weights');
  write('deep/log.txt', 'words');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const write = (file: string, content: string): void =>
  writeFileSync(path.join(dir, 'work', 'results', file), content);
const list = (files: unknown): void => write('manifest.json', JSON.stringify({ files }));
const collect = (limits: object = {}) =>
  collectResults({
    limits: { mostBytes: 1024 ** 2, reserveBytes: 0, ...limits },
    logs: [path.join(dir, 'stdout.log')],
    workDir: path.join(dir, 'work'),
    directory: path.join(dir, 'kept'),
  });
const GOOD = [entry('model.bin', 'weights'), entry('deep/log.txt', 'words')];

describe('results', () => {
  it('are kept and proven when the list is true', async () => {
    list(GOOD);
    const collected = await collect();

    expect(collected).toMatchObject({ listed: true, differences: [] });
    expect(collected.results).toEqual([...GOOD].reverse());
    expect(readFileSync(path.join(dir, 'kept', 'results', 'deep', 'log.txt'), 'utf8')).toBe('words');
  });

  it.each([
    [
      'another content',
      [entry('model.bin', 'Weights'), GOOD[1]],
      { file: 'model.bin', problem: 'sha256', said: sha256('Weights'), found: sha256('weights') },
    ],
    [
      'another size',
      [{ ...GOOD[0], bytes: 70 }, GOOD[1]],
      { file: 'model.bin', problem: 'bytes', said: '70', found: '7' },
    ],
    [
      'a file that is not there',
      [...GOOD, entry('best.bin', 'x')],
      { file: 'best.bin', problem: 'missing', said: sha256('x'), found: '' },
    ],
    [
      'too little',
      [GOOD[0]],
      { file: 'deep/log.txt', problem: 'unlisted', said: '', found: sha256('words') },
    ],
    ['one file twice', [...GOOD, GOOD[0]], { file: 'model.bin', problem: 'listed-twice' }],
    ['a path outside', [...GOOD, entry('../../secret', 'x')], { file: 'files[2]', problem: 'entry' }],
    ['an absolute path', [...GOOD, entry('/etc/passwd', 'x')], { file: 'files[2]', problem: 'entry' }],
    ['no hash', [...GOOD, { path: 'a', bytes: 1 }], { file: 'files[2]', problem: 'entry' }],
    ['nothing', [...GOOD, null], { file: 'files[2]', problem: 'entry' }],
  ])(
    'whose list says %s are kept, and the lie is named with what was found',
    async (_, files, difference) => {
      list(files);
      const { differences } = await collect();

      expect(differences).toEqual([expect.objectContaining(difference)]);
      const params = { name: 'job-1-1', count: differences.length, ...differences[0]! };
      expect(new TainError('job.results-disagree', params).message).toContain(difference.file);
      expect(existsSync(path.join(dir, 'kept', 'results', 'model.bin'))).toBe(true);
    },
  );

  it.each(['', 'nonsense', '[]', 'null', '{"files": 3}'])('whose list is %j have none', async (text) => {
    write('manifest.json', text);

    expect((await collect()).differences).toMatchObject([{ file: 'manifest.json', problem: 'manifest' }]);
  });

  it('whose list is a folder have none', async () => {
    mkdirSync(path.join(dir, 'work', 'results', 'manifest.json'));

    expect((await collect()).differences).toMatchObject([{ file: 'manifest.json', problem: 'manifest' }]);
  });

  it.each([
    ['a NUL', '{"path":"a\\u0000b","bytes":1,"sha256":"00"}'],
    ['half a character', '{"path":"a\\ud800b","bytes":1,"sha256":"00"}'],
    ['half a character where it is cut', JSON.stringify('\u{1f600}'.repeat(200))],
    ['a million brackets', `${'['.repeat(1e6)}${']'.repeat(1e6)}`],
  ])(
    'whose list has an entry with %s are kept, and it is named in words that can be kept',
    async (_, entry) => {
      write('manifest.json', `{"files":[${entry.replace('"00"', `"${sha256('')}"`)}]}`);
      const { differences } = await collect({ mostBytes: 16 * 1024 ** 2 });

      expect(differences[0]).toMatchObject({ file: 'files[0]', problem: 'entry' });
      for (const { file, said, found } of differences)
        for (const text of [file, said, found]) {
          expect(text.isWellFormed()).toBe(true);
          expect(text).not.toContain('\0');
        }
    },
  );

  it('whose list is no JSON and has a NUL are named in words that can be kept', async () => {
    write('manifest.json', 'a\0b');

    expect((await collect()).differences).toMatchObject([{ problem: 'manifest', said: 'a\ufffdb' }]);
  });

  it('without a list are kept, unproven', async () => {
    expect(await collect()).toMatchObject({ listed: false, differences: [], results: [{}, {}] });
  });

  it('that are links are refused and not followed', async () => {
    symlinkSync('/etc/passwd', path.join(dir, 'work', 'results', 'users'));
    list([...GOOD]);
    const { differences } = await collect();

    expect(differences).toEqual([{ file: 'users', problem: 'no-file', said: '', found: '' }]);
    expect(existsSync(path.join(dir, 'kept', 'results', 'users'))).toBe(false);
  });

  it('in a folder whose name is no text are refused, and keep no run from its end', async () => {
    const odd = Buffer.concat([Buffer.from(path.join(dir, 'work', 'results', 'a')), Buffer.from([0xff])]);
    mkdirSync(odd);
    list([...GOOD]);
    const { differences, results } = await collect();

    expect(differences).toEqual([{ file: 'a\ufffd', problem: 'unreadable', said: '', found: '' }]);
    expect(results).toHaveLength(GOOD.length);
  });

  it('that lie deeper than a path may be long are refused', async () => {
    const here = process.cwd();
    const deep = 'd'.repeat(250);
    process.chdir(path.join(dir, 'work', 'results'));
    try {
      for (let depth = 0; depth < 20; depth += 1) {
        mkdirSync(deep);
        process.chdir(deep);
      }
    } finally {
      process.chdir(here);
    }
    const { differences } = await collect();

    expect(differences).toMatchObject([{ problem: 'unreadable' }]);
    spawnSync('rm', ['-rf', path.join(dir, 'work', 'results')]);
  });

  it('that are one large hole are not copied to the disk of those that are kept', async () => {
    write('hole.bin', '');
    truncateSync(path.join(dir, 'work', 'results', 'hole.bin'), 1024 ** 4);
    list([...GOOD]);
    const { differences } = await collect();

    expect(differences).toEqual([
      { file: 'hole.bin', problem: 'too-large', said: '', found: String(1024 ** 4) },
    ]);
  });

  it('that would leave too little free wait for room, and are no fault of the program', async () => {
    await expect(collect({ reserveBytes: Number.MAX_SAFE_INTEGER })).rejects.toMatchObject({
      code: 'ENOSPC',
    });
  });

  it('are none when the folder of results is a link out, or none at all', async () => {
    rmSync(path.join(dir, 'work', 'results'), { recursive: true });
    symlinkSync('/etc', path.join(dir, 'work', 'results'));

    expect(await collect()).toMatchObject({ listed: false, results: [] });
  });

  it('take the place of those that were collected before', async () => {
    list(GOOD);
    await collect();
    writeFileSync(path.join(dir, 'kept', 'old'), 'old');
    writeFileSync(path.join(dir, 'stdout.log'), 'said');
    const collected = await collect();

    expect(readdirSync(path.join(dir, 'kept'))).toEqual(['logs', 'results']);
    expect(collected.logs).toEqual([entry('logs/stdout.log', 'said')]);
  });
});
