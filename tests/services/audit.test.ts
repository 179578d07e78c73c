import { beforeEach, describe, expect, it } from '@jest/globals';
import type { AuditAction } from '../../contracts/audit.ts';
import { appendAudit, auditDownload, listAudit, verifyAuditChain } from '../../db/audit.ts';
import { clearDemo, recordDemoFile } from '../../db/demo.ts';
import { findRemovedFiles } from '../../db/file-audit.ts';
import { publishFile, refuseFile, registerFile } from '../../db/files.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();

const append = (subject: string, action: AuditAction = 'file.entered') =>
  database.sql.begin((tx) =>
    appendAudit(tx, {
      actor: 'Jürgen "J" \\ {,}',
      role: 'operator',
      action,
      subject,
      before: { 'a "key"': [1, 2.5, null, 'ß\n'] },
      ...(action === 'file.refused' && { reason: 'because' }),
    }),
  );

/** Changes the log as only its owner can. */
const tamper = (statement: string) =>
  database.sql.begin(async (tx) => {
    await tx`alter table audit_log disable trigger audit_log_append_only`;
    await tx.unsafe(statement);
    await tx`alter table audit_log enable trigger audit_log_append_only`;
  });

beforeEach(async () => {
  await tamper('truncate audit_log');
});

describe('the audit log', () => {
  it('numbers rows without gaps, also when transactions race and some of them fail', async () => {
    const failing = database.sql
      .begin(async (tx) => {
        await appendAudit(tx, { actor: 'x', role: 'user', action: 'file.held', subject: 'undone' });
        throw new Error('undone');
      })
      .catch((error: unknown) => (error as Error).message);

    const numbers = await Promise.all(Array.from({ length: 20 }, (_, at) => append(`file ${at}`)));

    expect(await failing).toBe('undone');
    expect(numbers.sort((one, other) => one - other)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(await verifyAuditChain(database.sql)).toMatchObject({ rows: 20, head: { seq: 20 }, broken: 0 });
  });

  it.each(['update audit_log set actor = $$x$$', 'delete from audit_log', 'truncate audit_log'])(
    'refuses: %s',
    async (statement) => {
      await append('kept');

      await expect(database.sql.unsafe(statement)).rejects.toThrow(/append only/);

      expect(await listAudit(database.sql, { timeZone: 'UTC', limit: 10 })).toHaveLength(1);
    },
  );

  it('names the row that was altered, whatever was altered in it', async () => {
    for (let at = 0; at < 4; at += 1) await append(`file ${at}`, 'file.refused');
    const changes = [
      `actor = 'somebody'`,
      `role = 'admin'`,
      `action = 'file.held'`,
      `subject = 'another'`,
      `before = '{}'`,
      `after = '{}'`,
      `reason = null`,
      `at = at + interval '1 microsecond'`,
    ];
    for (const change of changes) {
      await tamper(
        `create table kept as select * from audit_log; update audit_log set ${change} where seq = 2`,
      );
      const { broken, breaks } = await verifyAuditChain(database.sql);
      await tamper('truncate audit_log; insert into audit_log select * from kept; drop table kept');
      expect([change, broken, breaks]).toEqual([change, 1, [{ kind: 'altered', seq: 2, until: 2 }]]);
    }
  });

  it('names rows that were removed from its middle or its start', async () => {
    for (let at = 0; at < 6; at += 1) await append(`file ${at}`);
    await tamper('delete from audit_log where seq in (1, 3, 4)');

    expect(await verifyAuditChain(database.sql)).toMatchObject({
      rows: 3,
      breaks: [
        { kind: 'removed', seq: 1, until: 1 },
        { kind: 'removed', seq: 3, until: 4 },
      ],
    });
  });

  it('notices a row that was altered together with its hash', async () => {
    for (let at = 0; at < 3; at += 1) await append(`file ${at}`);
    await tamper(`update audit_log set hash = repeat('a', 64) where seq = 2`);

    expect((await verifyAuditChain(database.sql)).breaks).toEqual([
      { kind: 'altered', seq: 2, until: 2 },
      { kind: 'unlinked', seq: 3, until: 3 },
    ]);
  });

  it('is listed newest first, by page, actor, action, subject and day', async () => {
    for (let at = 0; at < 5; at += 1) await append(`file ${at}`, at === 3 ? 'file.refused' : 'file.entered');
    await auditDownload(database.sql, { sub: 'auditor', role: 'viewer' }, 'file 1', 'rejections.csv');
    const list = async (filter: object): Promise<number[]> => {
      const rows = await listAudit(database.sql, { timeZone: 'UTC', limit: 3, ...filter });
      return rows.map(({ seq }) => seq);
    };
    const [{ day }] = (await database.sql`
      select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day from audit_log where seq = 1`) as unknown as [
      { day: string },
    ];

    expect(await list({})).toEqual([6, 5, 4]);
    expect(await list({ before: 4 })).toEqual([3, 2, 1]);
    expect(await list({ actor: 'auditor' })).toEqual([6]);
    expect(await list({ action: 'file.refused' })).toEqual([4]);
    expect(await list({ subject: 'file 1' })).toEqual([6, 2]);
    expect(await list({ date: day, before: 2 })).toEqual([1]);
    expect(await list({ date: '2000-01-01' })).toEqual([]);
  });
});

describe('what happens to a file', () => {
  const sha256 = 'a'.repeat(64);
  const arrived = { folderDate: '2026-11-21', sha256, fileName: 'a.csv', path: 'a.csv', sizeBytes: 5 };
  const actions = async () =>
    (await listAudit(database.sql, { timeZone: 'UTC', limit: 100 }))
      .reverse()
      .map(({ actor, role, action, subject, before, after }) => [
        `${actor} (${role}) ${action}`,
        subject,
        before && (before as { state: string }).state,
        (after as { state: string }).state,
      ]);

  it('is noted once each time: entered, refused, entered again', async () => {
    const { fileId } = await registerFile(database.sql, arrived, { actor: 'desk', role: 'operator' });
    await registerFile(database.sql, arrived);
    await refuseFile(database.sql, fileId, { code: 'file.vanished', params: { file: 'a.csv' } });
    await refuseFile(database.sql, fileId, { code: 'file.vanished', params: { file: 'a.csv' } });
    await registerFile(database.sql, arrived);
    await publishFile(database.sql, fileId);

    const subject = `20261121-${'a'.repeat(32)}`;
    expect(await actions()).toEqual([
      ['desk (operator) file.entered', subject, null, 'waiting'],
      ['file-ingest (service) file.refused', subject, 'waiting', 'refused'],
      ['inbox (service) file.reopened', subject, 'refused', 'waiting'],
    ]);
  });

  it('is noted when the demonstration day is cleared, and is then not missed', async () => {
    const demo = { folder_date: '2026-11-22', sha256, file_name: 'demo.csv', rows: 1 };
    await recordDemoFile(database.sql, demo);
    await registerFile(database.sql, { ...arrived, folderDate: '2026-11-22' });

    await clearDemo(database.sql);

    const [newest] = await listAudit(database.sql, { timeZone: 'UTC', limit: 1 });
    expect(newest).toMatchObject({
      actor: 'command-line',
      action: 'file.removed',
      subject: `20261122-${'a'.repeat(32)}`,
      before: { state: 'waiting' },
    });
    expect(await findRemovedFiles(database.sql, { folderDate: '2026-11-22' })).toEqual([]);
  });
});
