import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { FeedDetail, FeedWantedView, MessagePage } from '../../contracts/feeds.schema.ts';
import type { Role } from '../../contracts/policy.ts';
import type { Problem } from '../../contracts/problem.schema.ts';
import { planFeed } from '../../demo/feed/plan.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { SESSION, useFeeds } from '../support/feeds.ts';
import { useDataDir } from '../support/files.ts';
import { FEED, useStreams } from '../support/streams.ts';
import { useTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const database = useDatabase();
const temporal = useTemporal();
const feeds = useFeeds();
const streams = useStreams(database, temporal);
const data = useDataDir();
let app: FastifyInstance;

beforeAll(async () => {
  app = await buildTestApp({ sql: database.sql, client: temporal.client }, { TAIN_DATA_DIR: data.dataDir });
});
afterAll(async () => {
  await app.close();
});

const get = async <Body>(url: string): Promise<Body> =>
  (await app.inject({ method: 'GET', url, headers: bearer(tokenFor('viewer')) })).json<Body>();
const operate = (operation: string, payload: object, role: Role = 'operator') =>
  app.inject({
    method: 'POST',
    url: `/v1/feeds/${FEED}/${operation}`,
    headers: bearer(tokenFor(role, 'olga')),
    payload,
  });
const stateIs = (state: string): Promise<void> =>
  until(async () => expect((await get<FeedDetail>(`/v1/feeds/${FEED}`)).state).toBe(state));

describe('an operator of a feed', () => {
  it('pauses it, lets it run, has it configured anew, and is told when nobody looks after it', async () => {
    const plan = planFeed({
      seed: 'operations',
      rows: 400,
      date: '2026-11-20',
      rate: 100,
      malformedShare: 0.05,
    });
    const simulator = await feeds.simulate({ plan });
    await streams.write([{ port: simulator.port }]);
    await streams.open();
    await streams.withReaders(streams.activities(), async () => {
      await stateIs('connected');

      const paused = await operate('pause', { reason: 'their release' });
      expect(paused.statusCode).toBe(200);
      expect(paused.json<FeedWantedView>()).toMatchObject({
        state: 'paused',
        reason: 'their release',
        by: 'olga',
      });
      await stateIs('paused');
      const again = await operate('pause', { reason: 'another reason' });
      expect(again.json<FeedWantedView>()).toMatchObject({ state: 'paused', reason: 'their release' });

      const resumed = await operate('resume', { reason: 'it is over' }, 'admin');
      expect(resumed.json<FeedWantedView>()).toMatchObject({ state: 'running', reason: 'it is over' });
      await until(async () => {
        const feed = await get<FeedDetail>(`/v1/feeds/${FEED}`);
        expect(feed).toMatchObject({ session: SESSION, journalled: plan.length, sessionEnded: true });
      });

      const unchanged = await operate('reconfigure', { reason: 'look again' });
      expect(unchanged.json<FeedWantedView>()).toMatchObject({ state: 'running' });
      await streams.write([]);
      const gone = await operate('reconfigure', { reason: 'it has moved' });
      expect(gone.json<Problem>()).toMatchObject({ status: 404, code: 'feed.not-configured' });
    });

    const away = await operate('pause', { reason: 'is anybody there?' });
    expect(away.json<Problem>()).toMatchObject({ status: 503, code: 'feed.unattended' });

    const { messages } = await get<MessagePage>(`/v1/feeds/${FEED}/messages?limit=1000`);
    expect(messages.map(({ sequence, verdict }) => [sequence, verdict])).toEqual(
      plan.map(({ sequence, expected }) => [sequence, expected.verdict]),
    );
    const audit = await get<{ entries: { action: string; actor: string; reason: string }[] }>(
      `/v1/audit?subject=${FEED}&actor=olga`,
    );
    expect(audit.entries.map(({ action, reason }) => [action, reason])).toEqual([
      ['feed.resumed', 'it is over'],
      ['feed.paused', 'their release'],
    ]);
  });
});
