import { appendFile, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { listFiles } from '../../db/files.ts';
import { useDatabase } from '../support/database.ts';
import { goodRow, makeFile, useDataDir } from '../support/files.ts';
import { createTestInbox, FOLDER } from '../support/inbox.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();

const { activities, withInbox, nextIsTaken } = createTestInbox(database, temporal, data);

describe('the same bytes under two names', () => {
  const losing = (
    kind: string,
    step: 'inspectFile' | 'ingestRecords',
    lose: (place: string) => Promise<void>,
  ) => {
    const own = activities({ settleMs: 100 });
    let isDone = false;
    return {
      ...own,
      [step]: async (fileId: number) => {
        const seen = await until(async () => {
          const names = await database.sql<{ path: string }[]>`
            select path from inbox_sighting where file_id = ${fileId}`;
          if (names.some((name) => name.path.includes(kind))) expect(names).toHaveLength(2);
          return names;
        });
        if (!isDone && seen.some((name) => name.path.includes(kind))) {
          isDone = true;
          const [row] = await database.sql`select path from tb_bat_file_mst where file_id = ${fileId}`;
          await lose(path.join(data.dataDir, row!['path'] as string));
        }
        return own[step](fileId);
      },
    };
  };
  it.each([
    ['gone', 'inspectFile', unlink],
    ['lost', 'ingestRecords', unlink],
    ['grown', 'ingestRecords', (place: string) => appendFile(place, `${goodRow(901)}\n`)],
    ['other', 'ingestRecords', (place: string) => writeFile(place, makeFile(30, 8).replaceAll('USD', 'EUR'))],
  ] as const)('are read under the one that stays (%s before %s)', async (kind, step, lose) => {
    const content = `${makeFile(30, 8)}${goodRow(900, kind)}\n`;
    let lostPlace = '';
    const own = losing(kind, step, async (place) => {
      lostPlace = place;
      await lose(place);
    });
    for (const name of ['a', 'b']) await data.drop(FOLDER, `${kind}-${name}.csv`, content);

    await withInbox(own, async () => {
      const file = await until(async () => {
        const found = (await listFiles(database.sql, { limit: 500 })).filter(
          (row) => row.file_name.startsWith(`${kind}-`) && row.size_bytes === Buffer.byteLength(content),
        );
        expect(found.map(({ state, problem_code }) => [state, problem_code])).toEqual([['published', null]]);
        return found[0]!;
      });

      expect(file.read_count).toBe(31);
      expect(path.join(data.dataDir, file.path)).not.toBe(lostPlace);
    });
  });

  it('are refused when both are gone', async () => {
    const content = `${makeFile(30, 8)}${goodRow(900, 'both')}\n`;
    const places = await Promise.all(
      ['a', 'b'].map((name) => data.drop(FOLDER, `both-${name}.csv`, content)),
    );
    const own = losing('both', 'ingestRecords', async () => {
      for (const place of places) await unlink(place);
    });

    await withInbox(own, async () => {
      await until(async () => {
        const found = (await listFiles(database.sql, { limit: 500 })).filter((row) =>
          row.file_name.startsWith('both-'),
        );
        expect(found.map(({ state, problem_code }) => [state, problem_code])).toEqual([
          ['refused', 'file.vanished'],
        ]);
      });
      await nextIsTaken('next.csv');
    });
  });
});
