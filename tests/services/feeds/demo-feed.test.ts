import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { clearDemoFeed } from '../../../db/demo-feed.ts';
import { demoFeedsFile, readDemoFeedPort, whyNoDemoFeed, writeDemoFeeds } from '../../../demo/load-feed.ts';
import { useDatabase } from '../../support/database.ts';
import { storeFeed, storeStatus } from '../../support/stored-feeds.ts';

const database = useDatabase();
const OWN = { isExternalDatabase: false, feedsFile: undefined };
let stateDir = '';
beforeAll(async () => {
  stateDir = await mkdtemp(path.join(tmpdir(), 'tain-demo-feed-'));
});
afterAll(async () => {
  await rm(stateDir, { recursive: true, force: true });
});
beforeEach(async () => {
  await database.sql`truncate feed, feed_basis, feed_journal, feed_gap, feed_altered, feed_status, feed_latency`;
});

describe('the demonstration feed', () => {
  it('is there where nothing is of somebody’s own', async () => {
    expect(await whyNoDemoFeed(database.sql, OWN)).toBeNull();

    await storeFeed(database.sql, 'tain-demo');
    await storeFeed(database.sql, 'old', [], { wanted: 'removed' });
    expect(await whyNoDemoFeed(database.sql, OWN)).toBeNull();
  });

  it('stays away from a database, feeds and a feeds file of somebody’s own', async () => {
    const feedsFile = '/etc/tain/feeds.json';
    expect(await whyNoDemoFeed(database.sql, { ...OWN, feedsFile })).toContain('TAIN_FEEDS_FILE');
    expect(await whyNoDemoFeed(database.sql, { ...OWN, isExternalDatabase: true })).toContain('DATABASE_URL');
    await storeFeed(database.sql, 'desk', [], { wanted: 'paused' });
    expect(await whyNoDemoFeed(database.sql, OWN)).toBe('feeds of your own are here (1)');
  });

  it('keeps its port from start to start, whatever became of the file', async () => {
    const file = demoFeedsFile(stateDir);
    expect(await readDemoFeedPort(file)).toBeNull();
    await writeDemoFeeds(file, 9100);
    expect(await readDemoFeedPort(file)).toBe(9100);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      feeds: [{ name: 'tain-demo', kind: 'tcp-session', port: 9100, acknowledge: true }],
    });
    await writeFile(file, '{"feeds":');
    expect(await readDemoFeedPort(file)).toBeNull();
  });

  it('is taken out with its messages and nobody else’s, and fenced off from who still reads it', async () => {
    const messages = [{ raw: '{}' }, null];
    await storeFeed(database.sql, 'tain-demo', messages);
    await storeFeed(database.sql, 'desk', messages);
    await storeStatus(database.sql, 'tain-demo', 'connected');

    expect(await clearDemoFeed(database.sql, 'tain-demo')).toBe(true);
    expect(await clearDemoFeed(database.sql, 'nobody')).toBe(false);

    const rows =
      await database.sql`select feed, wanted, epoch, session, next_sequence from feed order by feed`;
    expect(rows).toMatchObject([
      { feed: 'desk', wanted: 'running', epoch: 0, next_sequence: 3 },
      { feed: 'tain-demo', wanted: 'removed', epoch: 1, session: null, next_sequence: 1 },
    ]);
    for (const table of ['feed_journal', 'feed_gap']) {
      const left = await database.sql`select distinct feed from ${database.sql(table)}`;
      expect(left).toMatchObject([{ feed: 'desk' }]);
    }
    const audit = await database.sql`
      select subject, before from audit_log where action = 'feed.removed' order by seq desc limit 1`;
    expect(audit).toMatchObject([{ subject: 'tain-demo', before: { messages: 1 } }]);
  });
});
