import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findLines, firstFields } from '../../platform/find-lines.ts';

let dir = '';
let file = '';
const LINES = 20_000;

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'tain-lines-'));
  file = path.join(dir, 'file.csv');
  const lines = Array.from({ length: LINES }, (_, at) => `id-${at},${'값'.repeat(at % 50)}`);
  await writeFile(file, ['head,value', ...lines].join('\n'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe('lines of a file', () => {
  it('are found by their first fields, the last without a line break too', async () => {
    const found = await findLines(file, new Set(['id-0', 'id-777', `id-${LINES - 1}`, 'id-none']));
    expect([...found]).toEqual([
      ['id-0', 2],
      ['id-777', 779],
      [`id-${LINES - 1}`, LINES + 1],
    ]);
  });

  it('give their first fields by number, as far as there are any', async () => {
    expect(await firstFields(file, { from: 1, count: 2 })).toEqual(['head', 'id-0']);
    expect(await firstFields(file, { from: LINES, count: 5 })).toEqual([
      `id-${LINES - 2}`,
      `id-${LINES - 1}`,
    ]);
  });

  it('of a file that is gone are an error that names it', async () => {
    await expect(findLines(path.join(dir, 'gone.csv'), new Set(['x']))).rejects.toMatchObject({
      code: 'file.vanished',
    });
  });
});
