import { beforeEach, describe, expect, test } from '@jest/globals';
import { BY_COMMAND_LINE } from '../../contracts/audit.ts';
import { reopenDay } from '../../db/days.ts';
import { findDeliveryOverview } from '../../db/deliveries.ts';
import { giveUpDelivery } from '../../db/delivery-decisions.ts';
import { listOpenDeliveries } from '../../db/delivery-order.ts';
import { useDatabase } from '../support/database.ts';
import { clearDays } from '../support/days.ts';
import { openDay } from '../support/outbound-rows.ts';

const database = useDatabase();
const MONDAY = '2026-11-23';
const TUESDAY = '2026-11-24';

beforeEach(() => clearDays(database.sql));

/** A file of a day on its way. @returns its delivery */
async function enter(date: string, kind: string, state = 'waiting'): Promise<string> {
  const { sql } = database;
  const name = `cftc-45-${kind}-${date}`;
  await openDay(sql, date);
  await sql`
    insert into outbox_file (business_date, version, name, kind, path, row_count, size_bytes, sha256, is_outbound)
    values (${date}, 1, ${name}, ${kind}, ${name}, 1, 1, ${'0'.repeat(64)}, true)`;
  await sql`
    insert into delivery (delivery_id, business_date, version, file_name, target, state)
    values (${name}, ${date}, 1, ${name}, 'repository', ${state})`;
  return name;
}

const move = (id: string, state: string) =>
  database.sql`update delivery set state = ${state} where delivery_id = ${id}`;
const open = async (date: string): Promise<string[]> =>
  (await listOpenDeliveries(database.sql, date, 1)).map(({ id }) => id);
const before = async (id: string) => (await findDeliveryOverview(database.sql, id))!.before;

describe('a delivery', () => {
  test('waits for the transactions of the days before until they are answered, and says so', async () => {
    const monday = await enter(MONDAY, 'transaction');
    const tuesday = await enter(TUESDAY, 'transaction');
    expect(await open(MONDAY)).toEqual([monday]);
    for (const state of ['waiting', 'sending', 'failed']) {
      await move(monday, state);
      expect(await open(TUESDAY)).toEqual([]);
      expect(await before(tuesday)).toEqual({ file: monday, date: MONDAY, state });
    }
    await move(monday, 'answered');
    expect(await open(TUESDAY)).toEqual([tuesday]);
    expect(await before(tuesday)).toBeNull();
  });

  test('of valuations waits for the transactions of its day, also when those have failed', async () => {
    const transactions = await enter(MONDAY, 'transaction', 'failed');
    const valuations = await enter(MONDAY, 'valuation');
    expect(await open(MONDAY)).toEqual([]);
    expect(await before(valuations)).toEqual({ file: transactions, date: MONDAY, state: 'failed' });
    await giveUpDelivery(database.sql, transactions, BY_COMMAND_LINE, 'the repository takes no files today');
    expect(await open(MONDAY)).toEqual([valuations]);
  });

  test('does not wait for a verdict on a file of which every record has its own', async () => {
    await enter(MONDAY, 'transaction', 'silent');
    const tuesday = await enter(TUESDAY, 'transaction');
    expect(await open(TUESDAY)).toEqual([tuesday]);
  });

  test('waits for a day that has not written its files, unless that has nothing to send', async () => {
    await openDay(database.sql, MONDAY, 'incomplete');
    const tuesday = await enter(TUESDAY, 'transaction');
    expect(await open(TUESDAY)).toEqual([]);
    expect(await before(tuesday)).toEqual({ file: null, date: MONDAY, state: 'incomplete' });
    await database.sql`update cftc_day_version set messages_cut = true where business_date = ${MONDAY}`;
    expect(await open(TUESDAY)).toEqual([tuesday]);
  });

  test('that has begun is to go on, whatever comes before it', async () => {
    await enter(MONDAY, 'transaction', 'failed');
    const tuesday = await enter(TUESDAY, 'transaction', 'sent');
    expect(await open(TUESDAY)).toEqual([tuesday]);
  });
});

describe('a day', () => {
  test('of which nothing has left can be opened again, though a delivery of it has failed', async () => {
    const { sql } = database;
    const id = await enter(MONDAY, 'transaction', 'failed');
    await sql`update delivery set started_at = now(), next_record = 2`;
    const reopen = () => reopenDay(sql, MONDAY, BY_COMMAND_LINE, 'the file is gone');
    await expect(reopen()).rejects.toMatchObject({ code: 'day.sent-already' });
    await sql`update delivery set next_record = 1, state = 'sending'`;
    await expect(reopen()).rejects.toMatchObject({ code: 'day.sent-already' });
    await move(id, 'failed');
    expect(await reopen()).toHaveLength(1);
  });
});
