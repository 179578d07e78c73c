import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TainError } from '../../../contracts/errors.ts';
import { describeError } from '../../../contracts/texts/describe.ts';
import { checkJobPaths } from '../../../platform/executors/job-paths.ts';

let dir = '';
let roots: readonly string[] = [];
beforeAll(() => {
  dir = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'tain-paths-')));
  const make = (...parts: string[]): string => {
    mkdirSync(path.join(dir, ...parts), { recursive: true });
    return path.join(dir, ...parts);
  };
  const root = make('first');
  roots = [root, make('second')];
  make('first', 'work');
  make('first', 'team', 'deep');
  make('second', 'work');
  make('firstly');
  make('first', 'x; rm -rf $HOME && `id`');
  make('outside', 'work');
  for (const file of [
    'first/config.json',
    'first/team/a b.json',
    'outside/config.json',
    'firstly/config.json',
  ])
    writeFileSync(path.join(dir, file), '{}');
  writeFileSync(path.join(root, '..config'), '{}');
  symlinkSync(path.join(dir, 'outside', 'config.json'), path.join(root, 'out.json'));
  symlinkSync(path.join(dir, 'outside'), path.join(root, 'out'));
  symlinkSync('work', path.join(root, 'inner'));
  symlinkSync('../../outside/work', path.join(root, 'team', 'relative'));
  symlinkSync('loop', path.join(root, 'loop'));
  symlinkSync(path.join(dir, 'nowhere'), path.join(root, 'dangling'));
  writeFileSync(path.join(root, 'huge.json'), '');
  truncateSync(path.join(root, 'huge.json'), 2 * 1024 ** 2);
  writeFileSync(path.join(root, 'secret.json'), '{}');
  chmodSync(path.join(root, 'secret.json'), 0);
  make('first', 'closed');
  chmodSync(path.join(root, 'closed'), 0o555);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const good = { config: 'config.json', workdir: 'work' };
const check = (changes: object) => checkJobPaths({ ...good, ...changes }, roots);
const refusal = (changes: object): Promise<TainError> =>
  check(changes).then(
    (paths) => Promise.reject(new Error(`taken: ${JSON.stringify(paths)}`)),
    (error: unknown) => error as TainError,
  );

describe('the paths of a job', () => {
  it.each([
    ['below the first root', {}, 'first/config.json', 'first/work'],
    ['with a blank', { config: 'team/a b.json' }, 'first/team/a b.json', 'first/work'],
    [
      'with what a shell would take for its own',
      { workdir: 'x; rm -rf $HOME && `id`' },
      'first/config.json',
      'first/x; rm -rf $HOME && `id`',
    ],
    [
      'with dots that lead nowhere',
      { config: './..config', workdir: 'team/./deep//' },
      'first/..config',
      'first/team/deep',
    ],
    ['through a link inside', { workdir: 'inner' }, 'first/config.json', 'first/work'],
  ])('%s are taken as they really are', async (_, changes, config, workDir) => {
    expect(await check(changes)).toEqual({
      config: path.join(dir, config),
      workDir: path.join(dir, workDir),
    });
  });

  it('may be absolute, below any of the roots', async () => {
    const paths = { config: path.join(dir, 'first/config.json'), workdir: path.join(dir, 'second/work') };

    expect(await check(paths)).toEqual({ config: paths.config, workDir: paths.workdir });
  });

  it.each([
    ['workdir', '../outside/work', 'traversal'],
    ['workdir', 'team/../work', 'traversal'],
    ['workdir', '..', 'traversal'],
    ['config', '/etc/passwd', 'outside'],
    ['config', '/nowhere', 'outside'],
    ['workdir', '/', 'outside'],
    ['workdir', '.', 'outside'],
    ['config', 'out.json', 'link'],
    ['config', 'out/config.json', 'link'],
    ['workdir', 'out/work', 'link'],
    ['workdir', 'team/relative', 'link'],
    ['workdir', 'loop', 'missing'],
    ['workdir', 'dangling', 'missing'],
    ['config', 'nothing.json', 'missing'],
    ['config', 'config.json/x', 'missing'],
    ['config', 'work', 'no-file'],
    ['workdir', 'config.json', 'no-folder'],
    ['config', 'huge.json', 'too-large'],
    ['config', 'a\0b', 'nul'],
    ['workdir', 'x/'.repeat(2100), 'too-long'],
    ['config', '', 'text'],
    ['config', undefined, 'text'],
    ['workdir', 7, 'text'],
    ['workdir', ['work'], 'text'],
    ['workdir', { path: 'work' }, 'text'],
  ] as const)('are refused when %s is %j: %s', async (field, value, rule) => {
    const { code, params } = await refusal({ [field]: value });

    expect({ code, ...params }).toMatchObject({ code: 'job.path-invalid', field, rule });
    expect(String(params['value'])).toBe(
      (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')).slice(0, 200),
    );
    for (const language of ['en', 'ko'] as const)
      expect(describeError(code, params, language).detail).toContain(field);
  });

  it('are refused beside a root whose name goes on', async () => {
    expect((await refusal({ config: path.join(dir, 'firstly/config.json') })).params).toMatchObject({
      rule: 'outside',
    });
  });

  const asUser = process.getuid?.() === 0 ? it.skip : it;
  if (process.getuid?.() === 0) process.stderr.write('SKIPPED: root may read and write everything.\n');
  asUser('are refused when they cannot be read or written', async () => {
    expect((await refusal({ config: 'secret.json' })).params).toMatchObject({ rule: 'unreadable' });
    expect((await refusal({ workdir: 'closed' })).params).toMatchObject({ rule: 'unwritable' });
  });
});
