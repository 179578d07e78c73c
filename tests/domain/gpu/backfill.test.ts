import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../domain/gpu/model.ts';
import { policyOf } from '../../../domain/gpu/policy-of.ts';
import { quotasOf } from '../../../domain/gpu/policy.ts';
import {
  devices,
  given,
  HOUR,
  job,
  MINUTE,
  node,
  NOW,
  PLAIN,
  planOf,
  running,
  whole,
  withBackfill,
  type Given,
} from '../../support/gpu-jobs.ts';
import { simulate } from '../../support/gpu-simulation.ts';

const starts = (inputs: Given): string[] => planOf(given(inputs)).start.map(({ job: id }) => id);
const reserved = (inputs: Given): (readonly [string, number])[] =>
  planOf(given(inputs)).reserve.map(({ job: id, startAt }) => [id, (startAt - NOW) / MINUTE]);

describe('the four cases as real Slurm planned them, on 4 whole nodes', () => {
  const nodes = ['n1', 'n2', 'n3', 'n4'].map((name) => node(name, 0, { cpus: 8 }));
  const onNodes = (count: number) => ({ gpus: null, on: { nodes: count, cpus: 8 } });
  const first = job('j1', { ...onNodes(2), walltimeMs: 3 * MINUTE });
  const held = running(first, 'n1', { startedAt: NOW });
  const inputs: Given = {
    nodes,
    running: [
      { ...held, allocations: ['n1', 'n2'].map((name) => ({ ...held.allocations[0]!, node: name })) },
    ],
    queue: [
      job('j2', { ...onNodes(4), walltimeMs: 5 * MINUTE }),
      job('j3', { ...onNodes(1), walltimeMs: MINUTE }),
      job('j4', { ...onNodes(1), walltimeMs: 10 * MINUTE }),
    ],
  };

  it('keep all nodes for the large job when the first one ends, and start only what is over by then', () => {
    const { start } = planOf(given(inputs));

    expect(start).toMatchObject([{ job: 'j3', isBackfilled: true }]);
    expect(reserved(inputs)).toEqual([
      ['j2', 3],
      ['j4', 8],
    ]);
  });

  it('give the long job no promise under EASY, and start it no earlier', () => {
    const easy = { ...inputs, policy: withBackfill({ kind: 'easy' }) };

    expect(starts(easy)).toEqual(['j3']);
    expect(reserved(easy)).toEqual([['j2', 3]]);
  });

  it('start nothing behind the large job without backfill', () => {
    expect(starts({ ...inputs, policy: withBackfill({ kind: 'none' }) })).toEqual([]);
  });
});

describe('room', () => {
  it('is that of one node: two nodes with a free GPU each do not take a job of two', () => {
    const nodes = [node('n1', 2), node('n2', 2)];
    const runs = ['n1', 'n2'].map((name, at) => running(job(`r${at}`), name));

    expect(starts({ nodes, running: runs, queue: [job('j1', { gpus: whole(2) })] })).toEqual([]);
    expect(
      starts({ nodes, running: runs, queue: [job('j1', { gpus: whole(1), on: { nodes: 2 } })] }),
    ).toEqual(['j1']);
  });

  it('behind a reservation is what it leaves over on its own node', () => {
    // 4 GPUs, 2 busy for an hour more; j1 takes 3 of them then, so that one is left over for a long job, not two.
    const nodes = [node('n1', 4)];
    const runs = [running(job('r1', { gpus: whole(2), walltimeMs: HOUR + MINUTE }), 'n1')];
    const queue = [
      job('j1', { gpus: whole(3) }),
      job('j2', { gpus: whole(2), walltimeMs: 5 * HOUR }),
      job('j3', { gpus: whole(1), walltimeMs: 5 * HOUR }),
      job('j4', { gpus: whole(1), walltimeMs: 5 * HOUR }),
    ];

    for (const kind of ['easy', 'conservative'] as const)
      expect(starts({ nodes, running: runs, queue, policy: withBackfill({ kind }) })).toEqual(['j3']);
  });

  it('is of the model, the processors and the memory that a job asks for', () => {
    const nodes = [
      node('n1', 2, { devices: devices('n1', 2, { model: 'A100-80GB' }), cpus: 4, memoryMib: 4096 }),
    ];
    const asks = (changed: Parameters<typeof job>[1]) => starts({ nodes, queue: [job('j1', changed)] });

    expect(asks({ gpus: whole(2, 'A100-80GB') })).toEqual(['j1']);
    expect(asks({ gpus: whole(1, 'H100-80GB') })).toEqual([]);
    expect(asks({ on: { cpus: 5 } })).toEqual([]);
    expect(asks({ on: { memoryMib: 5000 } })).toEqual([]);
  });

  it('is none on a node that is drained or on a device that is broken, nor anywhere while all is held', () => {
    const queue = [job('j1')];

    expect(starts({ nodes: [node('n1', 1, { isDrained: true })], queue })).toEqual([]);
    expect(
      starts({ nodes: [node('n1', 1, { devices: devices('n1', 1, { isHealthy: false }) })], queue }),
    ).toEqual([]);
    expect(starts({ nodes: [node('n1', 1)], queue, isHeld: true })).toEqual([]);
  });

  it('of a card cut by MIG is its memory slices, and of a shared one its tenths', () => {
    const mig = [node('n1', 0, { devices: devices('n1', 1, { mode: 'mig' }) })];
    const shared = [node('n1', 0, { devices: devices('n1', 1, { mode: 'shared' }) })];
    const instances = (profile: string): Job[] =>
      Array.from({ length: 9 }, (_, at) =>
        job(`j${at}`, { gpus: { kind: 'mig', model: null, profile, count: 1 }, on: { cpus: 1 } }),
      );
    const slices = Array.from({ length: 4 }, (_, at) =>
      job(`j${at}`, { gpus: { kind: 'shared', model: null, slices: 3 } }),
    );

    expect(starts({ nodes: mig, queue: instances('1g.10gb') })).toHaveLength(7);
    expect(starts({ nodes: mig, queue: instances('1g.20gb') })).toHaveLength(4);
    expect(starts({ nodes: mig, queue: instances('3g.40gb') })).toHaveLength(2);
    expect(starts({ nodes: mig, queue: instances('1g.10gb+me') })).toHaveLength(1);
    expect(starts({ nodes: mig, queue: instances('1g.5gb') })).toEqual([]);
    expect(starts({ nodes: shared, queue: slices })).toHaveLength(3);
  });
});

describe('the node', () => {
  const nodes = [node('n1', 4), node('n2', 4), node('n3', 4)];
  const runs = [running(job('r1', { walltimeMs: 9 * HOUR }), 'n2')];
  const placed = (changed: Partial<Given>, of: Parameters<typeof job>[1] = {}) =>
    planOf(given({ nodes, running: runs, queue: [job('j1', of)], ...changed })).start[0]!.allocations[0]!
      .node;

  it('is the fullest with room, or the emptiest when jobs are to be spread', () => {
    expect(placed({})).toBe('n2');
    expect(placed({ policy: { ...PLAIN, placement: { order: 'spread' } } })).toBe('n1');
  });

  it('is one that has the data, where it has room', () => {
    expect(placed({}, { nearNodes: ['n3'] })).toBe('n3');
    expect(placed({}, { nearNodes: ['n2'], gpus: whole(4) })).toBe('n1');
  });

  it('has the cheapest GPUs where any do, and none where none are needed', () => {
    const mixed = [
      node('n1', 4),
      node('n2', 4, { devices: devices('n2', 4, { model: 'RTX-4090' }) }),
      node('n3', 0),
    ];
    const policy = { ...PLAIN, prices: { gpus: { 'H100-80GB': 300, 'RTX-4090': 40 }, otherGpu: 95 } };

    expect(placed({ nodes: mixed, running: [], policy })).toBe('n2');
    expect(placed({ nodes: mixed, running: [], policy }, { gpus: null })).toBe('n3');
  });
});

describe('a quota', () => {
  const nodes = [node('n1', 8)];
  const policy = { ...PLAIN, quotas: { teams: { research: 2 }, users: { lee: 1 } } };
  const runs = [running(job('r1', { gpus: whole(2), walltimeMs: HOUR + MINUTE }), 'n1')];

  it('that is full keeps its jobs waiting until it is not, and nobody else', () => {
    const queue = [job('j1'), job('j2', { team: 'other', walltimeMs: 9 * HOUR })];

    expect(starts({ nodes, running: runs, queue, policy })).toEqual(['j2']);
    expect(reserved({ nodes, running: runs, queue, policy })).toEqual([['j1', 60]]);
  });

  it('of a user holds in every team, and one that a job never fits into keeps it out', () => {
    const queue = [
      job('j1', { user: 'lee', team: 'a' }),
      job('j2', { user: 'lee', team: 'b' }),
      job('j3', { gpus: whole(3), team: 'research' }),
    ];

    expect(starts({ nodes, queue, policy })).toEqual(['j1']);
    expect(reserved({ nodes, queue, policy })).toEqual([['j2', 60]]);
  });
});

describe('a quota of a team', () => {
  const teams = [
    { name: 'desk', parent: null, shares: 1 },
    { name: 'rates', parent: 'desk', shares: 1 },
    { name: 'swaps', parent: 'rates', shares: 1 },
    { name: 'other', parent: null, shares: 1 },
  ];
  const document = {
    priority: {},
    qos: {},
    quotas: { teams: { desk: 2, swaps: 2 }, users: {} },
    teams,
    users: [],
  };

  it('binds the teams below it, and is told by its name', () => {
    const { quotas } = policyOf(document);
    const policy = { ...PLAIN, quotas };
    const nodes = [node('n1', 8)];
    const busy = [running(job('r1', { team: 'rates', walltimeMs: HOUR }), 'n1')];
    const queue = [
      job('j1', { team: 'swaps' }),
      job('j2', { team: 'swaps' }),
      job('j3', { team: 'other' }),
      job('j4', { team: 'rates', gpus: whole(3) }),
    ];

    expect(starts({ nodes, running: busy, queue, policy })).toEqual(['j1', 'j3']);
    expect(quotasOf(policy, { team: 'swaps', user: 'lee' })).toEqual([
      { scope: 'team', name: 'swaps', limit: 2 },
      { scope: 'team', name: 'desk', limit: 2 },
    ]);
  });

  it('is found by its name alone, whatever that is', () => {
    const { quotas } = policyOf(document);
    for (const name of ['constructor', 'toString', '__proto__'])
      expect(quotasOf({ ...PLAIN, quotas }, { team: name, user: name })).toEqual([]);
  });

  it('leaves a policy as it was where no team lies below one with a quota', () => {
    const quotas = { teams: { other: 1, swaps: 2 }, users: {} };
    expect(policyOf({ ...document, quotas }).quotas).toEqual(quotas);
  });
});

describe('the time of jobs', () => {
  const nodes = [node('n1', 1)];
  const run = (changed: Partial<Job>, startedAt = NOW - 10 * MINUTE) => [
    running(job('r1', { walltimeMs: 2 * HOUR, ...changed }), 'n1', { startedAt }),
  ];
  const predicted = withBackfill({ runtime: 'predicted' });

  it('is predicted for planning, and doubled when the prediction was passed', () => {
    const queue = [job('j1')];

    expect(reserved({ nodes, queue, running: run({ predictedMs: 30 * MINUTE }), policy: predicted })).toEqual(
      [['j1', 20]],
    );
    expect(reserved({ nodes, queue, running: run({ predictedMs: 8 * MINUTE }), policy: predicted })).toEqual([
      ['j1', 6],
    ]);
    expect(reserved({ nodes, queue, running: run({ predictedMs: null }), policy: predicted })).toEqual([
      ['j1', 110],
    ]);
  });

  it('goes by the walltime when a job is to end before a reservation, unless the prediction is trusted', () => {
    const two = [node('n1', 2)];
    const runs = run({ predictedMs: null });
    const queue = [job('j1', { gpus: whole(2) }), job('j2', { walltimeMs: 3 * HOUR, predictedMs: HOUR })];

    expect(starts({ nodes: two, running: runs, queue, policy: predicted })).toEqual([]);
    const trusting = withBackfill({ fitsBy: 'predicted' }, predicted);
    expect(starts({ nodes: two, running: runs, queue, policy: trusting })).toEqual(['j2']);
  });

  it('stands still while they are frozen', () => {
    const frozen = run({}).map((one) => ({ ...one, frozenMs: 10 * MINUTE }));

    expect(reserved({ nodes, queue: [job('j1')], running: frozen })).toEqual([['j1', 120]]);
  });

  it('is nearly over when the walltime is, but what is still there is still in the way', () => {
    const over = run({}, NOW - 3 * HOUR);

    expect(starts({ nodes, queue: [job('j1')], running: over })).toEqual([]);
  });
});

describe('a large job among a stream of small ones', () => {
  const nodes = [node('n1', 4)];
  const stream = Array.from({ length: 200 }, (_, at) =>
    job(`s${at}`, { submittedAt: NOW + at * 10 * MINUTE, walltimeMs: HOUR, qos: at % 2 ? 'high' : 'normal' }),
  );
  const large = job('large', { gpus: whole(4), submittedAt: NOW + HOUR, walltimeMs: HOUR });
  const waitOf = (policy = PLAIN): number => {
    const jobs = [...stream, large].map((one) => ({ job: one, runMs: 50 * MINUTE, template: null }));
    const { startedAt } = simulate({ jobs, capacity: { nodes, isHeld: false }, policy, accounts: [] }).get(
      'large',
    )!;
    return (startedAt - large.submittedAt) / HOUR;
  };

  it('of equals starts when those that run have ended', () => {
    const equal = { ...PLAIN, qos: { ...PLAIN.qos, high: PLAIN.qos['normal']! } };

    for (const kind of ['easy', 'conservative'] as const)
      expect(waitOf(withBackfill({ kind }, equal))).toBeLessThanOrEqual(1);
  });

  it('of higher ones starts when it is overdue and those that run have ended', () => {
    expect(waitOf(withBackfill({ overdueMs: 5 * HOUR }))).toBeLessThanOrEqual(6);
  });
});
