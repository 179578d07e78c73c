import { beforeEach, describe, expect, it } from '@jest/globals';
import { findBreaks } from '../../db/exception-causes.ts';
import { useDatabase } from '../support/database.ts';
import { clearDays } from '../support/days.ts';
import { REPORTER } from '../support/swap-events.ts';

const database = useDatabase();

beforeEach(async () => {
  await clearDays(database.sql);
  await database.sql`truncate verification`;
});

describe('breaks with the repository', () => {
  const compare = (date: string, breaks: number) => database.sql`
    insert into verification (entity, verified_on, report_name, report_sha256, compared, breaks, recorded_by, recorded_at)
    values (${REPORTER}, ${date}, 'open.csv', ${date.replaceAll('-', '').repeat(8)}, 10, ${breaks}, 'kim',
      ${`${date}T15:00:00Z`})`;
  const known = async () => {
    const { causes } = await findBreaks(database.sql, (_entity, foundAt) => foundAt + 1);
    return causes.map(({ count, since, deadline, params }) => ({
      ...{ count, date: params['date'], isDueFromThen: deadline === since! + 1 },
      since: new Date(since!).toISOString(),
    }));
  };

  it('are known since the first comparison that found some; another one gives no more time', async () => {
    await compare('2026-11-02', 3);
    await compare('2026-11-20', 5);
    expect(await known()).toEqual([
      { count: 5, date: '2026-11-20', isDueFromThen: true, since: '2026-11-02T15:00:00.000Z' },
    ]);
  });

  it('are new ones behind a comparison that found none', async () => {
    await compare('2026-11-02', 3);
    await compare('2026-11-09', 0);
    expect(await known()).toEqual([]);
    await compare('2026-11-16', 1);
    await compare('2026-11-20', 2);
    expect(await known()).toMatchObject([{ count: 2, since: '2026-11-16T15:00:00.000Z' }]);
  });
});
