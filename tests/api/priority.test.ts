import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { Problem } from '../../contracts/problem.schema.ts';
import type { PriorityView } from '../../contracts/priority.schema.ts';
import { PRIORITY_ALARMS, HOLD_LEVELS, HOLD_REASONS } from '../../contracts/priority.ts';
import { describeAlarm, describeLevel, describeReason } from '../../contracts/texts/describe-priority.ts';
import { listAudit } from '../../db/audit.ts';
import { lockGovernor, recordLook, recordTraining, stateOf } from '../../db/governor.ts';
import { decide } from '../../domain/governor/decide.ts';
import type { Observation } from '../../domain/governor/observation.ts';
import { GOVERNOR_POLICY } from '../../domain/governor/policy.ts';
import { bearer, buildTestApp, tokenFor } from '../support/api.ts';
import { useDatabase } from '../support/database.ts';
import { useTemporal } from '../support/temporal.ts';

const database = useDatabase();
const temporal = useTemporal();
let app: FastifyInstance;

beforeAll(async () => {
  app = await buildTestApp({ sql: database.sql, client: temporal.client });
});

afterAll(async () => {
  await app.close();
});

beforeEach(async () => {
  await database.sql`delete from governor_state`;
  await database.sql`insert into governor_state default values`;
});

const PATH = '/v1/priority';
const ask = async (language = 'en'): Promise<PriorityView> => {
  const headers = { ...bearer(tokenFor('viewer')), 'accept-language': language };
  return (await app.inject({ method: 'GET', url: PATH, headers })).json<PriorityView>();
};
const send = (method: 'POST' | 'DELETE', payload: object, role: 'operator' | 'user' = 'operator') =>
  app.inject({ method, url: `${PATH}/override`, headers: bearer(tokenFor(role, 'kim')), payload });

const LAGGING: Observation = {
  feeds: [
    {
      feed: 'swaps',
      isWanted: true,
      isAtRest: false,
      heardMs: 300,
      wantedMs: 1e6,
      lagMs: 4321.5,
      lagMessages: 12,
    },
  ],
  pressure: { cpuSome: 80.5, ioSome: 3, ioFull: 1, memorySome: 0, memoryFull: 0 },
  backlogMs: null,
  walRate: 9_000_000.4,
  dueTimes: [],
};

/** As many looks of a governor at the same thing. */
async function look(times: number): Promise<void> {
  for (let count = 0; count < times; count += 1)
    await database.sql.begin(async (tx) => {
      const before = await lockGovernor(tx);
      const inputs = { seen: LAGGING, override: null, window: null };
      const decision = decide(stateOf(before), inputs, GOVERNOR_POLICY, before.now.getTime());
      await recordLook(tx, { before, seen: LAGGING, ...decision });
    });
}

describe('what is held', () => {
  it('before anybody governs is nothing, with an alarm', async () => {
    expect(await ask()).toMatchObject({
      level: 'none',
      reason: null,
      since: null,
      batch: { bytesPerSecond: null },
      training: { isHeld: null },
      override: null,
      governor: { lookedAt: null, ageSeconds: null, blindSince: null },
      alarms: [{ code: 'governor-never' }],
    });
  });

  it('has its reason, its age, its pace and what was seen, in the language of the reader', async () => {
    await look(3);
    await recordTraining(database.sql, true, null);

    const view = await ask();
    expect(view).toMatchObject({
      level: 'hold',
      reason: { code: 'feed-lag', text: 'Feed swaps lags 4322 ms behind, more than 250 ms.' },
      training: { isHeld: true },
      batch: { bytesPerSecond: 4_500_000 },
      feeds: [{ feed: 'swaps', isWanted: true, lagMs: 4322, lagMessages: 12 }],
      pressure: { cpuSome: 80.5 },
      walBytesPerSecond: 9_000_000,
      alarms: [],
    });
    expect(view.ageSeconds).toBeGreaterThanOrEqual(0);
    expect(Date.parse(view.since!)).not.toBeNaN();
    expect((await ask('ko')).reason!.text).toMatch(/swaps 피드가 4322ms 지연/);
  });

  it('by a governor of which it is not known since the clock was set back, is none that is relied on', async () => {
    await look(1);
    await database.sql`update governor_state set looked_at = clock_timestamp() + interval '1 hour'`;

    const view = await ask();
    expect(view).toMatchObject({
      batch: { bytesPerSecond: GOVERNOR_POLICY.heldPace },
      alarms: [{ code: 'governor-blind' }],
      governor: { ageSeconds: null },
    });
  });

  it('by a governor that has died is shown with since when, and batch keeps a safe pace', async () => {
    await look(1);
    await database.sql`update governor_state set looked_at = clock_timestamp() - interval '1 minute'`;

    const view = await ask();
    expect(view).toMatchObject({
      level: 'none',
      batch: { bytesPerSecond: GOVERNOR_POLICY.heldPace },
      alarms: [{ code: 'governor-blind', params: { seconds: 60 } }],
    });
    expect(view.governor.blindSince).toBe(view.governor.lookedAt);
  });

  it('names the queue that could not be set', async () => {
    await look(1);
    await recordTraining(database.sql, null, '14 UNAVAILABLE');

    expect(await ask()).toMatchObject({
      training: { isHeld: null },
      alarms: [{ code: 'training-unreachable', params: { reason: '14 UNAVAILABLE' } }],
    });
  });

  it('is in the metrics', async () => {
    await look(3);
    const own = await buildTestApp({ sql: database.sql, client: temporal.client });
    const { body } = await own.inject({ method: 'GET', url: '/metrics' });
    await own.close();

    expect(body).toMatch(/^tain_hold_level 1$/m);
    expect(body).toMatch(/^tain_pace_bytes\{work="batch"\} 4500000$/m);
    expect(body).toMatch(/^tain_governor_age_seconds [0-9.]+$/m);
  });
});

describe('an override', () => {
  const HOLD = { action: 'hold', reason: 'planned work on the feed', minutes: 30 };

  it('is shown with who, why and until when, and noted in the audit log', async () => {
    const answer = await send('POST', HOLD);

    expect(answer.statusCode).toBe(200);
    const { override } = answer.json<PriorityView>();
    expect(override).toMatchObject({ action: 'hold', by: 'kim', reason: HOLD.reason });
    expect(Date.parse(override!.until) - Date.parse(override!.at)).toBe(30 * 60_000);
    const [entry] = await listAudit(database.sql, { subject: 'priority', timeZone: 'UTC', limit: 1 });
    expect(entry).toMatchObject({ action: 'priority.overridden', actor: 'kim', reason: HOLD.reason });
  });

  it('replaces the one before, and frees batch at once even when nobody governs', async () => {
    await look(1);
    await database.sql`update governor_state set looked_at = clock_timestamp() - interval '1 minute'`;
    await send('POST', HOLD);
    const answer = await send('POST', { ...HOLD, action: 'release' });

    expect(answer.json<PriorityView>()).toMatchObject({
      override: { action: 'release' },
      batch: { bytesPerSecond: null },
    });
  });

  it('is ended with a reason, once', async () => {
    await send('POST', HOLD);

    expect((await send('DELETE', { reason: 'the work is done' })).json<PriorityView>().override).toBeNull();
    const again = await send('DELETE', { reason: 'the work is done' });
    expect(again.json<Problem>()).toMatchObject({ status: 409, code: 'priority.not-overridden' });
    const [entry] = await listAudit(database.sql, { subject: 'priority', timeZone: 'UTC', limit: 1 });
    expect(entry).toMatchObject({ action: 'priority.override-ended', reason: 'the work is done' });
  });

  it('that is over is not shown, and cannot be ended', async () => {
    await send('POST', HOLD);
    await database.sql`update governor_state set override_until = clock_timestamp()`;

    expect((await ask()).override).toBeNull();
    expect((await send('DELETE', { reason: 'too late' })).statusCode).toBe(409);
  });

  it.each([
    [{ ...HOLD, action: 'pause' }, 'action'],
    [{ ...HOLD, reason: '  ' }, 'reason'],
    [{ ...HOLD, reason: 'with a \0 in it' }, 'reason'],
    [{ ...HOLD, reason: 'x'.repeat(501) }, 'reason'],
    [{ ...HOLD, minutes: 0 }, 'minutes'],
    [{ ...HOLD, minutes: 1.5 }, 'minutes'],
    [{ ...HOLD, minutes: 1441 }, 'minutes'],
    [{ action: 'hold', minutes: 5 }, 'reason'],
    [{ ...HOLD, forever: true }, ''],
  ])('that says %j is refused, naming %s', async (body, field) => {
    const answer = await send('POST', body);

    expect(answer.json<Problem>()).toMatchObject({ status: 400, code: 'request.invalid' });
    expect(answer.json<Problem>().detail).toContain(field);
    expect((await ask()).override).toBeNull();
  });

  it('is refused to who may only look', async () => {
    expect((await send('POST', HOLD, 'user')).statusCode).toBe(403);
    expect((await send('DELETE', { reason: 'why not' }, 'user')).statusCode).toBe(403);
  });
});

describe('the words', () => {
  const everyParam = new Proxy({}, { get: () => 7 });

  it.each(['en', 'ko'] as const)('in %s are there for everything that can be told', (language) => {
    const texts = [
      ...HOLD_LEVELS.map((level) => describeLevel(level, language)),
      ...HOLD_REASONS.map((code) => describeReason({ code, params: everyParam }, language)),
      ...PRIORITY_ALARMS.map((code) => describeAlarm({ code, params: everyParam }, language)),
    ];

    for (const text of texts) {
      expect(text).toMatch(language === 'en' ? /^[A-Z7].{10,}/ : /[가-힣]{2}/);
      expect(text).not.toMatch(/undefined|null|\?/);
    }
  });
});
