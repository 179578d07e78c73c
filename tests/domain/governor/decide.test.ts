import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { HOLD_LEVELS } from '../../../contracts/priority.ts';
import {
  decide,
  NOTHING_HELD,
  type Decision,
  type GovernorInputs,
  type GovernorState,
  type Override,
} from '../../../domain/governor/decide.ts';
import type { FeedSight, Observation } from '../../../domain/governor/observation.ts';
import { GOVERNOR_POLICY as POLICY } from '../../../domain/governor/policy.ts';

const START = Date.UTC(2026, 10, 21);

const feed = (changed: Partial<FeedSight> = {}): FeedSight => ({
  feed: 'swaps',
  isWanted: true,
  isAtRest: false,
  heardMs: 500,
  wantedMs: 1e9,
  lagMs: 0,
  lagMessages: 0,
  ...changed,
});

const CALM: Observation = { feeds: [feed()], pressure: null, backlogMs: null, walRate: null, dueTimes: [] };
const LAGGING: Observation = { ...CALM, feeds: [feed({ lagMs: 5000 })] };
const BLIND: Observation = { ...CALM, feeds: [feed({ heardMs: 60_000 })] };
const BACKLOG: Observation = { ...CALM, backlogMs: 3_600_000 };

type Look = Partial<GovernorInputs> & { readonly afterMs?: number };

/** Looks one after the other, a second apart unless they say otherwise. */
function play(looks: readonly Look[], from: GovernorState = NOTHING_HELD) {
  let now = START;
  let state = from;
  return looks.map(({ afterMs = 1000, ...inputs }): Decision & { readonly now: number } => {
    now += afterMs;
    const decision = decide(state, { seen: CALM, override: null, window: null, ...inputs }, POLICY, now);
    state = decision.state;
    return { ...decision, now };
  });
}

const times = (count: number, look: Look): Look[] => Array.from({ length: count }, () => look);
const last = (looks: readonly Look[]) => play(looks).at(-1)!;
const levels = (looks: readonly Look[]): string[] => [
  ...new Set(play(looks).map(({ state }) => state.held.level)),
];

const override = (kind: Override['kind'], changed: Partial<Override> = {}): Override => ({
  kind,
  by: 'kim',
  why: 'planned work',
  at: START,
  until: START + 3_600_000,
  ...changed,
});

describe('lag of a feed', () => {
  it('holds training and paces batch at the third look, not at the first', () => {
    expect(last(times(2, { seen: LAGGING })).state.held).toMatchObject({ level: 'none', batchPace: null });

    const { state, actions } = last(times(3, { seen: LAGGING }));
    expect(state.held).toMatchObject({
      level: 'hold',
      reason: { code: 'feed-lag', params: { feed: 'swaps', ms: 5000 } },
      batchPace: POLICY.heldPace,
    });
    expect(actions).toEqual([{ kind: 'hold', level: 'hold', reason: state.held.reason }]);
  });

  it('that comes and goes within the thresholds holds nothing', () => {
    const looks = Array.from({ length: 100 }, (_, at) => ({ seen: at % 3 === 0 ? CALM : LAGGING }));

    expect(levels(looks)).toEqual(['none']);
  });

  it('freezes and then preempts training while it lasts, and slows batch down further each time', () => {
    const all = play(times(70, { seen: LAGGING })).map(({ state }) => state.held);

    expect([...new Set(all.map(({ level }) => level))]).toEqual(HOLD_LEVELS);
    expect([...new Set(all.map(({ batchPace }) => batchPace))]).toEqual([
      null,
      POLICY.heldPace,
      POLICY.heldPace / 2,
      POLICY.heldPace / 4,
    ]);
  });

  it('lets go after a quiet time, and not before', () => {
    const held = times(30, { seen: LAGGING });

    expect(last([...held, ...times(14, {})]).state.held.level).not.toBe('none');
    expect(last([...held, ...times(60, {})]).state.held).toMatchObject({ level: 'none', reason: null });
  });

  it('between the two thresholds neither begins a hold nor ends one', () => {
    const between = { seen: { ...CALM, feeds: [feed({ lagMs: 200 })] } };

    expect(levels(times(100, between))).toEqual(['none']);
    expect(last([...times(3, { seen: LAGGING }), ...times(200, between)]).state.held.level).not.toBe('none');
  });

  it('of a feed that is paused, or at rest, or seen long ago, counts for nothing', () => {
    const feeds = [feed({ isWanted: false, lagMs: 9000 })];

    expect(levels(times(10, { seen: { ...CALM, feeds } }))).toEqual(['none']);
  });

  it('in messages counts as well', () => {
    const { state } = last(times(3, { seen: { ...CALM, feeds: [feed({ lagMessages: 20_000 })] } }));

    expect(state.held.reason).toMatchObject({ code: 'feed-messages', params: { messages: 20_000 } });
  });

  it('paces batch to half of what is written, and never to nothing', () => {
    const pace = (walRate: number) => last(times(3, { seen: { ...LAGGING, walRate } })).state.held.batchPace;

    expect(pace(6_000_000)).toBe(3_000_000);
    expect(pace(900_000_000)).toBe(POLICY.heldPace);
    expect(pace(0)).toBe(POLICY.leastPace);
  });
});

describe('what else is seen', () => {
  it('of a feed that should be heard and is not holds, with an alarm, and ends no training', () => {
    const all = play(times(300, { seen: BLIND }));

    expect(new Set(all.map(({ state }) => state.held.level))).toEqual(new Set(['none', 'hold']));
    expect(all.at(-1)!.alarms).toContainEqual({ code: 'feed-blind', params: { feed: 'swaps', seconds: 60 } });
  });

  it('of a feed that falls silent does not keep frozen what its lag froze, and says so', () => {
    const { state } = last([...times(30, { seen: LAGGING }), ...times(100, { seen: BLIND })]);

    expect(state.held).toMatchObject({ level: 'hold', reason: { code: 'feed-blind' } });
    expect(state.held.batchPace).toBeLessThanOrEqual(POLICY.heldPace);
  });

  it('of a feed whose reader is dead since before the clock was set back is not that it is heard', () => {
    const unknown = { ...CALM, feeds: [feed({ heardMs: -3_600_000, wantedMs: 60_000 })] };

    expect(last(times(5, { seen: unknown })).state.held).toMatchObject({ reason: { code: 'feed-blind' } });
  });

  it('of a feed that was resumed a moment ago waits for its first words', () => {
    const resumed = { ...CALM, feeds: [feed({ heardMs: 3_600_000, wantedMs: 2000 })] };

    expect(last(times(5, { seen: resumed }))).toMatchObject({
      state: { held: { level: 'none' } },
      alarms: [],
    });
  });

  it('of files that wait long holds training alone: batch is not slowed down for them', () => {
    const { state, alarms } = last(times(5, { seen: BACKLOG }));

    expect(state.held).toMatchObject({ level: 'hold', reason: { code: 'batch-backlog' }, batchPace: null });
    expect(alarms).toEqual([{ code: 'backlog-old', params: { minutes: 60 } }]);
  });

  it('of files that wait because batch is paced does not keep it paced', () => {
    const { state } = last([...times(5, { seen: LAGGING }), ...times(100, { seen: BACKLOG })]);

    expect(state.held).toMatchObject({ level: 'hold', reason: { code: 'batch-backlog' }, batchPace: null });
  });

  it('of a machine that waits for memory holds, but not of one that is only busy', () => {
    const pressure = { cpuSome: 99, ioSome: 99, ioFull: 99, memorySome: 50, memoryFull: 0 };

    expect(levels(times(5, { seen: { ...CALM, pressure } }))).toEqual(['none']);
    expect(
      last(times(3, { seen: { ...CALM, pressure: { ...pressure, memoryFull: 40 } } })).state.held.reason,
    ).toMatchObject({ code: 'memory-pressure', params: { percent: 40 } });
  });
});

describe('a due time', () => {
  it('within the hour frees batch from its pace, with an alarm, and training stays held', () => {
    const seen = { ...LAGGING, dueTimes: [START + 30 * 60_000] };
    const { state, alarms } = last(times(3, { seen }));

    expect(state.held).toMatchObject({ level: 'hold', batchPace: null, backgroundPace: POLICY.heldPace });
    expect(alarms).toEqual([{ code: 'due-exempt', params: { minutes: 60 } }]);
  });

  it('further away changes nothing', () => {
    const seen = { ...LAGGING, dueTimes: [START + 120 * 60_000] };

    expect(last(times(3, { seen }))).toMatchObject({
      state: { held: { batchPace: POLICY.heldPace } },
      alarms: [],
    });
  });
});

describe('an override', () => {
  it('that releases wins at once, is an alarm, and its end finds the level of the moment', () => {
    const release = override('release', { until: START + 10_000 });
    const all = play([...times(5, { seen: LAGGING }), ...times(10, { seen: LAGGING, override: release })]);

    expect(all[5]!.state.held).toMatchObject({ level: 'none', batchPace: null });
    expect(all[5]!.actions).toEqual([{ kind: 'release' }]);
    expect(all[5]!.alarms).toEqual([{ code: 'released-under-load', params: { by: 'kim', level: 'hold' } }]);
    const end = all.find(({ actions }) => actions.some(({ kind }) => kind === 'end-override'))!;
    expect(end.now).toBe(START + 10_000);
    expect(end.state.held).toMatchObject({ level: 'hold', reason: { code: 'feed-lag' } });
  });

  it('that holds holds at once, names who and why, and is released at its end', () => {
    const hold = override('hold', { until: START + 5000 });
    const all = play(times(6, { override: hold }));

    expect(all[0]!.state.held).toMatchObject({
      level: 'hold',
      reason: { code: 'override', params: { by: 'kim', why: 'planned work' } },
      batchPace: POLICY.heldPace,
    });
    expect(all[4]!.actions).toEqual([{ kind: 'end-override' }, { kind: 'release' }]);
  });

  it('that holds does not soften what lasts', () => {
    const all = play(times(70, { seen: LAGGING, override: override('hold') }));

    expect(all.at(-1)!.state.held.level).toBe('preempt');
  });
});

describe('outside of the window', () => {
  const closed = { isOpen: false, areHolidaysKnown: true };

  it('training is held and backfill slow, and files go on', () => {
    expect(last([{ window: closed }]).state.held).toMatchObject({
      level: 'hold',
      reason: { code: 'outside-window' },
      batchPace: null,
      backgroundPace: POLICY.backgroundPace,
    });
  });

  it('an override releases training all the same', () => {
    expect(last([{ window: closed, override: override('release') }]).state.held).toMatchObject({
      level: 'none',
      backgroundPace: null,
    });
  });

  it('of a year whose holidays are not known there is an alarm', () => {
    expect(last([{ window: { isOpen: false, areHolidaysKnown: false } }]).alarms).toEqual([
      { code: 'holidays-unknown', params: {} },
    ]);
  });
});

describe('whatever comes', () => {
  const sights = fc.record({
    lagMs: fc.constantFrom(0, 50, 150, 200, 400, 60_000),
    lagMessages: fc.constantFrom(0, 500, 2000, 100_000),
    heardMs: fc.constantFrom(null, 100, 20_000),
    isWanted: fc.boolean(),
    isAtRest: fc.boolean(),
  });
  const observations = fc.record({
    feeds: fc.array(sights.map(feed), { maxLength: 2 }),
    pressure: fc.constantFrom(null, {
      cpuSome: 90,
      ioSome: 9,
      ioFull: 9,
      memorySome: 60,
      memoryFull: 40,
    }),
    backlogMs: fc.constantFrom(null, 60_000, 400_000, 7_200_000),
    walRate: fc.constantFrom(null, 0, 5_000_000, 100_000_000),
    dueTimes: fc.constantFrom([], [START + 100_000]),
  });
  // Runs of equal looks, as they are in life: noise alone would never escalate.
  const run = fc
    .tuple(observations, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 200, max: 3000 }))
    .map(([seen, count, afterMs]) => times(count, { seen, afterMs }));
  const looks = fc.array(run, { minLength: 1, maxLength: 12 }).map((runs) => runs.flat());

  it('no level lasts shorter than the minimum unless it gets harder, and it gets harder by one step at a time', () => {
    fc.assert(
      fc.property(looks, (all) => {
        let before = { level: 'none', paces: false, since: START };
        for (const { state, now } of play(all)) {
          const { level, reason, since } = state.held;
          const [was, is] = [before.level, level].map((one) => HOLD_LEVELS.indexOf(one as never));
          expect(is! - was!).toBeLessThanOrEqual(1);
          const paces = reason !== null && reason.code !== 'batch-backlog';
          const softens = is! < was! || (before.paces && !paces);
          if (softens) expect(now - before.since).toBeGreaterThanOrEqual(POLICY.minimumHoldMs);
          before = { level, paces, since };
        }
      }),
    );
  });

  it('nothing is held without a reason and since, and nothing gets faster while it gets harder', () => {
    fc.assert(
      fc.property(looks, (all) => {
        let before = NOTHING_HELD.held;
        for (const { state, now, actions } of play(all)) {
          const { held, watch } = state;
          expect(held.reason === null).toBe(held.level === 'none');
          expect(held.since).toBeLessThanOrEqual(now);
          if (held.level === 'none') expect(held.batchPace).toBeNull();
          else expect(held.since).toBeGreaterThanOrEqual(START);
          const isHarder = HOLD_LEVELS.indexOf(held.level) > HOLD_LEVELS.indexOf(before.level);
          if (isHarder && watch.pace !== null && before.backgroundPace !== null)
            expect(watch.pace).toBeLessThanOrEqual(before.backgroundPace);
          if (watch.pace !== null) expect(watch.pace).toBeGreaterThanOrEqual(POLICY.leastPace);
          const isChanged = held.level !== before.level || held.reason?.code !== before.reason?.code;
          expect(actions.length > 0).toBe(isChanged);
          before = held;
        }
      }),
    );
  });

  it('an override wins while it lasts and leaves the judgement as if there had been none', () => {
    fc.assert(
      fc.property(looks, fc.constantFrom('hold' as const, 'release' as const), (all, kind) => {
        const forced = play(all.map((look) => ({ ...look, override: override(kind, { until: Infinity }) })));
        const free = play(all);
        for (const [at, { state }] of forced.entries()) {
          if (kind === 'release') expect(state.held.level).toBe('none');
          else expect(state.held.level).not.toBe('none');
          expect(state.watch).toEqual(free[at]!.state.watch);
        }
      }),
    );
  });

  it('a clock that is set back holds nothing longer than the quiet and the minimum time from then', () => {
    const held = times(20, { seen: LAGGING });
    const all = play([...held, { afterMs: -3_600_000 }, ...times(40, {})]);

    expect(all.at(-1)!.state.held.level).toBe('none');
    for (const { state, now } of all) expect(state.held.since).toBeLessThanOrEqual(now);
  });

  it('a state that was stored as JSON goes on as if it had stayed', () => {
    fc.assert(
      fc.property(looks, (all) => {
        const cut = Math.floor(all.length / 2);
        const before = play(all.slice(0, cut)).at(-1)?.state ?? NOTHING_HELD;
        const stored = JSON.parse(JSON.stringify(before)) as GovernorState;

        expect(play(all.slice(cut), stored)).toEqual(play(all.slice(cut), before));
      }),
    );
  });
});
