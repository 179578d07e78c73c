/** Registers from their folder, and by their version from the database. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyFile } from '../../activities/file-copy.ts';
import { createRegisterShelf } from '../../activities/registers.ts';
import type { FileInspection } from '../../contracts/file-ingest.ts';
import { findFile, publishFile, recordInspection } from '../../db/files.ts';
import { registersOf, storeRegisters } from '../../db/registers.ts';
import { proveStoredFile } from '../../db/verify.ts';
import { BUILT_IN_REGISTERS } from '../../domain/cftc/built-in-registers.ts';
import { leiCheckDigits } from '../../domain/cftc/identifiers.ts';
import { statusOfLei } from '../../domain/cftc/lei-register.ts';
import { findRegisterFiles, openRegisters } from '../../platform/registers.ts';
import { useDatabase } from '../support/database.ts';
import { claimDroppedFile, goodRow, HEADER, makeFile, useDataDir } from '../support/files.ts';

const database = useDatabase();
const data = useDataDir();
const LEI = '5493001KJTIIGC8Y1R12';
let folder: string;
let made = 0;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'tain-registers-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, text: string): Promise<void> => writeFile(path.join(folder, name), text);

/** A list that no other test has. */
const leiList = (status = 'ISSUED'): string => `LEI,Status,Name\n${LEI},${status},list ${(made += 1)}\n`;

/** One that fills several rows, however it is compressed. */
function longList(): string {
  const lines = Array.from({ length: 90_000 }, (_, at) => {
    const begin = `${((at * 2_654_435_761) % 4_294_967_296).toString(36).toUpperCase()}${at}`.padEnd(18, 'X');
    return `${begin}${leiCheckDigits(begin)},ISSUED,${Math.sin(at)}`;
  });
  return `${leiList()}${lines.join('\n')}\n`;
}

async function keep(): Promise<string> {
  const { version } = await openRegisters(folder);
  await storeRegisters(database.sql, version, await findRegisterFiles(folder));
  return version;
}

describe('a register folder', () => {
  it('gives its registers under a version that is that of their contents', async () => {
    await write('lei.csv', `LEI,Status\n${LEI},LAPSED\n`);
    const one = await openRegisters(folder);
    await write('mic.csv', 'MIC\nXNYS\n');
    const two = await openRegisters(folder);
    await rm(path.join(folder, 'mic.csv'));
    const again = await openRegisters(folder);

    expect(statusOfLei(one.lei!, LEI)).toBe('LAPSED');
    expect(one.mic).toBe(BUILT_IN_REGISTERS.mic);
    expect(two.mic).toMatchObject({ isComplete: true });
    expect(again.version).toBe(one.version);
    expect(new Set([one.version, two.version, BUILT_IN_REGISTERS.version]).size).toBe(3);
  });

  it('is not needed', async () => {
    expect(await openRegisters(undefined)).toBe(BUILT_IN_REGISTERS);
  });

  it('names file, line, field and value of what cannot be read', async () => {
    await write('upi.csv', 'UPI,Delivery Type\nQZTNSWP00019,CASH\nQZTNSWP00018,CASH\n');
    await expect(openRegisters(folder)).rejects.toMatchObject({
      code: 'register.invalid',
      params: { file: 'upi.csv', line: 3, field: 'UPI', value: 'QZTNSWP00018', fault: 'invalid' },
      message: 'upi.csv, line 3, column "UPI": "QZTNSWP00018" is not well formed.',
    });
  });

  it('must have a register in it', async () => {
    await expect(openRegisters(folder)).rejects.toMatchObject({ code: 'register.unreadable' });
    await expect(openRegisters(path.join(folder, 'none'))).rejects.toMatchObject({
      code: 'register.unreadable',
      params: { reason: 'ENOENT' },
    });
  });
});

describe('the registers of a version', () => {
  it('are given back as they were stored, once, whoever stores them', async () => {
    await write('lei.csv', longList());
    await write('upi.csv', 'UPI,Delivery Type\nQZTNSWP00019,CASH\n');
    const [version] = await Promise.all([keep(), keep(), keep()]);
    const parts =
      await database.sql`select from register_part where version = ${version} and name = 'lei.csv'`;

    expect(parts.length).toBeGreaterThan(1);
    expect(await registersOf(database.sql, version)).toEqual(await openRegisters(folder));
  });

  it('are the built-in ones where a file names them, or none', async () => {
    await storeRegisters(database.sql, BUILT_IN_REGISTERS.version, []);
    expect(await registersOf(database.sql, BUILT_IN_REGISTERS.version)).toBe(BUILT_IN_REGISTERS);
    expect(await registersOf(database.sql, null)).toBe(BUILT_IN_REGISTERS);
  });

  it.each([
    ['lost', (version: string) => database.sql`delete from register_part where version = ${version}`],
    [
      'cut short',
      (version: string) => database.sql`
        update register_part set content = substr(content, 1, 20) where version = ${version}`,
    ],
    [
      'overwritten',
      (version: string) => database.sql`update register_part set content = 'x' where version = ${version}`,
    ],
  ])('are not believed when they were %s', async (_, damage) => {
    await write('lei.csv', leiList());
    const version = await keep();
    await damage(version);
    await expect(registersOf(database.sql, version)).rejects.toMatchObject({ code: 'register.unknown' });
  });

  it('are not kept when the folder changed between reading and storing', async () => {
    await write('lei.csv', leiList());
    const { version } = await openRegisters(folder);
    await write('lei.csv', leiList('LAPSED'));
    const storing = storeRegisters(database.sql, version, await findRegisterFiles(folder));

    await expect(storing).rejects.toMatchObject({ code: 'register.unknown' });
    expect(await database.sql`select from register_set where version = ${version}`).toHaveLength(0);
  });

  it('serve a file that was begun with them, after the folder has newer ones', async () => {
    await write('lei.csv', leiList());
    const before = await createRegisterShelf(database.sql, folder).current();
    await write('lei.csv', leiList('LAPSED'));
    const shelf = createRegisterShelf(database.sql, folder);
    const now = await shelf.current();

    expect(await shelf.ofVersion(now.version)).toBe(now);
    expect(statusOfLei((await shelf.ofVersion(before.version)).lei!, LEI)).toBe('ISSUED');
    expect(statusOfLei(now.lei!, LEI)).toBe('LAPSED');
  });
});

describe('a file', () => {
  const dropped = async (content: Buffer) => {
    const location = await data.drop('20261121', `${(made += 1)}.csv`, content);
    return { file: await claimDroppedFile(database.sql, location, content), location };
  };
  const signal = new AbortController().signal;
  const onProgress = (): void => undefined;

  it('is judged in threads with registers that were sent there', async () => {
    const rows = Array.from({ length: 60_000 }, (_, at) => goodRow(at + 1)).join('\n');
    const { file, location } = await dropped(
      Buffer.from(`${HEADER}\n${rows}\n`.padEnd(4.5 * 1024 ** 2, '\n')),
    );
    await write('lei.csv', leiList());
    const registers = await openRegisters(folder);

    const counts = await copyFile({
      ...{ sql: database.sql, file, location, registers, signal, onProgress },
      chunkBytes: 8 * 1024 ** 2,
    });

    expect(counts).toEqual({ read: 60_000, accepted: 60_000, rejected: 0 });
  });

  it('is proven with the registers of its row, and not without them', async () => {
    const content = Buffer.from(`${makeFile(3)}${goodRow(9, `registers ${(made += 1)}`)}\n`);
    const { file, location } = await dropped(content);
    await write('lei.csv', leiList());
    const version = await keep();
    await database.sql`update tb_bat_file_mst set register_version = ${version} where file_id = ${file.file_id}`;
    await copyFile({ sql: database.sql, file, location, chunkBytes: 1000, signal, onProgress });
    await publishFile(database.sql, file.file_id);
    const prove = () => proveStoredFile({ sql: database.sql, openRaw: async () => null }, file.file_id);

    expect(await prove()).toMatchObject({ provenFrom: 'slices' });
    const lost = '0'.repeat(64);
    await database.sql`update tb_bat_file_mst set register_version = ${lost} where file_id = ${file.file_id}`;
    await expect(prove()).rejects.toMatchObject({ code: 'register.unknown', params: { version: lost } });
  });

  it('keeps the registers that its first records were judged with', async () => {
    const content = Buffer.from(`${makeFile(3)}${goodRow(9, `kept ${(made += 1)}`)}\n`);
    const { file } = await dropped(content);
    const found: FileInspection = {
      format: 'submission',
      ruleSetVersion: 'test',
      compression: 'none',
      contentBytes: content.length,
      contentSha256: file.sha256,
      headerRaw: file.header_raw!,
      nextLine: 2,
      unknownColumns: [],
      mayCorrect: false,
      records: null,
    };
    const versionAfter = async (version: string): Promise<string | null> => {
      await recordInspection(database.sql, file.file_id, found, version);
      return (await findFile(database.sql, file.file_id))!.register_version;
    };

    expect(await versionAfter('one')).toBe('one');
    expect(await versionAfter('two')).toBe('two');
    await database.sql`update tb_bat_file_mst set read_count = 1 where file_id = ${file.file_id}`;
    expect(await versionAfter('three')).toBe('two');
  });
});
