import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MESSAGE_STATES } from '../../../contracts/outbound.ts';
import { answerFile, answerMessage, type MessageFacts } from '../../../domain/outbound/message-state.ts';

const RECEIPT = { kind: 'receipt', verdict: 'received' } as const;
const ACCEPTED = { kind: 'record', verdict: 'accepted' } as const;
const REFUSED = { kind: 'record', verdict: 'refused' } as const;

const begin = (state: MessageFacts['state']): MessageFacts => ({ state, received: false });

function answerAll(
  from: MessageFacts,
  answers: readonly (typeof RECEIPT | typeof ACCEPTED | typeof REFUSED)[],
) {
  let facts = from;
  const effects = answers.map((answer) => {
    const answered = answerMessage(facts, answer);
    facts = answered.facts;
    return answered.effect;
  });
  return { facts, effects };
}

const unsent = fc.constantFrom('held', 'pending', 'sent').map(begin);

describe('the state of a message', () => {
  it('is the same in whatever order and however often its answers come', () => {
    const answers = fc.array(fc.constantFrom(RECEIPT, ACCEPTED), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(unsent, answers, (from, given) => {
        const { facts, effects } = answerAll(from, given);
        expect(facts).toEqual({
          state: given.includes(ACCEPTED) ? 'acknowledged' : 'sent',
          received: true,
        });
        expect(effects).not.toContain('contradicts');
      }),
    );
  });

  it('is that of its first verdict, and every verdict against it is named', () => {
    const answers = fc.array(fc.constantFrom(RECEIPT, ACCEPTED, REFUSED), { maxLength: 10 });
    fc.assert(
      fc.property(unsent, answers, (from, given) => {
        const { facts, effects } = answerAll(from, given);
        const verdicts = given.filter(({ kind }) => kind === 'record');
        const [first] = verdicts;
        const against = verdicts.filter((one) => one !== first).length;
        expect(effects.filter((effect) => effect === 'contradicts')).toHaveLength(against);
        if (first) expect(facts.state).toBe(first === ACCEPTED ? 'acknowledged' : 'refused');
      }),
    );
  });

  it('does not come back from being acknowledged, refused or sent again', () => {
    for (const state of MESSAGE_STATES) {
      const { facts } = answerAll({ state, received: true }, [RECEIPT, ACCEPTED, REFUSED, RECEIPT]);
      if (state === 'held' || state === 'pending' || state === 'sent')
        expect(facts.state).toBe('acknowledged');
      else expect(facts.state).toBe(state);
    }
  });

  it('says of a message that was sent again that an acceptance contradicts, and a refusal repeats', () => {
    const again = { state: 'resubmitted', received: true } as const;
    expect(answerMessage(again, ACCEPTED).effect).toBe('contradicts');
    expect(answerMessage(again, REFUSED).effect).toBe('repeated');
  });
});

describe('the verdict on a file', () => {
  it('is the first one', () => {
    expect(answerFile(null, 'refused')).toEqual({ verdict: 'refused', effect: 'applied' });
    expect(answerFile('refused', 'refused').effect).toBe('repeated');
    expect(answerFile('refused', 'accepted')).toEqual({ verdict: 'refused', effect: 'contradicts' });
  });
});
