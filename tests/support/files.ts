/** Small files of swap rows for tests. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { GOOD_COLUMNS, goodLine, LEI } from './good-record.ts';

export { claimDroppedFile } from './claimed.ts';

export const HEADER = `${GOOD_COLUMNS.join(',')},Remark`;

/** A row that every rule accepts. */
export const goodRow = (number: number, remark = ''): string =>
  `${goodLine({ uniqueTransactionIdentifierUti: `${LEI}T${String(number).padStart(8, '0')}` })},${remark}`;

/** A row that breaks one rule: the currency is none. */
export const badRow = (number: number): string => goodRow(number).replace('USD', 'XQX');

/** A file of `rows` rows, every `badEvery`th of them broken. */
export function makeFile(rows: number, badEvery = 10): string {
  const lines = Array.from({ length: rows }, (_, index) =>
    (index + 1) % badEvery === 0 ? badRow(index) : goodRow(index),
  );
  return `${[HEADER, ...lines].join('\n')}\n`;
}

/** A data directory of its own for a test file, removed at the end. */
export function useDataDir(): {
  dataDir: string;
  drop: (folder: string, name: string, content: string | Buffer) => Promise<string>;
} {
  const context = {
    dataDir: '',
    async drop(folder: string, name: string, content: string | Buffer): Promise<string> {
      const place = path.join(context.dataDir, folder, 'rec', name);
      await mkdir(path.dirname(place), { recursive: true });
      await writeFile(place, content);
      return place;
    },
  };
  beforeAll(async () => {
    context.dataDir = await mkdtemp(path.join(tmpdir(), 'tain-data-'));
  });
  afterAll(async () => {
    await rm(context.dataDir, { recursive: true, force: true });
  });
  return context;
}
