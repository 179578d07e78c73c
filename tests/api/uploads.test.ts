import { createHash } from 'node:crypto';
import { readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { AuditPage } from '../../contracts/audit.schema.ts';
import type { FileView, UploadResult } from '../../contracts/files.schema.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { makeFile, useDataDir } from '../support/files.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
const data = useDataDir();
const FOLDER = '20261121';
let app: FastifyInstance;

beforeAll(async () => {
  app = await buildTestApp(
    { sql: database.sql, client: temporal.client },
    { TAIN_DATA_DIR: data.dataDir, TAIN_TIME_ZONE: 'UTC' },
  );
});

afterAll(async () => {
  await app.close();
});

const get = (url: string) => app.inject({ url, headers: bearer(tokenFor('viewer')) });

const upload = (name: string, payload: string, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: `/v1/files?name=${name}&date=2026-11-21`,
    headers: { ...bearer(tokenFor('service', 'sender')), 'content-type': 'text/csv', ...headers },
    payload,
  });

const inFolder = async (start: string): Promise<string[]> =>
  (await readdir(path.join(data.dataDir, FOLDER, 'rec'))).filter((name) => name.startsWith(start)).sort();

const entriesOf = async (id: string) =>
  (await get(`/v1/audit?subject=${id}`))
    .json<AuditPage>()
    .entries.map(({ actor, action }) => [actor, action]);

/** While `run` runs, the audit log takes nothing of the sender, so that nothing of theirs is entered. */
async function withoutAudit<Result>(run: () => Promise<Result>): Promise<Result> {
  await database.sql`
    create function refuse_sender() returns trigger language plpgsql as $$
    begin if new.actor = 'sender' then raise 'not now'; end if; return new; end $$`;
  await database.sql`
    create trigger refuse_sender before insert on audit_log for each row execute function refuse_sender()`;
  try {
    return await run();
  } finally {
    await database.sql`drop function refuse_sender() cascade`;
  }
}

describe('an upload that cannot be entered', () => {
  it('leaves no file for the inbox to take in its own name', async () => {
    const failed = await withoutAudit(() => upload('in-vain.csv', makeFile(2)));

    expect(failed.statusCode).toBe(500);
    expect(await inFolder('in-vain')).toEqual([]);
    const { id } = (await upload('in-vain.csv', makeFile(2))).json<UploadResult>();
    expect(await entriesOf(id)).toEqual([['sender', 'file.entered']]);
  });

  it('leaves alone the same bytes that lay under its name before', async () => {
    await data.drop(FOLDER, 'before.csv', makeFile(3));
    const failed = await withoutAudit(() => upload('before.csv', makeFile(3)));

    expect(failed.statusCode).toBe(500);
    expect(await inFolder('before')).toEqual(['before.csv']);
  });
});

describe('an upload beside whose name a marker lies', () => {
  const marked = async (name: string, marker: string | Buffer, content: string): Promise<FileView> => {
    await data.drop(FOLDER, `${name}.done`, marker);
    const { id } = (await upload(name, content)).json<UploadResult>();
    return (await get(`/v1/files/${id}`)).json<FileView>();
  };

  it.each([
    ['bytes', 'bytes=1', 'file.done-disagrees'],
    ['hash', `sha256: ${'0'.repeat(64)}`, 'file.done-disagrees'],
    ['nonsense', 'nonsense', 'file.done-unreadable'],
    ['length', 'x'.repeat(65_537), 'file.done-unreadable'],
    ['encoding', Buffer.from([0xff]), 'file.done-unreadable'],
  ])('is held when it disagrees or cannot be read: %s', async (about, marker, code) => {
    const file = await marked(`held-${about}.csv`, marker, `${makeFile(2)}${about}\n`);

    expect(file).toMatchObject({ state: 'held', problem: { code } });
  });

  it('waits when it agrees, with the number of records that was stated', async () => {
    const content = makeFile(21);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const file = await marked('agrees.csv', `{"rows": 21, "sha256": "${sha256}"}`, content);
    const [row] = await database.sql`select expected_rows from tb_bat_file_mst where sha256 = ${sha256}`;

    expect(file).toMatchObject({ state: 'waiting', problem: null });
    expect(row).toEqual({ expected_rows: 21 });
  });
});

describe('an upload of known bytes under another name', () => {
  it('answers the name under which they lie, and makes no second one', async () => {
    const first = (await upload('one-name.csv', makeFile(31))).json<UploadResult>();
    const second = (await upload('one-name-more.csv', makeFile(31))).json<UploadResult>();

    expect(second).toEqual({ ...first, isNew: false });
    expect(await inFolder('one-name')).toEqual(['one-name.csv']);
    expect(await entriesOf(first.id)).toEqual([['sender', 'file.entered']]);
  });

  it.each([
    ['gone', (place: string) => rename(place, `${place}.tmp`)],
    ['changed', (place: string) => writeFile(place, 'other bytes')],
  ])('puts them there again when the first is %s', async (how, disturb) => {
    const content = `${makeFile(32)}${how}\n`;
    const first = (await upload(`was-${how}.csv`, content)).json<UploadResult>();
    await disturb(path.join(data.dataDir, FOLDER, 'rec', first.name));
    const second = (await upload(`again-${how}.csv`, content)).json<UploadResult>();

    expect(second).toMatchObject({ id: first.id, name: `again-${how}.csv`, isNew: false });
    expect(await inFolder(`again-${how}`)).toEqual([`again-${how}.csv`]);
  });
});

describe('an upload as a form', () => {
  it('is refused with what to send instead', async () => {
    const answer = await upload('form.csv', '--x--', { 'content-type': 'multipart/form-data; boundary=x' });

    expect(answer.json<Problem>()).toMatchObject({ status: 400, code: 'request.invalid' });
    expect(answer.json<Problem>().detail).toContain('send the file itself as the body');
    expect(await inFolder('form')).toEqual([]);
  });
});

describe('the folder date of an upload', () => {
  const dayFromNow = (days: number): string =>
    new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const partitions = async (): Promise<number> => {
    const [row] = await database.sql<{ count: number }[]>`
      select count(*) as count from pg_inherits where inhparent = 'tb_bat_file_hist'::regclass`;
    return row!.count;
  };

  it('may lie within the days that are set around today, and makes no tables beyond them', async () => {
    const narrow = await buildTestApp(
      { sql: database.sql, client: temporal.client },
      {
        TAIN_DATA_DIR: data.dataDir,
        TAIN_TIME_ZONE: 'UTC',
        TAIN_DATE_PAST_DAYS: '60',
        TAIN_DATE_AHEAD_DAYS: '40',
      },
    );
    const send = (date: string) =>
      narrow.inject({
        method: 'POST',
        url: `/v1/files?name=dated.csv&date=${date}`,
        headers: { ...bearer(tokenFor('service')), 'content-type': 'text/csv' },
        payload: makeFile(2),
      });
    const inside = [await send(dayFromNow(-58)), await send(dayFromNow(38))];
    const before = await partitions();
    const outside = [await send(dayFromNow(-63)), await send(dayFromNow(43)), await send('9999-12-31')];
    await narrow.close();

    expect(inside.map(({ statusCode }) => statusCode)).toEqual([202, 202]);
    for (const answer of outside)
      expect(answer.json<Problem>()).toMatchObject({ status: 400, code: 'request.date-outside' });
    expect(await partitions()).toBe(before);
    expect(await readdir(data.dataDir)).not.toContain('99991231');
  });
});
