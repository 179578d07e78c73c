import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { countFileOutcomes } from '../../db/file-events.ts';
import { listMessageGroups, readMessages } from '../../db/day-messages.ts';
import { findFile, type FileRow } from '../../db/files.ts';
import { requireDay } from '../../db/days.ts';
import { outboxFileName } from '../../db/outbox-files.ts';
import { applyPublished, makeDay } from '../support/applied.ts';
import { useDatabase, type TestDatabase } from '../support/database.ts';
import { cutOn, makeMessages, readFilesOf, reportOn, writeFilesOf } from '../support/days.ts';
import { useDataDir } from '../support/files.ts';
import { publishDropped } from '../support/published.ts';

const DATE = '2026-11-23';
const CUT = '2026-11-23T23:00:00Z';
const sender = useDatabase();
const killed = useDatabase();
const receiver = useDatabase();
const data = useDataDir();
const killedData = useDataDir();
const receiverData = useDataDir();
let demo: Buffer;
let accepted = 0;
let files: Map<string, Buffer>;

async function ingest(database: TestDatabase, to: ReturnType<typeof useDataDir>, name: string, text: Buffer) {
  const { file } = await publishDropped(database.sql, to, name, text);
  await applyPublished(database.sql, file, { sliceRows: 1000 });
  return (await findFile(database.sql, file.file_id))!;
}

beforeAll(async () => {
  [demo] = makeDay('outgoing', 2000, 1) as [Buffer];
  accepted = (await ingest(sender, data, 'demo.csv', demo)).accepted_count;
  const { counts } = await reportOn(sender.sql, DATE, CUT, { eventsPerBatch: 300 });
  expect(counts.accepted).toBe(accepted);
  files = await readFilesOf(data.dataDir, await writeFilesOf(sender.sql, data.dataDir, DATE));
});

const lines = (text: Buffer): string[] => text.toString('utf8').trimEnd().split('\n');

describe('the files of a day', () => {
  test('have every message once, by kind and asset class, and a manifest that accounts for them', async () => {
    const [counted] = await sender.sql<[{ messages: number; applied: number; others: number }]>`
      select message_count as messages, applied_count as applied, other_count as others from cftc_day_version`;
    const manifest = JSON.parse(files.get('manifest.json')!.toString('utf8')) as {
      files: { name: string; rows: number; bytes: number; sha256: string; controlTotals: unknown }[];
    };
    const names = [...files.keys()].filter((name) => name !== 'manifest.json');

    // Clearing houses report the swaps that they made of ours.
    expect(counted.messages + counted.others).toBe(counted.applied);
    expect(counted.messages).toBeGreaterThan(1000);
    expect(names).toEqual(
      expect.arrayContaining([
        'cftc-45-transaction-IR-20261123-v1.csv',
        'cftc-45-transaction-FX-20261123-v1.csv',
        'cftc-45-valuation-20261123-v1.csv',
        'cftc-45-collateral-20261123-v1.csv',
      ]),
    );
    expect(manifest.files.map(({ name }) => name).sort()).toEqual(names.sort());
    for (const { name, rows, bytes, sha256 } of manifest.files) {
      const text = files.get(name)!;
      expect([lines(text).length - 1, text.length]).toEqual([rows, bytes]);
      expect(createHash('sha256').update(text).digest('hex')).toBe(sha256);
    }
    const ids = names.flatMap((name) =>
      lines(files.get(name)!)
        .slice(1)
        .map((line) => line.split(',')[0]!),
    );
    expect(new Set(ids).size).toBe(counted.messages);
    expect(ids).toHaveLength(counted.messages);
    expect(manifest).toMatchObject({
      date: DATE,
      version: 1,
      cutAt: CUT,
      counts: { accepted },
      cut: { files: [{ revision: 1 }], feeds: [] },
    });
    expect(await readdir(path.join(data.dataDir, '20261123', 'send'))).toEqual([...files.keys()].sort());
  });

  test('are taken by a repository without a rejection, and fold there as they do here', async () => {
    const taken: FileRow[] = [];
    for (const [name, text] of files)
      if (name.endsWith('.csv')) taken.push(await ingest(receiver, receiverData, name, text));

    expect(taken.map(({ file_name, rejected_count }) => [file_name, rejected_count])).toEqual(
      taken.map(({ file_name }) => [file_name, 0]),
    );
    for (const file of taken)
      expect(await countFileOutcomes(receiver.sql, file)).toEqual({
        ...{ duplicate: 0, conflict: 0, pending: 0, violated: 0, unplaced: 0 },
        applied: file.read_count,
      });
    const statuses = ({ sql }: TestDatabase, isSent = sql`true`) => sql`
      select subject_key, subject_kind, status from tb_on_mst as swap where ${isSent}
      order by subject_key, subject_kind`;
    const isSent = sender.sql`
      exists (select from outbound_message as m
        where m.subject_key = swap.subject_key and m.subject_kind = swap.subject_kind)`;
    expect(await statuses(receiver)).toEqual(await statuses(sender, isSent));
  });

  test('are byte for byte the same when the work was killed at any step', async () => {
    await ingest(killed, killedData, 'demo.csv', demo);
    const version = await cutOn(killed.sql, DATE, CUT);
    for (const batches of [1, 2]) {
      const stop = new AbortController();
      let done = 0;
      const cut = makeMessages(killed.sql, await cutOn(killed.sql, DATE, CUT), {
        eventsPerBatch: 200,
        signal: stop.signal,
        onProgress: () => {
          if ((done += 1) === batches) stop.abort(new Error('killed'));
        },
      });
      await expect(cut).rejects.toThrow('killed');
    }
    await makeMessages(killed.sql, await cutOn(killed.sql, DATE, CUT), { eventsPerBatch: 500 });
    const stop = new AbortController();
    let pages = 0;
    const half = writeFilesOf(killed.sql, killedData.dataDir, DATE, {
      signal: stop.signal,
      onProgress: () => {
        if ((pages += 1) === 2) stop.abort(new Error('killed'));
      },
    });
    await expect(half).rejects.toThrow('killed');

    const written = await writeFilesOf(killed.sql, killedData.dataDir, DATE);
    const again = await writeFilesOf(killed.sql, killedData.dataDir, DATE);

    expect(version.cut_at.toISOString()).toBe('2026-11-23T23:00:00.000Z');
    expect(await readFilesOf(killedData.dataDir, written)).toEqual(files);
    expect(again.map(({ sha256 }) => sha256)).toEqual(written.map(({ sha256 }) => sha256));
  });

  test('are read in the same order however many messages a page has', async () => {
    for (const group of await listMessageGroups(sender.sql, DATE, 1)) {
      const read = async (perPage: number): Promise<string[]> => {
        const ids: string[] = [];
        const of = { ...group, date: DATE, version: 1 };
        for await (const page of readMessages(sender.sql, of, perPage)) ids.push(...page.map(({ id }) => id));
        return ids;
      };
      const ids = await read(100_000);

      expect(await read(7)).toEqual(ids);
      expect(ids).toEqual(
        lines(files.get(outboxFileName(group, DATE, 1))!)
          .slice(1)
          .map((line) => line.split(',')[0]),
      );
    }
  });

  test('are written as Parquet too where that is wanted: the same rows, the same bytes again, and not to be sent', async () => {
    const once = await writeFilesOf(sender.sql, data.dataDir, DATE, { parquet: true });
    const first = await readFilesOf(data.dataDir, once);
    const second = await readFilesOf(
      data.dataDir,
      await writeFilesOf(sender.sql, data.dataDir, DATE, { parquet: true }),
    );
    const { files: described } = JSON.parse(first.get('manifest.json')!.toString('utf8')) as {
      files: { name: string; parquet: { name: string; rows: number; bytes: number; sha256: string } }[];
    };

    expect(second).toEqual(first);
    for (const { name, parquet } of described) {
      const written = first.get(parquet.name)!;
      const rows = await parquetReadObjects({ file: new Uint8Array(written).buffer });
      const expected = parse<Record<string, string>>(first.get(name)!, { columns: true });
      expect(first.get(name)).toEqual(files.get(name));
      expect(parquet).toEqual({
        name: name.replace('.csv', '.parquet'),
        rows: expected.length,
        bytes: written.length,
        sha256: createHash('sha256').update(written).digest('hex'),
      });
      expect(rows.map((row) => ({ ...row }))).toEqual(
        expected.map((row) =>
          Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value || null])),
        ),
      );
    }
    const leave = once.filter(({ is_outbound }) => is_outbound).map(({ name }) => name);
    expect(leave).toEqual(described.map(({ name }) => name).sort());
  });

  test('that cannot be written are named with folder and reason, and written when there is room', async () => {
    const send = path.join(killedData.dataDir, '20261123', 'send');
    await rm(send, { recursive: true });
    await writeFile(send, 'a file where the folder should be');

    await expect(writeFilesOf(killed.sql, killedData.dataDir, DATE)).rejects.toMatchObject({
      code: 'day.folder-unwritable',
      params: { date: DATE, path: send, reason: expect.stringMatching(/EEXIST|ENOTDIR/) as unknown },
    });
    expect(await requireDay(killed.sql, DATE)).toMatchObject({ problem_code: 'day.folder-unwritable' });

    await rm(send);
    await mkdir(send);
    await chmod(send, 0o750);
    const written = await writeFilesOf(killed.sql, killedData.dataDir, DATE);
    expect(await readFilesOf(killedData.dataDir, written)).toEqual(files);
  });

  test.each(['cftc-45-transaction-IR-20261123-v1.csv', 'cftc-45-valuation-20261123-v1.csv', 'manifest.json'])(
    'leave no half %s on a disk that is full, and are the same when there is room',
    async (name) => {
      const send = path.join(killedData.dataDir, '20261123', 'send');
      await rm(send, { recursive: true });
      await mkdir(send);
      await symlink('/dev/full', path.join(send, `.${name}.part`));

      await expect(writeFilesOf(killed.sql, killedData.dataDir, DATE)).rejects.toMatchObject({
        code: 'day.folder-unwritable',
        params: { date: DATE, path: send, reason: 'ENOSPC' },
      });
      const left = await readdir(send);
      expect(left.filter((one) => one.startsWith('.') || one === name || one === 'manifest.json')).toEqual(
        [],
      );

      const written = await writeFilesOf(killed.sql, killedData.dataDir, DATE);
      expect(await readFilesOf(killedData.dataDir, written)).toEqual(files);
    },
  );
});
