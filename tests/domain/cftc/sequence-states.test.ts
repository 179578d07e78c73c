import { describe, expect, test } from '@jest/globals';
import { ACTION_TYPES, type ActionType } from '../../../domain/cftc/action-events.ts';
import { acceptedActions, transitionOf, type SwapStatus } from '../../../domain/cftc/swap-states.ts';

const STATUSES: SwapStatus[] = ['none', 'open', 'terminated', 'errored', 'matured', 'transferred-out'];

/** Where an action leads under part 45; what is not listed is refused. */
const LEADS: Record<SwapStatus, string> = {
  none: 'NEWT:open',
  open: 'MODI:same CORR:same VALU:same MARU:same PRTO:transferred-out EROR:errored TERM:terminated',
  terminated: 'MODI:same CORR:same VALU:same MARU:same PRTO:transferred-out EROR:errored REVI:open',
  errored: 'REVI:restored',
  matured: 'MODI:same CORR:same VALU:same MARU:same PRTO:transferred-out EROR:errored',
  'transferred-out': '',
};
const LEADS_43: Partial<Record<SwapStatus, string>> = {
  none: 'NEWT',
  open: 'MODI CORR TERM EROR',
  terminated: 'CORR EROR REVI',
  errored: 'REVI',
};

const leadOf = (status: SwapStatus, action: ActionType): string | null =>
  LEADS[status]
    .split(' ')
    .find((lead) => lead.startsWith(`${action}:`))
    ?.slice(5) ?? null;

describe('the states of a swap', () => {
  test.each(STATUSES.flatMap((status) => ACTION_TYPES.map((action) => [status, action] as const)))(
    'lead from %s by %s where the specification says',
    (status, action) => {
      expect(transitionOf(status, action, null, 45)?.to ?? null).toBe(leadOf(status, action));
    },
  );

  test('let a swap that was transferred out come back by NEWT with PTNG, and by nothing else', () => {
    const accepted = ACTION_TYPES.filter((action) => transitionOf('transferred-out', action, 'PTNG', 45));

    expect(accepted).toEqual(['NEWT']);
    expect(transitionOf('transferred-out', 'NEWT', 'PTNG', 45)).toEqual({ to: 'open', confidence: 'source' });
    expect(transitionOf('transferred-out', 'NEWT', 'TRAD', 45)).toBeNull();
  });

  test.each(Object.entries(LEADS_43))(
    'take from %s under part 43 what is commonly known',
    (status, actions) => {
      expect(acceptedActions(status as SwapStatus, 43).sort()).toEqual(actions.split(' ').sort());
    },
  );

  test('are sure of part 45 as its source is, and of part 43 as of common knowledge', () => {
    expect(transitionOf('errored', 'REVI', null, 45)?.confidence).toBe('inferred');
    expect(transitionOf('open', 'TERM', 'ETRM', 45)?.confidence).toBe('source');
    expect(transitionOf('open', 'TERM', 'ETRM', 43)?.confidence).toBe('general-knowledge');
  });
});
