import { describe, expect, it } from '@jest/globals';
import type { Allocation, Job, MadeRoom } from '../../../domain/gpu/model.ts';
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

const { graceMs } = PLAIN.preemption;

const on = (name: string, ...at: number[]): Allocation => ({
  node: name,
  cpus: 1,
  memoryMib: 1024,
  devices: at.map((index) => ({ device: `${name}/${index}`, slices: [0], profile: null })),
});

const roomOn = (name: string, at: number[], changed: Partial<MadeRoom> = {}): MadeRoom => ({
  order: 1,
  victims: [{ job: 'v1', qos: 'low' }],
  endBy: NOW + graceMs,
  allocations: [on(name, ...at)],
  ...changed,
});

type Changed = Parameters<typeof job>[1];
const low = (id: string, changed: Changed = {}): Job =>
  job(id, { qos: 'low', walltimeMs: 20 * HOUR, ...changed });
const urgent = (room: MadeRoom, changed: Changed = {}): Job =>
  job('b9', { qos: 'high', nice: 5000, room, ...changed });
/** Before it by priority, and without the right to preempt. */
const before = (changed: Changed = {}): Job => job('a1', { nice: -5000, ...changed });

const startsOf = (inputs: Given) => planOf(given(inputs)).start.map(({ job: id }) => id);

describe('a job that others were preempted for', () => {
  const nodes = [node('n1', 1)];
  const victim = low('v1', { preemptions: 1 });
  const again = running(victim, 'n2', { startedAt: NOW - 5 * HOUR });
  const two = [node('n1', 1), node('n2', 1)];

  it('gets the room when they have ended, whoever is before it by priority, or has waited too long', () => {
    const overdue = before({ eligibleAt: NOW - 8 * 24 * HOUR });
    const queue = [before(), overdue, victim, urgent(roomOn('n1', [0]))];

    for (const kind of ['conservative', 'easy', 'none'] as const)
      expect(startsOf({ nodes, queue, policy: withBackfill({ kind }) })).toEqual(['b9']);
  });

  it('has it kept while they end, however long the others would have waited', () => {
    const ending = running(victim, 'n1', { startedAt: NOW - HOUR, preemptedAt: NOW - MINUTE });
    const queue = [before({ walltimeMs: MINUTE }), urgent(roomOn('n1', [0]))];

    const { start, reserve, preempt } = planOf(given({ nodes: two, running: [ending], queue }));
    expect(preempt).toEqual([]);
    expect(start).toMatchObject([{ job: 'a1', allocations: [on('n2', 0)] }]);
    expect(reserve).toMatchObject([{ job: 'b9', startAt: NOW + MINUTE, allocations: [on('n1', 0)] }]);
  });

  it('comes in the order in which room was made', () => {
    const rooms = [roomOn('n9', [0], { order: 2 }), roomOn('n9', [0], { order: 1 })];
    const queue = rooms.map((room, at) => urgent(room, { id: `b${at}`, nice: at }));

    expect(startsOf({ nodes, queue })).toEqual(['b1']);
  });

  it('starts in its room when one before it has lost its own, and waits', () => {
    const cards = [node('n1', 1, { isDrained: true }), node('n2', 1), node('n3', 1)];
    const first = urgent(roomOn('n1', [0]), { id: 'b1', gpus: whole(1, 'H100-80GB') });
    const second = urgent(roomOn('n3', [0], { order: 2, victims: [{ job: 'v2', qos: 'low' }] }));
    const runs = [running(job('r1'), 'n2')];
    for (const kind of ['conservative', 'easy', 'none'] as const) {
      const inputs = { nodes: cards, running: runs, policy: withBackfill({ kind }) };
      expect(startsOf({ ...inputs, queue: [first, second, before()] })).toEqual(['b9']);
    }
  });

  it('does not take what is kept for another, who was before it when room was made', () => {
    // a1 wants both cards of n1, of which one is free now.
    const queue = [before({ gpus: whole(2) }), urgent(roomOn('n2', [0]), { walltimeMs: 9 * HOUR })];
    const runs = [
      running(low('r1', { walltimeMs: 3 * HOUR }), 'n1', { startedAt: NOW - HOUR, at: [1] }),
      running(victim, 'n2', { startedAt: NOW - HOUR, preemptedAt: NOW - MINUTE }),
    ];
    const { start, reserve } = planOf(given({ nodes: [node('n1', 2), node('n2', 1)], running: runs, queue }));

    expect(start).toEqual([]);
    expect(reserve).toMatchObject([
      { job: 'b9', allocations: [on('n2', 0)] },
      { job: 'a1', startAt: NOW + 2 * HOUR },
    ]);
  });

  it('has no more right to it when it may not preempt who made it', () => {
    const queue = [before(), urgent(roomOn('n1', [0]), { qos: 'normal' })];
    const raised = roomOn('n1', [0], { victims: [{ job: 'v1', qos: 'normal' }] });

    expect(startsOf({ nodes, queue })).toEqual(['a1']);
    expect(startsOf({ nodes, queue: [before(), urgent(raised)] })).toEqual(['a1']);
    expect(startsOf({ nodes, queue: [before(), urgent(roomOn('n1', [0]), { isHeld: true })] })).toEqual([
      'a1',
    ]);
  });

  it.each<[string, Partial<Given>]>([
    ['its node is drained', { nodes: [node('n1', 1, { isDrained: true }), node('n2', 1)] }],
    ['its node is gone', { nodes: [node('n2', 1)] }],
    [
      'its card is ill',
      { nodes: [node('n1', 1, { devices: devices('n1', 1, { isHealthy: false }) }), node('n2', 1)] },
    ],
    [
      'its card is cut by MIG',
      { nodes: [node('n1', 1, { devices: devices('n1', 1, { mode: 'mig' }) }), node('n2', 1)] },
    ],
    ['somebody has it', { nodes: [node('n1', 1), node('n2', 1)], running: [running(low('r2'), 'n1')] }],
  ])('takes other room, first of all, when %s', (_, changed) => {
    const queue = [before(), urgent(roomOn('n1', [0]))];
    const { start } = planOf(given({ nodes, queue, ...changed }));

    expect(start[0]).toMatchObject({ job: 'b9', allocations: [on('n2', 0)] });
  });

  it('takes another card where something else was on its own a while ago', () => {
    const [first, second] = devices('n1', 2);
    const cards = [node('n1', 2, { devices: [{ ...first!, isAvoided: true }, second!] })];
    const { start } = planOf(given({ nodes: cards, queue: [urgent(roomOn('n1', [0]))] }));

    expect(start).toMatchObject([{ allocations: [on('n1', 1)] }]);
  });

  it('takes all of its card when that is shared now', () => {
    const shared = [node('n1', 1, { devices: devices('n1', 1, { mode: 'shared' }) })];
    const { start } = planOf(given({ nodes: shared, queue: [urgent(roomOn('n1', [0]))] }));

    expect(start[0]!.allocations[0]!.devices[0]!.slices).toHaveLength(10);
  });

  it('waits no longer than an hour for who does not end', () => {
    const stuck = (preemptedAt: number) => [
      running(victim, 'n1', { startedAt: NOW - 9 * HOUR, preemptedAt }),
    ];
    const since = (endBy: number) =>
      startsOf({
        nodes: two,
        running: stuck(endBy - graceMs),
        queue: [urgent(roomOn('n1', [0], { endBy }))],
      });

    expect(since(NOW - HOUR)).toEqual([]);
    expect(since(NOW - HOUR - 1)).toEqual(['b9']);
  });

  it('has nobody preempted again who made room that is kept for it, for others neither', () => {
    const other = job('c2', { qos: 'high', gpus: whole(1, 'H100-80GB') });
    const late = running(low('v2'), 'n1', { startedAt: NOW - HOUR, preemptedAt: NOW - MINUTE });
    const victims = ['v1', 'v2'].map((id) => ({ job: id, qos: 'low' }));
    const preemptedFor = (queue: Job[]) =>
      planOf(given({ nodes: two, running: [again, late], queue })).preempt.map(
        ({ inFavourOf }) => inFavourOf,
      );

    expect(preemptedFor([urgent(roomOn('n1', [0], { victims })), other])).toEqual([]);
    expect(preemptedFor([job('b9', { qos: 'high', nice: -1 }), other])).toEqual(['c2']);
  });

  it('has the same preempted again when the room is lost, or else another has', () => {
    const ill = node('n1', 1, { devices: devices('n1', 1, { isHealthy: false }) });
    const one = { running: [again], queue: [urgent(roomOn('n1', [0]))] };
    const preemptedIn = (inputs: Given) =>
      planOf(given(inputs)).preempt.map(({ job: id, inFavourOf }) => [id, inFavourOf]);

    for (const lost of [node('n1', 1, { isDrained: true }), ill])
      expect(preemptedIn({ ...one, nodes: [lost, two[1]!] })).toEqual([['v1', 'b9']]);
    // The first is beyond its quota now.
    const policy = { ...PLAIN, quotas: { teams: {}, users: { lee: 0 } } };
    const barred = urgent(roomOn('n1', [0]), { user: 'lee' });
    const other = job('c2', { qos: 'high' });
    expect(preemptedIn({ nodes: [ill, two[1]!], running: [again], queue: [barred, other], policy })).toEqual([
      ['v1', 'c2'],
    ]);
  });

  it('has the same preempted again who came back into one of its two cards', () => {
    const back = running(victim, 'n1', { startedAt: NOW - HOUR, at: [0] });
    const other = running(low('r2'), 'n1', { startedAt: NOW - HOUR, at: [1] });
    const wish = urgent(roomOn('n1', [0, 1]), { gpus: whole(2) });
    const { start, preempt } = planOf(
      given({ nodes: [node('n1', 2)], running: [back, other], queue: [wish] }),
    );

    expect(start).toEqual([]);
    expect(preempt.map(({ job: id }) => id).sort()).toEqual(['r2', 'v1']);
  });

  describe('and that pauses', () => {
    const pausing = (room: MadeRoom, changed: Changed = {}) =>
      urgent(room, { eligibleAt: NOW + 10 * MINUTE, ...changed });

    it('has its room kept, on a card that is avoided too, and starts in it then', () => {
      const avoided = [node('n1', 1, { devices: devices('n1', 1, { isAvoided: true }) })];
      for (const kind of ['conservative', 'easy', 'none'] as const)
        for (const cards of [nodes, avoided]) {
          const inputs = { nodes: cards, policy: withBackfill({ kind }) };
          const queue = [victim, before({ walltimeMs: MINUTE })];
          expect(startsOf({ ...inputs, queue: [...queue, pausing(roomOn('n1', [0]))] })).toEqual([]);
          expect(startsOf({ ...inputs, queue: [...queue, urgent(roomOn('n1', [0]))] })).toEqual(['b9']);
        }
    });

    it('has it kept in the order in which rooms were made', () => {
      const first = urgent(roomOn('n1', [0], { order: 1 }), { id: 'b1' });
      const second = pausing(roomOn('n1', [0], { order: 2 }));

      expect(startsOf({ nodes, queue: [second, first] })).toEqual(['b1']);
      expect(
        startsOf({ nodes, queue: [{ ...second, room: roomOn('n1', [0], { order: 0 }) }, first] }),
      ).toEqual([]);
    });

    it.each<[string, Changed, Partial<MadeRoom>]>([
      ['it is held', { isHeld: true }, {}],
      ['it waits for another', { eligibleAt: null }, {}],
      ['it may not preempt them any more', { qos: 'normal' }, {}],
      ['that goes on for more than an hour', {}, { endBy: NOW - 51 * MINUTE }],
    ])('has it kept no longer when %s', (_, changed, room) => {
      const queue = [before(), pausing(roomOn('n1', [0], room), changed)];

      expect(startsOf({ nodes, queue })).toEqual(['a1']);
    });

    it('has it kept up to an hour behind when it was to be free', () => {
      const room = roomOn('n1', [0], { endBy: NOW - 50 * MINUTE });

      expect(startsOf({ nodes, queue: [before(), pausing(room)] })).toEqual([]);
    });
  });

  it('gets the instances of a card that is cut as it was, and others when it was cut anew', () => {
    const instances = [0, 1].map((start) => ({ profile: '1g.10gb', start, slices: 1 }));
    const card = (cut: typeof instances) => [
      node('n1', 1, { devices: devices('n1', 1, { mode: 'mig', instances: cut }) }),
    ];
    const held = { device: 'n1/0', slices: [1], profile: '1g.10gb' };
    const room = roomOn('n1', [], { allocations: [{ ...on('n1'), devices: [held] }] });
    const wish = urgent(room, { gpus: { kind: 'mig', model: null, profile: '1g.10gb', count: 1 } });
    const slicesOf = (cut: typeof instances) =>
      planOf(given({ nodes: card(cut), queue: [wish] })).start[0]!.allocations[0]!.devices[0]!.slices;

    expect(slicesOf(instances)).toEqual([1]);
    expect(slicesOf([instances[0]!])).toEqual([0]);
  });
});
