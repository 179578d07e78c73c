import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hexArray, numberArray, textArray } from '../../db/arrays.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();

const storable = fc
  .string({ unit: 'binary' })
  .map((text) => text.replaceAll('\0', '').toWellFormed())
  .filter((text) => !text.includes('\0'));

/** The members of an array, in their order. */
const read = (array: string, type: string) =>
  database.sql.unsafe<{ one: unknown }[]>(
    `select one from unnest($1::${type}[]) with ordinality as members (one, place) order by place`,
    [array],
  );

test('Postgres reads texts as they are, with quotes, commas, braces, blanks and the word null', async () => {
  const texts = fc.array(fc.oneof(storable, fc.constantFrom(null, '', 'null', '"', '\\', '{,}', ' a ')));
  await fc.assert(
    fc.asyncProperty(texts, async (list) => {
      expect(await read(textArray(list), 'text')).toEqual(list.map((one) => ({ one })));
    }),
    { numRuns: 50 },
  );
});

test('Postgres reads numbers and bytes, and none of them', async () => {
  const numbers = [1, null, -9_007_199_254_740_991];
  expect(await read(numberArray(numbers), 'bigint')).toEqual(numbers.map((one) => ({ one })));
  expect(await read(hexArray(['00ff', '']), 'bytea')).toEqual([
    { one: Buffer.from([0, 255]) },
    { one: Buffer.from([]) },
  ]);
  expect(await read(numberArray([]), 'bigint')).toEqual([]);
  expect(await read(hexArray([]), 'bytea')).toEqual([]);
});
