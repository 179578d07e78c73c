import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HourPrices } from '../../../domain/gpu-cost/hour-prices.ts';
import { explain, explainQueue, plannedStarts, whatIf, type Outlook } from '../../../domain/gpu/explain.ts';
import type { Job, PlannerInputs } from '../../../domain/gpu/model.ts';
import { startBand } from '../../../domain/gpu/start-band.ts';
import { aBusyCluster } from '../../support/gpu-cluster.ts';
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
  type Given,
} from '../../support/gpu-jobs.ts';

const outlook = (inputs: PlannerInputs, prices: HourPrices = new Map()): Outlook => ({
  inputs,
  past: [],
  prices,
});
const about = (inputs: Given, id = 'j1') => explain(id, outlook(given(inputs)))!;
const codes = (inputs: Given, id = 'j1'): string[] => about(inputs, id).blockers.map(({ code }) => code);

describe('a job that waits', () => {
  const nodes = [node('n1', 4), node('n2', 4)];
  const full = [
    running(job('r1', { gpus: whole(3), walltimeMs: HOUR }), 'n1'),
    running(job('r2', { gpus: whole(2), walltimeMs: 3 * HOUR }), 'n2'),
  ];

  it('for GPUs is told how many it wants, how many lie free together, and whose end frees them', () => {
    const told = about({ nodes, running: full, queue: [job('j1', { gpus: whole(4, 'H100-80GB') })] });

    expect(told).toMatchObject({ position: 1, plannedStart: NOW + 59 * MINUTE });
    expect(told.blockers).toEqual([
      {
        code: 'gpus-busy',
        params: { wanted: 4, nodes: 1, largestFree: 2, nodesFree: 0, model: 'H100-80GB' },
      },
      { code: 'freed-by', params: { job: 'r1', at: NOW + 59 * MINUTE } },
    ]);
  });

  it('for its quota is told how much of it is in use', () => {
    const policy = { ...PLAIN, quotas: { teams: { research: 5 }, users: {} } };
    const queue = [job('j1'), job('j2', { gpus: whole(6) })];

    expect(about({ nodes, running: full, queue, policy }).blockers).toEqual([
      { code: 'quota-full', params: { scope: 'team', name: 'research', used: 5, limit: 5, gpus: 1 } },
    ]);
    expect(codes({ nodes, running: full, queue, policy }, 'j2')).toContain('above-quota');
  });

  it('for processors or memory is told so when there are GPUs', () => {
    const small = [node('n1', 4, { cpus: 8, memoryMib: 8192 })];
    const runs = [running(job('r1', { on: { cpus: 6, memoryMib: 1024 } }), 'n1', { at: [0] })];

    expect(codes({ nodes: small, running: runs, queue: [job('j1', { on: { cpus: 4 } })] })[0]).toBe(
      'cpus-busy',
    );
    expect(codes({ nodes: small, running: runs, queue: [job('j1', { on: { memoryMib: 8000 } })] })[0]).toBe(
      'memory-busy',
    );
  });

  it('behind others is told for whom the room is kept', () => {
    const queue = [job('j1', { gpus: whole(4) }), job('j2', { gpus: whole(2), walltimeMs: 9 * HOUR })];
    const one = { nodes: [nodes[0]!], running: [running(job('r1', { gpus: whole(1) }), 'n1')], queue };

    expect(about(one, 'j2').blockers).toEqual([
      { code: 'kept-for', params: { job: 'j1', startAt: NOW + 59 * MINUTE } },
      { code: 'jobs-ahead', params: { count: 1 } },
    ]);
  });

  it('behind one that pauses is told that room is kept for it', () => {
    const device = { device: 'n1/0', slices: [0], profile: null };
    const room = {
      ...{ order: 1, victims: [{ job: 'v1', qos: 'low' }], endBy: NOW },
      allocations: [{ node: 'n1', cpus: 1, memoryMib: 1024, devices: [device] }],
    };
    const queue = [job('j1', { qos: 'high', room, eligibleAt: NOW + MINUTE }), job('j2')];
    const one = { nodes: [node('n1', 1)], queue };

    expect(about(one, 'j2')).toMatchObject({
      ...{ plannedStart: NOW + MINUTE + HOUR, position: 1 },
      blockers: [{ code: 'kept-for', params: { job: 'j1', startAt: NOW + MINUTE } }],
    });
    expect(about(one).blockers).toEqual([{ code: 'not-before', params: { at: NOW + MINUTE } }]);

    const policy = { ...PLAIN, quotas: { teams: { research: 1 }, users: {} } };
    const two = { ...one, nodes: [node('n1', 1), node('n2', 1)], policy };
    expect(about(two, 'j2').blockers[0]).toMatchObject({
      code: 'quota-kept',
      params: { scope: 'team', name: 'research', used: 0, limit: 1, gpus: 1, kept: 1 },
    });
  });

  it('behind one whose room is still being made is told of the quota that it will use up', () => {
    const room = {
      ...{ order: 1, victims: [{ job: 'v1', qos: 'low' }], endBy: NOW + MINUTE },
      allocations: [
        {
          ...{ node: 'n1', cpus: 1, memoryMib: 1024 },
          devices: [{ device: 'n1/0', slices: [0], profile: null }],
        },
      ],
    };
    const victim = { startedAt: NOW - HOUR, preemptedAt: NOW - MINUTE };
    const one = {
      nodes: [node('n1', 1), node('n2', 1)],
      running: [running(job('v1', { qos: 'low', walltimeMs: 9 * HOUR, team: 'other' }), 'n1', victim)],
      queue: [job('j1', { qos: 'high', room }), job('j2', { qos: 'high' })],
      policy: { ...PLAIN, quotas: { teams: { research: 1 }, users: {} } },
    };

    expect(about(one, 'j2').blockers[0]).toEqual({
      code: 'quota-kept',
      params: { scope: 'team', name: 'research', used: 0, limit: 1, gpus: 1, kept: 1 },
    });
    expect(about(one).blockers.map(({ code }) => code)).toEqual(['room-coming']);
  });

  it('for those who were told to end in its favour is told of them, and whom it passes over is told so', () => {
    const low = job('v1', { qos: 'low', walltimeMs: 9 * HOUR });
    const room = {
      ...{ order: 1, victims: [{ job: 'v1', qos: 'low' }], endBy: NOW + MINUTE },
      allocations: [
        {
          ...{ node: 'n1', cpus: 1, memoryMib: 1024 },
          devices: [{ device: 'n1/0', slices: [0], profile: null }],
        },
      ],
    };
    const one = {
      nodes: [node('n1', 1), node('n2', 1, { devices: devices('n2', 1, { model: 'RTX-4090-24GB' }) })],
      running: [
        running(low, 'n1', { startedAt: NOW - HOUR, preemptedAt: NOW - MINUTE }),
        running(job('r2'), 'n2'),
      ],
      queue: [
        job('j1', { qos: 'high', nice: 5000, room }),
        job('j2', { gpus: whole(1, 'H100-80GB') }),
        job('j3', { gpus: whole(1, 'RTX-4090-24GB') }),
        job('j4', { qos: 'low', nice: 9000 }),
      ],
    };

    expect(about(one)).toMatchObject({
      ...{ position: 1, plannedStart: NOW + MINUTE },
      blockers: [{ code: 'room-coming', params: { job: 'v1', at: NOW + MINUTE, seconds: 60 } }],
    });
    expect(about(one, 'j2').blockers).toMatchObject([
      { code: 'passed-over', params: { job: 'j1' } },
      { code: 'gpus-busy' },
      { code: 'jobs-ahead' },
    ]);
    expect(codes(one, 'j3')).not.toContain('passed-over');
    expect(codes(one, 'j4')).not.toContain('passed-over');
    expect(about({ ...one, running: [one.running[1]!] }).blockers).toEqual([]);
  });

  it('for nothing that will ever come is told that no node has it', () => {
    const told = about({ nodes, queue: [job('j1', { gpus: whole(8) })] });

    expect(told.plannedStart).toBeNull();
    expect(told.blockers).toEqual([{ code: 'impossible', params: { nodes: 1, possible: 0 } }]);
  });

  it('for cards that are drained, ill or in use by others is told that there are some, but not now', () => {
    const has = nodes[0]!;
    const count = has.devices.length;
    const ill = { ...has, devices: has.devices.map((device) => ({ ...device, isHealthy: false })) };
    for (const node of [ill, { ...has, isDrained: true }])
      expect(about({ nodes: [node], queue: [job('j1', { gpus: whole(count) })] }).blockers).toEqual([
        { code: 'withheld', params: { nodes: 1, possible: 0, all: 1 } },
      ]);
  });

  it.each([
    ['all of them in use', 7, 1, 'withheld'],
    ['so many in use that too few are left', 4, 5, 'withheld'],
    ['fewer of them than it wants, whoever uses them', 4, 8, 'impossible'],
  ])('for MIG instances of a card that has %s is told so', (_, withheld, count, code) => {
    const instances = Array.from({ length: 7 }, (_one, start) => ({
      ...{ profile: '1g.10gb', start, slices: 1 },
      ...(start < withheld && { isWithheld: true as const }),
    }));
    const cut = node('n1', 1, { devices: devices('n1', 1, { mode: 'mig', instances }) });
    const gpus = { kind: 'mig', model: null, profile: '1g.10gb', count } as const;
    const params = { nodes: 1, possible: 0, ...(code === 'withheld' && { all: 1 }) };

    expect(about({ nodes: [cut], queue: [job('j1', { gpus })] }).blockers).toEqual([{ code, params }]);
  });

  it('because somebody holds it, or it depends on others, has no place in the order', () => {
    const queue = [job('j1', { isHeld: true }), job('j2', { eligibleAt: null })];

    expect(about({ nodes, queue })).toMatchObject({ position: null, blockers: [{ code: 'held' }] });
    expect(about({ nodes, queue }, 'j2')).toMatchObject({ startP50: null, blockers: [{ code: 'depends' }] });
  });

  it('while training is held is told that, and when it would start were it not', () => {
    const told = about({ nodes, queue: [job('j1')], isHeld: true });

    expect(told).toMatchObject({ plannedStart: NOW, blockers: [{ code: 'training-held' }] });
  });
});

describe('an explanation', () => {
  const queue = [job('j1', { gpus: whole(2, 'H100-80GB'), nice: 7, walltimeMs: 90 * MINUTE })];
  const hour = new Map([
    ['H100-80GB', 3_000_000],
    ['RTX-4090-24GB', 400_000],
  ]);

  it('shows the priority by its parts, and the share against the use', () => {
    const told = about({ nodes: [node('n1', 4)], queue });

    expect(told.priority!.parts.qos).toEqual({ factor: 0.5, weight: 1000, points: 500 });
    expect(told.priority).toMatchObject({ total: 493, nice: 7 });
    expect(told.fairShare).toMatchObject({ share: 1, use: 0 });
  });

  it('says what the job will cost by the prices of the cards that it is planned on, and nothing where there are none', () => {
    const costOf = (one: Job, prices = hour) => {
      const nodes = [node('n1', 1, { devices: devices('n1', 1, { model: 'RTX-4090-24GB' }) }), node('n2', 4)];
      return explain(one.id, outlook(given({ nodes, queue: [one] }), prices))!.cost;
    };

    expect(costOf(queue[0]!)).toEqual({ expected: 9_000_000, most: 9_000_000 });
    expect(costOf(job('j2', { predictedMs: 30 * MINUTE }))!.most).toBe(400_000);
    expect(costOf(job('j3', { gpus: whole(4) }))!.most).toBe(12_000_000);
    expect(costOf(job('j4', { isHeld: true }))!.most).toBe(3_000_000);
    expect(costOf(queue[0]!, new Map([['RTX-4090-24GB', 1]]))).toBeNull();
    expect(costOf(job('j5', { gpus: null }), new Map())).toEqual({ expected: 0, most: 0 });
  });

  it('of all jobs by one walk is that of each by its own', () => {
    const inputs = aBusyCluster({ jobs: 40, nodes: 8, shapes: 20, occupied: 0.9, seed: 'one walk' });
    const some = inputs.queue.map((one, at) => ({ ...one, isHeld: at % 9 === 0 }));
    const view = outlook({ ...inputs, queue: some }, hour);
    const all = explainQueue(view);

    expect(all.size).toBe(40);
    for (const { id } of some) expect(all.get(id)).toEqual(explain(id, view));
    const [first, last] = [some[3]!.id, some[30]!.id];
    expect([...explainQueue(view, new Set([first, last])).keys()].sort()).toEqual([first, last].sort());
  });

  it('says of every job what the plan does', () => {
    const busy = fc
      .integer({ min: 1, max: 1e6 })
      .map((seed) => aBusyCluster({ jobs: 15, nodes: 8, shapes: 20, occupied: 0.9, seed: String(seed) }));
    fc.assert(
      fc.property(busy, (inputs) => {
        const { start, reserve } = planOf(inputs);
        for (const { job: id } of start) {
          expect(explain(id, outlook(inputs))).toMatchObject({ plannedStart: inputs.now, blockers: [] });
        }
        for (const { job: id, startAt } of reserve) {
          const told = explain(id, outlook(inputs))!;
          expect(told.plannedStart).toBe(startAt);
          expect(plannedStarts(inputs, (one) => one.id === id).get(id)).toBe(startAt);
          expect(told.blockers.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 15 },
    );
  });
});

describe('what if', () => {
  const nodes = [node('n1', 4)];
  const waiting: Job[] = [job('j1', { gpus: whole(4) }), job('j2', { gpus: whole(4), qos: 'low' })];

  it('says when a job would start, and whom it would make wait', () => {
    const { explanation, displaced } = whatIf(
      job('new', { gpus: whole(4), submittedAt: NOW }),
      outlook(given({ nodes, queue: waiting })),
    );

    expect(explanation).toMatchObject({ position: 2, plannedStart: NOW + HOUR });
    expect(displaced).toEqual([{ job: 'j2', from: NOW + HOUR, to: NOW + 2 * HOUR }]);
  });

  it('changes nothing', () => {
    const inputs = given({ nodes, queue: waiting });
    const before = JSON.stringify(planOf(inputs));
    whatIf(job('new'), outlook(inputs));

    expect(JSON.stringify(planOf(inputs))).toBe(before);
  });
});

describe('the band of a start', () => {
  it('is the plan and a wide margin as long as little is known', () => {
    expect(startBand([], HOUR)).toEqual({ p50Ms: HOUR, p90Ms: 3.5 * HOUR });
  });

  it('corrects what is always wrong in the same way', () => {
    const past = Array.from({ length: 100 }, (_, at) => ({ plannedMs: at * HOUR, waitedMs: 2 * at * HOUR }));

    expect(startBand(past, 50 * HOUR).p50Ms / (100 * HOUR)).toBeCloseTo(1, 1);
  });

  it('has nine of ten such waits before its end, whatever their distribution', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 * HOUR }), { minLength: 200, maxLength: 200 }),
        (waits) => {
          const past = waits.map((waitedMs) => ({ plannedMs: HOUR, waitedMs }));
          const { p50Ms, p90Ms } = startBand(past, HOUR);
          const before = (limit: number): number =>
            waits.filter((wait) => wait <= limit + 1).length / waits.length;
          expect(before(p90Ms)).toBeGreaterThanOrEqual(0.9);
          expect(before(p50Ms)).toBeGreaterThanOrEqual(0.5);
          expect(p50Ms).toBeLessThanOrEqual(p90Ms);
        },
      ),
      { numRuns: 50 },
    );
  });
});
