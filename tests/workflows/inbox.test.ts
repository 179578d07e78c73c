import { execFile } from 'node:child_process';
import { appendFile, mkdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { LIFECYCLES } from '../../contracts/lifecycles.ts';
import { describeError } from '../../contracts/texts/describe.ts';
import { countFilesByState, listFiles } from '../../db/files.ts';
import { listUnreadable } from '../../db/inbox.ts';
import { useDatabase } from '../support/database.ts';
import { goodRow, HEADER, makeFile, useDataDir } from '../support/files.ts';
import { createTestInbox, FOLDER } from '../support/inbox.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

/** Longer than any test: what is taken is taken for another reason. */
const NEVER_MS = 3_600_000;
const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();

const { activities, withInbox, files, inState, nextIsTaken } = createTestInbox(database, temporal, data);

describe('a .done marker', () => {
  it('makes a file taken at once, may state what is true of it, and is no file itself', async () => {
    const content = makeFile(30);
    await data.drop(FOLDER, 'marked.csv', content);
    await data.drop(FOLDER, 'orphan.csv.done', 'rows=1');

    await withInbox(activities({ settleMs: NEVER_MS }), async () => {
      await data.drop(FOLDER, 'marked.csv.done', `{"rows":30,"bytes":${Buffer.byteLength(content)}}`);
      const file = await inState('marked.csv', 'published');

      expect(file).toMatchObject({ expected_rows: 30, read_count: 30, rejected_count: 3 });
      const names = (await listFiles(database.sql, { limit: 500 })).map((row) => row.file_name);
      expect(names.filter((name) => name.endsWith('.done'))).toEqual([]);
    });
  });

  it.each([
    ['bytes', 'bytes=1', 'file.done-disagrees', 'states bytes 1, but the file has'],
    ['sha256', `sha256: ${'ab'.repeat(32)}`, 'file.done-disagrees', 'states sha256 abab'],
    ['rows', 'ROWS = 12', 'file.done-disagrees', 'states rows 12, but the file has 11'],
    ['garbage', 'complete!', 'file.done-unreadable', 'line 1 is not written as key=value'],
    ['size', ' '.repeat(70_000), 'file.done-unreadable', 'it is larger than 65536 bytes'],
    ['latin1', Buffer.from([0x72, 0xe9]), 'file.done-unreadable', 'it is not UTF-8'],
  ])(
    'that is wrong (%s) holds its file with the reason until it is corrected',
    async (name, marker, code, words) => {
      const fileName = `held-${name}.csv`;
      await data.drop(FOLDER, fileName, `${makeFile(10)}${goodRow(700, name)}\n`);
      await data.drop(FOLDER, `${fileName}.done`, marker);

      await withInbox(activities(), async () => {
        const held = await inState(fileName, 'held');
        expect(held).toMatchObject({ problem_code: code, read_count: 0 });
        expect(describeError(code as never, held.problem_params!, 'en').detail).toContain(words);
        expect(await database.sql`select from tb_bat_file_hist where file_id = ${held.file_id}`).toHaveLength(
          0,
        );
        await nextIsTaken(`after-held-${name}.csv`);

        await data.drop(FOLDER, `${fileName}.done`, 'bytes=2');
        await until(async () =>
          expect((await files(fileName))[0]!.problem_params).toMatchObject({ stated: 2 }),
        );
        await data.drop(FOLDER, `${fileName}.done`, 'rows=11');
        const published = await inState(fileName, 'published');

        expect(published).toMatchObject({ file_id: held.file_id, read_count: 11, problem_code: null });
      });
    },
  );

  it('that is removed lets its file go, and one that comes late changes nothing', async () => {
    await data.drop(FOLDER, 'let-go.csv', makeFile(15));
    const marker = await data.drop(FOLDER, 'let-go.csv.done', 'rows=16');

    await withInbox(activities(), async () => {
      const held = await inState('let-go.csv', 'held');
      await unlink(marker);
      const published = await inState('let-go.csv', 'published');
      await writeFile(marker, 'rows=16');
      await until(async () => {
        const [seen] = await database.sql`select marker from inbox_sighting where file_id = ${held.file_id}`;
        expect(seen!['marker']).not.toBeNull();
      });

      expect(published.file_id).toBe(held.file_id);
      expect((await files('let-go.csv'))[0]).toMatchObject({ state: 'published', problem_code: null });
    });
  });

  it('from before the last change of its file lets nothing be taken until the file settles', async () => {
    await data.drop(FOLDER, 'stale.csv.done', '');
    await new Promise((resolve) => setTimeout(resolve, 50));
    await data.drop(FOLDER, 'stale.csv', `${HEADER}\n${goodRow(1, 'half')}\n`);

    await withInbox(activities({ settleMs: NEVER_MS }), async () => {
      await nextIsTaken('after-stale.csv');
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await files('stale.csv')).toEqual([]);

      await data.drop(FOLDER, 'stale.csv.done', 'rows=1');
      expect(await inState('stale.csv', 'published')).toMatchObject({ read_count: 1 });
    });
  });

  it('holds a file that came short, and lets the whole one through as a file of its own', async () => {
    const content = makeFile(25, 7);
    await data.drop(FOLDER, 'short.csv.done', 'rows=25');
    const place = await data.drop(FOLDER, 'short.csv', content.slice(0, 500));

    await withInbox(activities(), async () => {
      const held = await inState('short.csv', 'held');
      await appendFile(place, content.slice(500));
      const whole = await inState('short.csv', 'published');

      expect(whole.file_id).not.toBe(held.file_id);
      expect((await files('short.csv')).map((file) => file.state)).toEqual(['published', 'held']);
    });
  });
});

describe('a file that changes', () => {
  it('after it was taken is refused, kept as a row, and taken anew with its new bytes', async () => {
    const content = makeFile(50, 6);
    const place = await data.drop(FOLDER, 'grows.csv', content);
    const own = activities();
    let isGrown = false;
    const growing = {
      ...own,
      ingestRecords: async (fileId: number) => {
        const [row] = await database.sql`select file_name from tb_bat_file_mst where file_id = ${fileId}`;
        if (row!['file_name'] === 'grows.csv' && !isGrown) {
          isGrown = true;
          await appendFile(place, `${goodRow(51)}\n`);
        }
        return own.ingestRecords(fileId);
      },
    };

    await withInbox(growing, async () => {
      await until(async () => {
        const both = await files('grows.csv');
        expect(both.map(({ state, read_count, problem_code }) => [state, read_count, problem_code])).toEqual([
          ['published', 51, null],
          ['refused', 0, 'file.changed'],
        ]);
      });
      await nextIsTaken('after-grows.csv');
    });
  });

  it('into something that cannot be read is refused by name, and blocks nobody', async () => {
    const names = ['loop1.csv', 'loop2.csv', 'pipe1.csv', 'pipe2.csv', 'folder1.csv'];
    const own = activities({ maxOpen: 4 });
    const turning = {
      ...own,
      inspectFile: async (fileId: number) => {
        const [row] =
          await database.sql`select file_name, path from tb_bat_file_mst where file_id = ${fileId}`;
        const place = path.join(data.dataDir, row!['path'] as string);
        const name = row!['file_name'] as string;
        if (names.includes(name)) {
          await rm(place, { recursive: true, force: true });
          if (name.startsWith('loop')) await symlink(place, place);
          else if (name.startsWith('pipe')) await promisify(execFile)('mkfifo', [place]);
          else await mkdir(place);
        }
        return own.inspectFile(fileId);
      },
    };
    for (const name of names) await data.drop(FOLDER, name, `${HEADER}\n${goodRow(1, name)}\n`);

    await withInbox(turning, async () => {
      for (const name of names) {
        const refused = await inState(name, 'refused');
        const reason = name.startsWith('loop') ? 'ELOOP' : 'not a file';
        expect(refused).toMatchObject({
          problem_code: 'file.unreadable',
          problem_params: { file: name, reason },
        });
      }
      await nextIsTaken('after-unreadable.csv');
      names.shift();
      await rm(path.join(data.dataDir, FOLDER, 'rec', 'loop1.csv'));
      await data.drop(FOLDER, 'loop1.csv', `${HEADER}\n${goodRow(1, 'loop1.csv')}\n`);
      expect(await inState('loop1.csv', 'published')).toMatchObject({ problem_code: null, read_count: 1 });
    });
    for (const name of names)
      await rm(path.join(data.dataDir, FOLDER, 'rec', name), { recursive: true, force: true });
  });

  it('into other bytes of the same name is another file, and the first stays published', async () => {
    const place = await data.drop(FOLDER, 'same-name.csv', makeFile(5, 4));

    await withInbox(activities(), async () => {
      await inState('same-name.csv', 'published');
      await writeFile(`${place}.tmp`, makeFile(6, 4));
      await rename(`${place}.tmp`, place);
      await until(async () => expect(await files('same-name.csv')).toHaveLength(2));
      await inState('same-name.csv', 'published');

      expect((await files('same-name.csv')).map((file) => [file.state, file.read_count])).toEqual([
        ['published', 6],
        ['published', 5],
      ]);
    });
  });
});

describe('what lies beside the files', () => {
  it('is passed over or named, and holds nothing up', async () => {
    const folder = path.dirname(
      await data.drop(FOLDER, 'beside.csv', `${HEADER}\n${goodRow(1, 'beside')}\n`),
    );
    const notUtf8 = Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.csv')]);
    await writeFile(notUtf8, makeFile(3));
    await mkdir(path.join(folder, 'folder.csv'));
    await promisify(execFile)('mkfifo', [
      path.join(folder, 'pipe.csv'),
      path.join(folder, 'beside.csv.done'),
    ]);
    const outside = path.join(data.dataDir, 'elsewhere.csv');
    await writeFile(outside, `${HEADER}\n${goodRow(1, 'linked')}\n`);
    await symlink(outside, path.join(folder, 'linked.csv'));
    await symlink(path.join(data.dataDir, 'nowhere.csv'), path.join(folder, 'dangling.csv'));
    const longName = `${'x'.repeat(251)}.csv`;
    await data.drop(FOLDER, longName, `${HEADER}\n${goodRow(1, 'long')}\n`);
    const twoLines = 'two\nlines\u001b[31m.csv';
    await data.drop(FOLDER, twoLines, `${HEADER}\n${goodRow(1, 'lines')}\n`);

    await withInbox(activities(), async () => {
      for (const name of ['beside.csv', 'linked.csv', longName, twoLines]) await inState(name, 'published');
      const unreadable = await until(async () => {
        const list = await listUnreadable(database.sql, 10);
        expect(list.total).toBe(1);
        return list;
      });

      expect(unreadable.places).toEqual([
        { place: `${FOLDER}/rec/caf\\xe9.csv`, reason: 'Error: the name is not UTF-8' },
      ]);
      for (const name of ['folder.csv', 'pipe.csv', 'dangling.csv']) expect(await files(name)).toEqual([]);
      await rm(notUtf8);
      await until(async () => expect((await listUnreadable(database.sql, 10)).total).toBe(0));
    });
  });
});

describe('hundreds of files at once', () => {
  const MANY = 200;
  const DAY = '20260301';

  it('are found by a hint, pass a few at a time, and are all published with every record', async () => {
    await mkdir(path.join(data.dataDir, DAY, 'rec'), { recursive: true });
    let mostOpen = 0;

    // By the clock nothing would be listed for an hour: the folder's own hint starts it.
    const own = activities({ maxOpen: 3, pollMs: NEVER_MS, cycleMs: NEVER_MS, settleMs: 100 });
    await withInbox(own, async () => {
      await nextIsTaken('before-many.csv');
      for (let number = 0; number < MANY; number += 1) {
        await data.drop(DAY, `many-${number}.csv`, `${makeFile(3, 2)}${goodRow(number, 'many')}\n`);
      }
      await until(async () => {
        const [open] = await database.sql<[{ count: number }]>`
          select count(*) from tb_bat_file_mst where state = 'ingesting'`;
        mostOpen = Math.max(mostOpen, open.count);
        const [day] = await database.sql`
          select count(*) as files, sum(read_count) as read, sum(accepted_count) as accepted
          from tb_bat_file_mst where folder_date = '2026-03-01' and state = 'published'`;
        expect(day).toEqual({ files: MANY, read: String(MANY * 4), accepted: String(MANY * 3) });
      }, 120_000);

      expect(mostOpen).toBeGreaterThan(0);
      expect(mostOpen).toBeLessThanOrEqual(3);
      const [stored] = await database.sql`
        select count(*), count(distinct (file_id, record_no)) as places from tb_bat_file_hist where folder_date = '2026-03-01'`;
      expect(stored).toEqual({ count: MANY * 4, places: MANY * 4 });
      expect(await countFilesByState(database.sql)).toMatchObject({ waiting: 0, ingesting: 0 });
    });
  }, 180_000);

  it('never leave a file behind that an operator stopped: the next watch starts it again', async () => {
    await data.drop(FOLDER, 'stopped.csv', makeFile(9, 5));
    const own = activities();
    let isStopped = false;
    const stopping = {
      ...own,
      ingestRecords: async (fileId: number) => {
        if (!isStopped) {
          isStopped = true;
          const [file] = await files('stopped.csv');
          const sha256Prefix = file!.sha256.slice(0, 32);
          const workflowId = LIFECYCLES.fileIngest.workflowId({ folderDate: FOLDER, sha256Prefix });
          await temporal.client.workflow.getHandle(workflowId).terminate('test');
        }
        return own.ingestRecords(fileId);
      },
    };

    await withInbox(stopping, async () => {
      expect(await inState('stopped.csv', 'published')).toMatchObject({ read_count: 9, rejected_count: 1 });
    });
  });
});
