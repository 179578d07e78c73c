import { appendFile, rename, stat, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createFileIngestActivities } from '../../activities/file-ingest.ts';
import { createInboxActivities } from '../../activities/inbox.ts';
import type { FileIngestProgress } from '../../contracts/file-ingest.ts';
import { LIFECYCLES, PROGRESS_QUERY, SEARCH_ATTRIBUTES } from '../../contracts/lifecycles.ts';
import { listFiles, type FileRow } from '../../db/files.ts';
import { startLifecycle } from '../../platform/temporal.ts';
import { useDatabase } from '../support/database.ts';
import { goodRow, HEADER, makeFile, useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { withWorker } from '../support/worker.ts';

const FOLDER = '20261121';
const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();

const activities = (overrides: { settleMs?: number; maxOpen?: number } = {}) => ({
  ...createInboxActivities({
    sql: database.sql,
    client: temporal.client,
    dataDir: data.dataDir,
    settleMs: 200,
    pollMs: 50,
    cycleMs: 2_000,
    maxOpen: 4,
    ...overrides,
  }),
  ...createFileIngestActivities({
    sql: database.sql,
    dataDir: data.dataDir,
    contentMaxBytes: 1024 ** 3,
    chunkBytes: 64 * 1024,
  }),
});

const openInbox = () =>
  startLifecycle(temporal.client, 'inbox', { workflowId: 'inbox', args: [], summary: 'test' });

const files = () => listFiles(database.sql, { limit: 500 });

async function finished(name: string): Promise<FileRow> {
  return until(async () => {
    const file = (await files()).find((row) => row.file_name === name);
    if (file?.state !== 'published' && file?.state !== 'refused') throw new Error(`${name}: ${file?.state}`);
    return file;
  });
}

const workflowOf = (file: FileRow) =>
  temporal.client.workflow.getHandle(
    LIFECYCLES.fileIngest.workflowId({
      folderDate: file.folder_date.replaceAll('-', ''),
      sha256Prefix: file.sha256.slice(0, 32),
    }),
  );

describe('the inbox', () => {
  it('takes a settled file through to its publication, and its workflow says so', async () => {
    await data.drop(FOLDER, 'day.csv', makeFile(5_000));

    await withWorker(temporal, activities(), async () => {
      await openInbox();
      const file = await finished('day.csv');

      expect(file).toMatchObject({
        state: 'published',
        read_count: 5_000,
        accepted_count: 4_500,
        rejected_count: 500,
      });
      const progress = await until(() => workflowOf(file).result() as Promise<FileIngestProgress>);
      expect(progress).toMatchObject({
        stage: 'published',
        counts: { read: 5_000, accepted: 4_500, rejected: 500 },
        ledger: { applied: 4_500, duplicate: 0, conflict: 0, pending: 0, violated: 0, unplaced: 0 },
      });
      expect(await workflowOf(file).query(PROGRESS_QUERY)).toEqual(progress);
      const { typedSearchAttributes } = await workflowOf(file).describe();
      const shown = typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]);
      expect(shown).toContainEqual([SEARCH_ATTRIBUTES.fileState, 'published']);
      expect(shown).toContainEqual([SEARCH_ATTRIBUTES.folderDate, FOLDER]);
    });
  });

  it('shows that a published file is on its way to the ledger, and tries again when that fails', async () => {
    await data.drop(FOLDER, 'applying.csv', `${HEADER}\n${goodRow(70_001, 'applying')}\n`);
    const all = activities();
    let attempts = 0;
    let isHeld = true;
    const failing = {
      ...all,
      applyRecords: async (fileId: number) => {
        attempts += 1;
        if (isHeld) throw new Error('the database is away');
        return all.applyRecords(fileId);
      },
    };

    await withWorker(temporal, failing, async () => {
      await openInbox();
      const file = await finished('applying.csv');
      await until(async () => {
        expect(await workflowOf(file).query(PROGRESS_QUERY)).toMatchObject({
          stage: 'applying',
          counts: { read: 1, accepted: 1, rejected: 0 },
          ledger: null,
        });
        expect(attempts).toBeGreaterThan(1);
      });
      expect(await finished('applying.csv')).toMatchObject({ state: 'published', applied_at: null });

      isHeld = false;
      expect(await workflowOf(file).result()).toMatchObject({ stage: 'published', ledger: { applied: 1 } });
    });
  });

  it('leaves a file published that the ledger contradicts, and looks at it again later', async () => {
    await data.drop(FOLDER, 'contradicted.csv', `${HEADER}\n${goodRow(1, 'contradicted')}\n`);
    const all = activities();
    let isWrong = true;
    const refusing = {
      ...all,
      applyRecords: async (fileId: number) => {
        if (isWrong) throw ApplicationFailure.nonRetryable('differs', 'file.ledger-disagrees');
        return all.applyRecords(fileId);
      },
    };

    await withWorker(temporal, refusing, async () => {
      await openInbox();
      const file = await finished('contradicted.csv');
      await expect(workflowOf(file).result()).rejects.toThrow();
      expect(await finished('contradicted.csv')).toMatchObject({ state: 'published', problem_code: null });

      isWrong = false;
      // The next watch of the inbox starts what it does not find running.
      await until(async () => {
        expect((await finished('contradicted.csv')).applied_at).not.toBeNull();
      });
    });
  });

  it('applies a file that was published before there was a ledger, also when it has left its folder', async () => {
    const { file, location } = await publishDropped(database.sql, data, 'before.csv', makeFile(200));
    await database.sql`update tb_bat_file_mst set applied_no = null where file_id = ${file.file_id}`;
    await unlink(location);

    await withWorker(temporal, activities(), async () => {
      await openInbox();
      await until(async () => {
        expect(await finished('before.csv')).toMatchObject({ applied_no: 200, state: 'published' });
      });
      expect(await until(() => workflowOf(file).result())).toMatchObject({
        stage: 'published',
        counts: { read: 200, accepted: 180, rejected: 20 },
        ledger: { unplaced: 0 },
      });
    });
  });

  it('knows the same bytes again under another name, and takes them anew on another day', async () => {
    const content = makeFile(20, 1000);
    await data.drop(FOLDER, 'first.csv', content);

    await withWorker(temporal, activities(), async () => {
      const first = await finished('first.csv');
      await data.drop(FOLDER, 'second.csv', content);
      await data.drop('20251231', 'late.csv', content);
      const late = await finished('late.csv');
      await until(async () => {
        const [seen] = await database.sql`select file_id from inbox_sighting where path like '%second.csv'`;
        expect(seen).toMatchObject({ file_id: first.file_id });
      });

      expect(late).toMatchObject({ folder_date: '2025-12-31', sha256: first.sha256, state: 'published' });
      expect((await files()).filter((row) => row.sha256 === first.sha256)).toHaveLength(2);
    });
  });

  it('leaves alone what is hidden or still being written', async () => {
    await data.drop(FOLDER, '.hidden.csv', makeFile(5));
    await data.drop(FOLDER, 'copying.csv.part', makeFile(6));
    await data.drop(FOLDER, 'copying.tmp', makeFile(7));
    await data.drop('2026-11-21', 'wrong-folder.csv', makeFile(8));
    const growing = await data.drop(FOLDER, 'growing.csv', `${HEADER}\n`);

    // Longer than this process stands still between two of its lines.
    await withWorker(temporal, activities({ settleMs: 3_000 }), async () => {
      for (let row = 0; row < 10; row += 1) {
        await appendFile(growing, `${goodRow(row)}\n`);
        await new Promise((resolve) => setTimeout(resolve, 150));
        expect((await files()).some((file) => file.file_name === 'growing.csv')).toBe(false);
      }
      const file = await finished('growing.csv');

      expect(file).toMatchObject({ state: 'published', read_count: 10 });
      const names = (await files()).map((row) => row.file_name);
      expect(names).not.toEqual(expect.arrayContaining(['.hidden.csv']));
      expect(names.filter((name) => /hidden|copying|wrong/.test(name))).toEqual([]);
      await rename(
        growing.replace('growing.csv', 'copying.csv.part'),
        growing.replace('growing.csv', 'copied.csv'),
      );
      expect(await finished('copied.csv')).toMatchObject({ state: 'published', read_count: 6 });
    });
  });

  it.each([
    ['empty.csv', '', 'file.empty'],
    ['strange.csv', 'colour,shape\nred,round\n', 'file.header-unknown'],
    ['no-uti.csv', 'Action type,Cleared\nNEWT,N\n', 'file.header-incomplete'],
    ['double.csv', `${HEADER},Notional amount\n`, 'file.header-duplicate'],
    ['no-action.csv', 'Dissemination ID,Primary Asset Class\n1,IR\n', 'file.header-incomplete'],
  ])('refuses %s by name and goes on with the next file', async (name, content, code) => {
    await data.drop(FOLDER, name, content);

    await withWorker(temporal, activities(), async () => {
      const file = await finished(name);
      await data.drop(FOLDER, `after-${name}`, `${HEADER}\n${goodRow(1, `after ${name}`)}\n`);

      expect(file).toMatchObject({ state: 'refused', problem_code: code, read_count: 0 });
      expect(file.problem_params).toMatchObject({ file: name });
      expect(await workflowOf(file).result()).toMatchObject({ stage: 'refused', problem: { code } });
      expect(await finished(`after-${name}`)).toMatchObject({ state: 'published' });
    });
  });

  it('notices a file that was replaced by another one of the same size and age', async () => {
    const place = await data.drop(FOLDER, 'replaced.csv', `${HEADER}\n${goodRow(1, 'old')}\n`);

    await withWorker(temporal, activities(), async () => {
      const old = await finished('replaced.csv');
      const { atime, mtime } = await stat(place);
      await writeFile(`${place}.part`, `${HEADER}\n${goodRow(1, 'new')}\n`);
      await utimes(`${place}.part`, atime, mtime);
      await rename(`${place}.part`, place);

      const both = await until(async () => {
        const found = (await files()).filter((row) => row.file_name === 'replaced.csv');
        expect(found.map((row) => row.state)).toEqual(['published', 'published']);
        return found;
      });
      expect(both.map((row) => row.file_id)).toContain(old.file_id);
      expect(new Set(both.map((row) => row.size_bytes)).size).toBe(1);
    });
  });

  it('takes the files beside one that cannot be read, and counts that one', async () => {
    const beside = await data.drop(FOLDER, 'beside.csv', `${HEADER}\n${goodRow(1, 'beside')}\n`);
    const loop = beside.replace('beside.csv', 'loop.csv');
    await symlink(loop, loop);

    await withWorker(temporal, activities(), async () => {
      expect(await finished('beside.csv')).toMatchObject({ state: 'published' });
      await until(async () => {
        const handle = temporal.client.workflow.getHandle('inbox');
        expect(await handle.query(PROGRESS_QUERY)).toMatchObject({ unreadable: 1 });
      });
    });
    await unlink(loop);
  });

  it('keeps a header without records as a published file of none', async () => {
    await data.drop(FOLDER, 'header-only.csv', `${HEADER}\n`);

    await withWorker(temporal, activities(), async () => {
      expect(await finished('header-only.csv')).toMatchObject({ state: 'published', read_count: 0 });
    });
  });

  it('tries a file again that had left the folder before it was read', async () => {
    const content = makeFile(40, 5);
    const place = await data.drop(FOLDER, 'flees.csv', content);
    const inbox = activities();
    const fleeing = {
      ...inbox,
      inspectFile: async (fileId: number) => {
        await unlink(place).catch(() => undefined);
        return inbox.inspectFile(fileId);
      },
    };

    await withWorker(temporal, fleeing, async () => {
      expect(await finished('flees.csv')).toMatchObject({ state: 'refused', problem_code: 'file.vanished' });
    });
    await withWorker(temporal, inbox, async () => {
      await writeFile(place, content);
      const again = await until(async () => {
        const file = await finished('flees.csv');
        expect(file.state).toBe('published');
        return file;
      });

      expect(again).toMatchObject({ read_count: 40, rejected_count: 8, problem_code: null });
    });
  });

  it('keeps no more ingests open than allowed, however many files wait', async () => {
    for (let number = 0; number < 12; number += 1) {
      await data.drop('20260101', `many-${number}.csv`, `${makeFile(200)}${goodRow(90_000 + number)}\n`);
    }
    let mostOpen = 0;

    await withWorker(temporal, activities({ maxOpen: 2 }), async () => {
      await until(async () => {
        const many = (await files()).filter((file) => file.folder_date === '2026-01-01');
        mostOpen = Math.max(mostOpen, many.filter((file) => file.state === 'ingesting').length);
        expect(many.filter((file) => file.state === 'published')).toHaveLength(12);
      });

      expect(mostOpen).toBeGreaterThan(0);
      expect(mostOpen).toBeLessThanOrEqual(2);
    });
  });

  it('says in its query how many files are in which state', async () => {
    await withWorker(temporal, activities(), async () => {
      const progress = await until(async () => {
        const answer = await temporal.client.workflow
          .getHandle('inbox')
          .query<{ published: number } | null>(PROGRESS_QUERY);
        expect(answer?.published).toBeGreaterThan(0);
        return answer;
      });

      expect(progress).toMatchObject({ waiting: 0 });
    });
  });
});
