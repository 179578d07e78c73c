/** A database with rows in every table: a backup that leaves one out cannot look like it. */
import { reportOn, writeFilesOf } from './days.ts';
import { applyPublished, makeDay } from './applied.ts';
import type { useDataDir } from './files.ts';
import { addNode, cutInto, finish, part, queueJob, start } from './gpu.ts';
import { startDelivery, storeAnswer } from './outbound-rows.ts';
import { publishDropped } from './published.ts';
import { storeFeed, storeLatencies, storeStatus } from './stored-feeds.ts';
import type { Sql } from '../../platform/postgres.ts';

/** Text that means something to COPY. */
export const AWKWARD = 'tab\there, line\nbreak, back\\slash, \\N, \\., "quote", 스왑, \u0001';
const DATE = '2026-11-23';
const HASH = 'a'.repeat(64);

/** A day that is reported, a feed, trainings that are over and under way, and a row in all that these leave empty. */
export async function fillEveryTable(sql: Sql, data: ReturnType<typeof useDataDir>): Promise<void> {
  const [day] = makeDay('backup', 1200, 1) as [Buffer];
  const { file } = await publishDropped(sql, data, 'day.csv', day);
  await applyPublished(sql, file);
  await reportOn(sql, DATE, `${DATE}T23:00:00Z`);
  await writeFilesOf(sql, data.dataDir, DATE);
  await fillFeeds(sql);
  await fillTraining(sql);
  await fillDesk(sql);
}

async function fillFeeds(sql: Sql): Promise<void> {
  const raw = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  await storeFeed(sql, 'desk', [{ raw }, null]);
  await storeStatus(sql, 'desk', 'connected');
  await storeLatencies(sql, 'desk', new Date(), 3, 4);
  await sql`insert into feed_altered (feed, session, sequence, received_at, raw) values ('desk', 'S1', 1, now(), ${raw})`;
  await sql`insert into cftc_cut_feed values ('desk', 'S1', ${DATE}, 1, '{[1,3),[7,9)}')`;
  await sql`insert into cftc_day_input (business_date, name, kind, expected) values (${DATE}, 'in', 'file', '*.csv')`;
  await startDelivery(sql, { date: DATE, file: 'some.csv' });
  await storeAnswer(sql, { sequence: 1, kind: 'receipt', subject: null, verdict: 'received' });
  await sql`insert into outbound_session (target, session) values ('sdr', 'S1')`;
  await sql`insert into outbound_answer_file values ('sdr', 'a.csv', 1, 'v', 1, 1, ${HASH})`;
  await sql`insert into outbox_moved values ('45-none', ${DATE}, 1)`;
}

async function fillTraining(sql: Sql): Promise<void> {
  const { node, devices } = await addNode(sql, [{}, {}, { sharing: 'mig', slices: 8 }]);
  const jobId = await queueJob(sql);
  await start(sql, jobId, node, [part(devices[0]!)]);
  await finish(sql, jobId);
  await start(sql, await queueJob(sql, { dependsOn: [{ jobId, condition: 'any' }] }), node, [
    part(devices[1]!),
  ]);
  await cutInto(sql, devices[2]!, [['1g.10gb', 0]]);
  await sql`insert into gpu_policy (actor, role, reason, policy) values ('kim', 'operator', ${AWKWARD}, '{"a": 1.10}')`;
  await sql`insert into gpu_rates (model, effective_on, purchase_micros, salvage_micros, life_years, maintenance_share, actor, role)
    values ('H100-80GB', ${DATE}, 3, 1, 4.50, 0.10, 'kim', 'operator')`;
  await sql`insert into gpu_site_rates (effective_on, currency, pue, kwh_micros, labour_micros, infra_micros, actor, role)
    values (${DATE}, 'KRW', 1.40, 1, 1, 1, 'kim', 'operator')`;
  await sql`select ensure_month_partition('gpu_usage_metrics', '2026-10-02')`;
  await sql`insert into gpu_usage_metrics (at, device, gpu_percent)
    values ('2026-10-02 10:00:00.123456Z', ${devices[0]!}, 0.1)`;
  for (const table of ['gpu_usage_hourly', 'gpu_usage_daily'])
    await sql`insert into ${sql(table)} values ('2026-10-02Z', ${devices[0]!}, '', '', 1, 0.1, 0.1, 1, 1, 0.1, 1)`;
}

async function fillDesk(sql: Sql): Promise<void> {
  const [lost] = await sql<[{ id: number }]>`
    insert into tb_bat_file_mst (folder_date, sha256, file_name, path, size_bytes)
    values ('2026-01-02', ${HASH}, 'lost.csv', '20260102/rec/lost.csv', 1) returning file_id as id`;
  await sql`insert into demo_file (folder_date, sha256, file_name, rows) values (${DATE}, ${HASH}, 'demo.csv', 1)`;
  await sql`insert into inbox_sighting (path, folder_date, size_bytes, mtime_ms, ctime_ms)
    values (${AWKWARD}, ${DATE}, 1, 1764000000000.1234, 0.1)`;
  await sql`insert into inbox_unreadable (place, reason) values ('20261123/rec', ${AWKWARD})`;
  await sql`insert into record_correction (file_id, revision, record_no, reference, outcome)
    values (${lost.id}, 1, 1, 'x', 'unknown-file')`;
  await sql`insert into register_set (version) values (${HASH})`;
  await sql`insert into register_part values (${HASH}, 'lei.csv', 0, '\\x00ff0a5c')`;
  await sql`insert into verification (entity, verified_on, report_name, report_sha256, compared, breaks, recorded_by)
    values (${'A'.repeat(20)}, ${DATE}, 'open.csv', ${HASH}, 1, 0, 'kim')`;
  await sql`insert into exception_note (key, kind, note, noted_by, noted_at)
    values ('awkward', 'refused', ${AWKWARD}, ${AWKWARD}, 'infinity')`;
  await sql`insert into report (report_id, request_hash, kind, format, filters, owner, state)
    values (${'1'.repeat(32)}, ${'2'.repeat(32)}, 'activity', 'csv', '{}', 'lee', 'writing')`;
}
