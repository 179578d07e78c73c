import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { planSession, sessionAfter, sessionAt } from '../../../demo/feed/sessions.ts';

const AT = Date.parse('2026-11-21T13:42:59.999Z');
/** Minutes of this century that a name can say. */
const instants = fc.integer({ min: Date.parse('2000-01-01'), max: Date.parse('2099-12-31T23:00:00Z') });

describe('sessions of the demonstration feed', () => {
  it('are called by the minute of their begin, in the ten characters that a login has room for', () => {
    expect(sessionAt(AT)).toBe('2611211342');
  });

  it('never come again: each is later than the one before, whatever the clock says', () => {
    fc.assert(
      fc.property(instants, instants, (last, now) => {
        const next = sessionAfter(sessionAt(last), now);

        expect(next).toMatch(/^\d{10}$/);
        expect(next > sessionAt(last)).toBe(true);
        expect(next >= sessionAt(now)).toBe(true);
      }),
    );
    expect(sessionAfter(null, AT)).toBe('2611211342');
    expect(sessionAfter('2611211342', AT)).toBe('2611211343');
  });

  it('say the same whoever asks, and new swaps each time', () => {
    const first = planSession('2611211342')!;
    const again = planSession('2611211342')!;
    const other = planSession('2611211343')!;
    const texts = (plan: typeof first) => plan.map(({ bytes }) => Buffer.from(bytes).toString('latin1'));
    const known = new Set(texts(first));

    // Not toEqual, which takes minutes for that many bytes.
    expect(texts(again).join('\n') === texts(first).join('\n')).toBe(true);
    expect(texts(other).filter((text) => text.length > 100 && known.has(text))).toEqual([]);
    expect(first.every(({ disruption }) => disruption === null)).toBe(true);
    for (const content of ['duplicate', 'not-utf8'])
      expect(first.some((message) => message.content === content)).toBe(true);
    expect(
      first.filter(({ expected }) => expected.verdict === 'accepted').length / first.length,
    ).toBeGreaterThan(0.9);
    // Longer than the minute of its name: the clock has gone on when the next one is asked for.
    expect(first.at(-1)!.sendAtMs).toBeGreaterThan(120_000);
  });

  it('are traded on the last business day that is over, so that all of it can be reported', () => {
    const dayOf = (session: string) =>
      /"eventTimestamp":"(\d{4}-\d\d-\d\d)/.exec(
        Buffer.from(planSession(session)![0]!.bytes).toString('utf8'),
      )?.[1];

    // A Saturday, the Tuesday behind it, and the Friday behind Thanksgiving.
    expect(dayOf('2611211642')).toBe('2026-11-20');
    expect(dayOf('2611241642')).toBe('2026-11-23');
    expect(dayOf('2611271642')).toBe('2026-11-25');
  });

  it.each(['', 'DAY1', '261121134', '26112113420', '2613211342', '2611312342', '2611212442', '26112113 2'])(
    'are none that is called %p',
    (name) => {
      expect(planSession(name)).toBeNull();
    },
  );
});
