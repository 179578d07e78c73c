/** Real public rows, where a checkout has them beside it: they may be tested with, not shipped. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { isPlain } from '../../../domain/csv/decode.ts';
import { createFileReader, createHeaderFinder, type JudgedRecord } from '../../../domain/swaps/read-file.ts';
import { createSliceHash } from '../../../platform/slice-hash.ts';

const FOLDER = path.resolve(import.meta.dirname, '../../../../shared/data/ppd');
const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.csv')) : [];
if (files.length === 0) process.stderr.write(`SKIPPED: no real dissemination rows in ${FOLDER}\n`);

(files.length === 0 ? describe.skip : describe)('real dissemination rows', () => {
  it.each(files.length === 0 ? ['none'] : files)('of %s are all accepted', (name) => {
    const text = readFileSync(path.join(FOLDER, name), 'latin1');
    const finder = createHeaderFinder(createSliceHash);
    const header = finder.push(text) ?? finder.end();
    if ('code' in header) throw new Error(header.code);
    const judged: JudgedRecord[] = [];
    const reader = createFileReader(header.layout, header.end, createSliceHash);
    const take = (record: JudgedRecord): unknown => judged.push(record);
    reader.push(text.slice(header.end.offset), isPlain(text), take);
    reader.end(take);

    expect(header.layout).toMatchObject({ era: 'C', unknownColumns: [] });
    expect(judged.length).toBeGreaterThan(5);
    for (const { verdict } of judged) expect(verdict).toMatchObject({ accepted: true, issues: [] });
  });
});
