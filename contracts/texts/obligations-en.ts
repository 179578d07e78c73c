/** What is owed and what is in the way, in English. obligations-ko.ts follows. */
import type { Blocker, ObligationState, OwedKind } from '../obligations.ts';

export type ObligationTexts = {
  readonly kinds: Readonly<Record<OwedKind, string>>;
  readonly states: Readonly<Record<ObligationState, string>>;
  readonly blockers: Readonly<Record<Blocker, string>>;
  readonly columns: {
    readonly due: string;
    readonly state: string;
    readonly entity: string;
    readonly what: string;
    readonly open: string;
    readonly blocking: string;
  };
  readonly notOurs: string;
  readonly part: (part: number) => string;
  readonly nothing: (from: string, to: string) => string;
  readonly notCut: string;
  readonly noDue: string;
};

export const OBLIGATIONS_EN: ObligationTexts = {
  kinds: {
    message: 'messages',
    valuation: 'valuations',
    collateral: 'margin',
    verification: 'verification of open swaps',
  },
  states: { met: 'met', due: 'due', nearing: 'NEARING', missed: 'MISSED', unknown: 'not known' },
  blockers: {
    refused: 'the repository refused it',
    held: 'waits for a refused message',
    'not-sent': 'not sent yet',
    unanswered: 'sent, not answered',
    'not-reported': 'not reported',
    'never-verified': 'no verification is recorded (tain reconcile --record)',
    'pending-swap': 'the beginning of the swap is missing',
    'missing-input': 'the day lacks an input',
  },
  columns: {
    due: 'due',
    state: 'state',
    entity: 'entity',
    what: 'what',
    open: 'open',
    blocking: 'in the way',
  },
  notOurs: '(not ours)',
  part: (part) => `part ${part}`,
  nothing: (from, to) => `Nothing is due from ${from} to ${to}.`,
  notCut: 'In the way of messages that there are not yet:',
  noDue: 'not known',
};
