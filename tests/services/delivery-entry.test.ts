import { beforeEach, describe, expect, test } from '@jest/globals';
import { createDeliveryStart } from '../../activities/cftc-day-deliveries.ts';
import { BY_COMMAND_LINE } from '../../contracts/audit.ts';
import { closeAnswered } from '../../db/days.ts';
import { deliverySession, failDelivery } from '../../db/deliveries.ts';
import { giveUpDelivery } from '../../db/delivery-decisions.ts';
import { listOpenDeliveries } from '../../db/delivery-order.ts';
import { enterDeliveries } from '../../db/outbox-files.ts';
import { useDatabase } from '../support/database.ts';
import { clearDays, reportOn, tellSession, writeFilesOf } from '../support/days.ts';
import { useDataDir } from '../support/files.ts';
import { message, TERMS } from '../support/swap-events.ts';

const database = useDatabase();
const data = useDataDir();
const MONDAY = '2026-11-23';
const TUESDAY = '2026-11-24';

beforeEach(() => clearDays(database.sql));

/** Starts the deliveries of a day that is reported. @returns how many they are */
const startOn = (date: string): Promise<number> =>
  createDeliveryStart({
    sql: database.sql,
    startDue: () => Promise.resolve(),
    listTargets: () => Promise.resolve(['repository']),
  })(date);

/** Reports a day and starts its deliveries. @returns sha-256 of its one file */
async function sendOn(date: string): Promise<string> {
  const { sql } = database;
  await reportOn(sql, date, `${date}T23:00:00Z`);
  const files = await writeFilesOf(sql, data.dataDir, date);
  await sql`update cftc_day set state = 'reported' where business_date = ${date}`;
  expect(await startOn(date)).toBe(1);
  return files.find((file) => file.is_outbound)!.sha256;
}

const idsOf = async (date: string): Promise<string[]> => {
  const rows = await database.sql<{ id: string }[]>`
    select delivery_id as id from delivery where business_date = ${date}`;
  return rows.map(({ id }) => id);
};

describe('a delivery', () => {
  beforeEach(() =>
    tellSession(database.sql, 'ONE', [message('NEWT-TRAD', 'A', `${MONDAY}T09:00:00`, TERMS)]),
  );

  test('is another one when a later day sends the same bytes, and that day closes with it', async () => {
    const { sql } = database;
    const monday = await sendOn(MONDAY);
    const [given] = await idsOf(MONDAY);
    await failDelivery(sql, given!, { code: 'outbound.stopped', params: { target: 'repository' } });
    await giveUpDelivery(sql, given!, BY_COMMAND_LINE, 'the repository is away');
    expect(await closeAnswered(sql, MONDAY)).toBe(true);

    // What was not sent leaves with Tuesday, on which nothing else was reported.
    expect(await sendOn(TUESDAY)).toBe(monday);
    const [later, ...others] = await idsOf(TUESDAY);
    expect([later, others]).toEqual([expect.any(String), []]);
    expect(later).not.toBe(given);
    expect(deliverySession(later!)).not.toBe(deliverySession(given!));
    expect((await listOpenDeliveries(sql, TUESDAY, 1)).map(({ id }) => id)).toEqual([later]);

    expect(await closeAnswered(sql, TUESDAY)).toBe(false);
    await sql`update outbound_message set state = 'acknowledged'`;
    await sql`update delivery set state = 'answered' where delivery_id = ${later!}`;
    expect(await closeAnswered(sql, TUESDAY)).toBe(true);
  });

  test('is the same one when it is entered again', async () => {
    await sendOn(MONDAY);
    const ids = await idsOf(MONDAY);
    expect(await startOn(MONDAY)).toBe(1);
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{32}-repository$/)]);
    expect(await idsOf(MONDAY)).toEqual(ids);
  });
});

test('an id that another file has is not passed over', async () => {
  const { sql } = database;
  const target = 'repository';
  const entry = { id: `1-${target}`, date: MONDAY, version: 1, fileName: 'one.csv', target };
  await sql.begin((tx) => enterDeliveries(tx, [entry, entry]));
  for (const other of [{ date: TUESDAY }, { version: 2 }, { fileName: 'other.csv' }, { target: 'folder' }])
    await expect(sql.begin((tx) => enterDeliveries(tx, [{ ...entry, ...other }]))).rejects.toMatchObject({
      code: 'delivery.id-taken',
      params: { delivery: entry.id },
    });
  expect(await idsOf(MONDAY)).toEqual([entry.id]);
  expect(await idsOf(TUESDAY)).toEqual([]);
});
