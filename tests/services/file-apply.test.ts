import { beforeEach, describe, expect, test } from '@jest/globals';
import { recordDemoFile, clearDemo } from '../../db/demo.ts';
import { advanceApplied, claimForApplying, countFileOutcomes, sourceOf } from '../../db/file-events.ts';
import { openFiles } from '../../db/file-queue.ts';
import { findFile, type FileRow } from '../../db/files.ts';
import { applyInBatches } from '../../db/ledger-batches.ts';
import { removeFileEvents } from '../../db/ledger-removal.ts';
import { applyPublished, arrivalOf, makeDay } from '../support/applied.ts';
import { until } from '../support/until.ts';
import { useDatabase } from '../support/database.ts';
import { HEADER, goodRow, useDataDir } from '../support/files.ts';
import { clearLedger, foldInMemory, readLedger, type Arrival } from '../support/ledger.ts';
import { publishDropped } from '../support/published.ts';

const database = useDatabase();
const data = useDataDir();
let made = 0;

beforeEach(async () => {
  await clearLedger(database.sql);
  await database.sql`truncate tb_bat_file_mst, tb_bat_file_hist, demo_file cascade`;
});

const publish = async (content: string | Buffer): Promise<FileRow> =>
  (await publishDropped(database.sql, data, `${(made += 1)}.csv`, content)).file;

const publishDay = (seed: string, files: number, turnOf?: (record: number) => number): Promise<FileRow[]> =>
  makeDay(seed, 400, files, turnOf).reduce<Promise<FileRow[]>>(
    async (before, content) => [...(await before), await publish(content)],
    Promise.resolve([]),
  );

const arrivals = (files: readonly FileRow[]): Promise<Arrival[]> =>
  Promise.all(files.map((file) => arrivalOf(database.sql, file)));

const apply = (file: FileRow, overrides?: Parameters<typeof applyPublished>[2]) =>
  applyPublished(database.sql, file, overrides);

const now = async (file: FileRow): Promise<FileRow> => (await findFile(database.sql, file.file_id))!;

describe('a published file', () => {
  test('reaches the ledger with every accepted record, and says what became of each', async () => {
    const [file] = await publishDay('whole', 1);

    const counts = await apply(file!);

    expect(await readLedger(database.sql)).toEqual(foldInMemory(await arrivals([file!])));
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(file!.accepted_count);
    expect(counts.applied).toBeGreaterThan(300);
    expect(await now(file!)).toMatchObject({
      applied_no: file!.read_count,
      applied_at: expect.any(Date) as unknown,
      unplaced_count: 0,
    });
    expect(await countFileOutcomes(database.sql, await now(file!))).toEqual(counts);
    expect(await claimForApplying(database.sql, file!.file_id)).toBeNull();
  });

  test('goes on where an attempt was cut off, also between its events and its checkpoint', async () => {
    const [file] = await publishDay('cut', 1);
    const stop = new AbortController();
    let slices = 0;
    const cut = apply(file!, {
      signal: stop.signal,
      onProgress: () => {
        if ((slices += 1) === 2) stop.abort(new Error('killed'));
      },
    });
    await expect(cut).rejects.toThrow('killed');
    const reached = (await now(file!)).applied_no!;
    const { source, events } = await arrivalOf(database.sql, file!);
    // What a kill leaves behind: events without the checkpoint that follows them.
    await applyInBatches(database.sql, events.slice(200, 250), source);

    const counts = await apply(file!);

    expect(reached).toBeGreaterThanOrEqual(200);
    expect(reached).toBeLessThan(file!.read_count);
    expect(await readLedger(database.sql)).toEqual(foldInMemory([{ source, events }]));
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(file!.accepted_count);
  });

  test('is moved by its newest attempt alone', async () => {
    const [file] = await publishDay('fenced', 1);
    const old = (await claimForApplying(database.sql, file!.file_id))!;
    const young = (await claimForApplying(database.sql, file!.file_id))!;
    const slice = { events: [], unplaced: 1, reached: 5 };

    expect(await advanceApplied(database.sql, old, 0, slice)).toBe(false);
    expect(await advanceApplied(database.sql, young, 0, slice)).toBe(true);
    expect(await advanceApplied(database.sql, young, 0, slice)).toBe(false);
    expect(await now(file!)).toMatchObject({ applied_no: 5, unplaced_count: 1 });
  });

  test('gives the same ledger in whatever order files come and however their records are shared out', async () => {
    const files = await publishDay('order', 3);
    const expected = foldInMemory(await arrivals(files));

    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
    ]) {
      await clearLedger(database.sql);
      await database.sql`update tb_bat_file_mst set applied_no = 0, applied_at = null`;
      for (const at of order) await apply(files[at]!, { sliceRows: 37 });
      expect(await readLedger(database.sql)).toEqual(expected);
    }
  });

  test('that says again what another said has duplicates alone, and the sums hold', async () => {
    const [content] = makeDay('twice', 100, 1);
    const file = await publish(content!);
    const again = await publish(Buffer.concat([content!, Buffer.from('\n\n')]));
    await apply(file);
    const counts = [await apply(again), await countFileOutcomes(database.sql, await now(file))];

    const duplicates = counts.map(({ duplicate }) => duplicate).sort((one, other) => one - other);
    expect(duplicates).toEqual([0, file.accepted_count]);
    expect(await readLedger(database.sql)).toEqual(foldInMemory(await arrivals([file, again])));
  });

  test('without records, or with rejected ones alone, is done at once', async () => {
    const file = await publish(`${HEADER}\n`);
    const bad = await publish(`${HEADER}\n${goodRow(1).replace('USD', 'XQX')}\n`);

    expect(Object.values(await apply(file))).toEqual([0, 0, 0, 0, 0, 0]);
    expect(Object.values(await apply(bad))).toEqual([0, 0, 0, 0, 0, 0]);
    expect(await now(bad)).toMatchObject({ applied_no: 1, applied_at: expect.any(Date) as unknown });
  });

  test('counts accepted records that name neither a swap nor a portfolio, once', async () => {
    const nameless = goodRow(2).replace(/5493001KJTIIGC8Y1R12T\d+/, '');
    const file = await publish(`${HEADER}\n${goodRow(1)}\n${nameless}\n${goodRow(3)}\n`);
    await database.sql`update tb_bat_file_hist set verdict = 'accepted' where file_id = ${file.file_id}`;
    await database.sql`
      update tb_bat_file_mst set accepted_count = 3, rejected_count = 0 where file_id = ${file.file_id}`;

    expect(await apply(file, { sliceRows: 1 })).toMatchObject({ applied: 2, unplaced: 1 });
    expect(await now(file)).toMatchObject({ unplaced_count: 1 });
  });

  test('is not done while the ledger has other content at one of its places', async () => {
    const file = await publish(`${HEADER}\n${goodRow(1)}\n${goodRow(2)}\n`);
    const { source, events } = await arrivalOf(database.sql, file);
    const [first, second] = events;
    await applyInBatches(database.sql, [{ position: second!.position, event: first!.event }], source);

    await expect(apply(file)).rejects.toMatchObject({
      code: 'file.ledger-disagrees',
      params: { problem: 'record 2' },
    });
    expect(await now(file)).toMatchObject({
      state: 'published',
      applied_at: null,
      problem_code: 'file.ledger-disagrees',
    });

    await clearLedger(database.sql);
    expect(await apply(file)).toMatchObject({ applied: 2 });
    expect(await now(file)).toMatchObject({ problem_code: null, problem_params: null });
  });

  test('of public dissemination never reaches the ledger', async () => {
    const file = await publish('Dissemination ID,Action,Primary Asset Class\n1,NEW,IR\n');

    expect(file).toMatchObject({ state: 'published', format: 'public-dissemination', applied_no: null });
    expect(await claimForApplying(database.sql, file.file_id)).toBeNull();
    expect(await openFiles(database.sql, 4)).toEqual([]);
  });
});

describe('letting files through', () => {
  test('counts a file as open until it has reached the ledger', async () => {
    const file = await publish(`${HEADER}\n${goodRow(1)}\n`);

    expect(await openFiles(database.sql, 1)).toMatchObject([{ file_id: file.file_id }]);
    await apply(file);
    expect(await openFiles(database.sql, 1)).toEqual([]);
  });

  test('opens files that were published before there was a ledger, as many as there is room for', async () => {
    const files = [await publish(`${HEADER}\n${goodRow(1)}\n`), await publish(`${HEADER}\n${goodRow(2)}\n`)];
    await database.sql`update tb_bat_file_mst set applied_no = null`;

    expect(await openFiles(database.sql, 1)).toMatchObject([{ file_id: files[0]!.file_id }]);
    expect(await openFiles(database.sql, 1)).toHaveLength(1);
    await apply(files[0]!);
    expect(await openFiles(database.sql, 1)).toMatchObject([{ file_id: files[1]!.file_id }]);
  });
});

describe('taking a file out', () => {
  const toDemo = ({ folder_date, sha256, file_name, read_count: rows }: FileRow) =>
    recordDemoFile(database.sql, { folder_date, sha256, file_name, rows });

  test('with the demonstration leaves the ledger as it were without it', async () => {
    const [first, other] = makeDay('demo', 400, 2);
    const twins = [await publish(first!), await publish(Buffer.concat([first!, Buffer.from('\n\n')]))];
    // Of two that say the same, the one that holds the event keys goes: the other holds them then.
    const [demo, twin] = twins.sort((one, another) => (one.sha256 < another.sha256 ? -1 : 1));
    const rest = await publish(other!);
    await toDemo(demo!);
    for (const file of [demo!, twin!, rest]) await apply(file);

    await clearDemo(database.sql);

    const left = await arrivals([twin!, rest]);
    expect(await readLedger(database.sql)).toEqual(foldInMemory(left));
    expect(await countFileOutcomes(database.sql, await now(twin!))).toMatchObject({ duplicate: 0 });
    expect(
      await database.sql`select from event_outcome as o where not exists (
      select from tb_on_hist as h where h.source_id = o.source_id and h.position = o.position)`,
    ).toEqual([]);
    expect(await findFile(database.sql, demo!.file_id)).toBeNull();
  });

  test('goes on where it was cut off, and the same bytes may come again', async () => {
    const [content] = makeDay('again', 100, 1);
    const demo = await publish(content!);
    await toDemo(demo);
    await apply(demo);
    const before = await readLedger(database.sql);
    await clearDemo(database.sql);
    // What was under way when the file went.
    const back = await publish(content!);
    await apply(back);
    await toDemo(back);

    expect(back.file_id).not.toBe(demo.file_id);
    expect(await readLedger(database.sql)).toEqual(before);
    await removeFileEvents(database.sql, demo.file_id);
    expect(await readLedger(database.sql)).toEqual(before);
    await clearDemo(database.sql);
    expect(await readLedger(database.sql)).toEqual({ subjects: {}, outcomes: {}, holders: [] });
  });

  test('takes nothing out of a file that has come again meanwhile', async () => {
    const demo = await publish(makeDay('meanwhile', 40, 1)[0]!);
    await apply(demo);
    const before = await readLedger(database.sql);
    let removing = Promise.resolve();
    await database.sql.begin(async (tx) => {
      await tx`update ledger_source set file_id = ${demo.file_id + 1000} where file_id = ${demo.file_id}`;
      removing = removeFileEvents(database.sql, demo.file_id);
      await until(async () =>
        expect(
          await database.sql`
            select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        ).not.toHaveLength(0),
      );
    });
    await removing;
    expect(await readLedger(database.sql)).toEqual(before);
  });

  test('finishes what a call that was cut off left of it', async () => {
    const demo = await publish(makeDay('late', 60, 1)[0]!);
    await toDemo(demo);
    const { source, events } = await arrivalOf(database.sql, demo);
    await clearDemo(database.sql);
    await applyInBatches(database.sql, events, source);

    await clearDemo(database.sql);

    expect(await readLedger(database.sql)).toEqual({ subjects: {}, outcomes: {}, holders: [] });
    expect(sourceOf(demo)).toEqual(source);
  });

  test('leaves alone what is missing without a note in the audit log', async () => {
    const file = await publish(`${HEADER}\n${goodRow(1)}\n`);
    await apply(file);
    const before = await readLedger(database.sql);
    await database.sql`delete from tb_bat_file_mst where file_id = ${file.file_id}`;

    await clearDemo(database.sql);

    expect(await readLedger(database.sql)).toEqual(before);
  });
});
