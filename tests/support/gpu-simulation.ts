/** Jobs played through the planner: they arrive, start when it says so, run, are preempted, end. Time is simulated. */
import { accrued, decayed } from '../../domain/gpu/decay.ts';
import { shareKey } from '../../domain/gpu/fairshare.ts';
import type {
  Allocation,
  Capacity,
  Job,
  MadeRoom,
  Plan,
  PlannerInputs,
  RunningJob,
  Usage,
} from '../../domain/gpu/model.ts';
import { plan } from '../../domain/gpu/plan.ts';
import type { GpuPolicy } from '../../domain/gpu/policy.ts';
import { killAt, predictRuntime } from '../../domain/gpu/runtime.ts';
import { billingRate } from '../../domain/gpu/weigh-request.ts';

export type SimulatedJob = {
  readonly job: Job;
  /** How long it really runs, unless its walltime ends it. */
  readonly runMs: number;
  /** What runs of the same user are predicted from; null: `predictedMs` of the job stays. */
  readonly template: string | null;
};

export type Simulation = {
  readonly jobs: readonly SimulatedJob[];
  readonly capacity: Capacity;
  /** The same where cards fall ill. */
  readonly capacityAt?: (now: number) => Capacity;
  /** How long a job pauses instead of starting, as its machine is short of something; 0: it starts. */
  readonly pauseMs?: (job: Job, now: number, allocations: readonly Allocation[]) => number;
  readonly policy: GpuPolicy;
  readonly accounts: Usage['accounts'];
  /** Is told of each decision. */
  readonly onPlan?: (inputs: PlannerInputs, decision: Plan) => void;
  /** Is told of each job that arrives, before the decision. */
  readonly onArrival?: (job: Job, inputs: PlannerInputs) => void;
  readonly onStart?: (job: Job, at: number, allocations: readonly Allocation[]) => void;
  /** False: in whose favour others were preempted is forgotten, as it was once. */
  readonly remembersRooms?: boolean;
};

export type Lived = { readonly startedAt: number; readonly endedAt: number; readonly preemptions: number };

/** Plays until every job has ended; a job that never starts is not in the result. */
export function simulate(simulation: Simulation): Map<string, Lived> {
  const { policy, accounts, pauseMs = () => 0 } = simulation;
  const { capacityAt = () => simulation.capacity } = simulation;
  const { halfLifeMs } = policy.priority;
  const byId = new Map(simulation.jobs.map((one) => [one.job.id, one]));
  const arrivals = [...simulation.jobs].sort((one, other) => one.job.submittedAt - other.job.submittedAt);
  const lastRuns = new Map<string, number[]>();
  const used = new Map<string, { user: string; team: string; seconds: number; asOf: number }>();
  const lived = new Map<string, Lived>();
  /** Room that was made and not started in yet, by whom it was made for. */
  const rooms = new Map<string, MadeRoom>();
  /** Until when jobs pause. */
  const pauses = new Map<string, number>();
  let made = 0;
  let queue: Job[] = [];
  let running: RunningJob[] = [];
  let next = 0;
  let again = Infinity;

  const templateOf = (id: string, user: string): string | null => {
    const { template } = byId.get(id)!;
    return template === null ? null : `${user} ${template}`;
  };
  const predicted = (job: Job): Job => {
    const template = templateOf(job.id, job.user);
    if (template === null) return job;
    return { ...job, predictedMs: predictRuntime(lastRuns.get(template) ?? [], job.walltimeMs) };
  };
  const endOf = (one: RunningJob): number => {
    const own = Math.min(one.startedAt + byId.get(one.job.id)!.runMs, killAt(one));
    return one.preemptedAt === null ? own : Math.min(own, one.preemptedAt + policy.preemption.graceMs);
  };
  const settle = (one: RunningJob, at: number): void => {
    const key = shareKey(one.job.user, one.job.team);
    const before = used.get(key) ?? { user: one.job.user, team: one.job.team, seconds: 0, asOf: at };
    const rate = billingRate(one.job.resources, policy);
    const seconds =
      decayed(before.seconds, at - before.asOf, halfLifeMs) + accrued(rate, at - one.startedAt, halfLifeMs);
    used.set(key, { ...before, seconds, asOf: at });
  };
  const finish = (one: RunningJob, at: number): void => {
    settle(one, at);
    const template = templateOf(one.job.id, one.job.user);
    const isDone = at === Math.min(one.startedAt + byId.get(one.job.id)!.runMs, killAt(one));
    if (!isDone) {
      queue.push({ ...byId.get(one.job.id)!.job, preemptions: one.job.preemptions + 1 });
      return;
    }
    if (template !== null)
      lastRuns.set(template, [at - one.startedAt, ...(lastRuns.get(template) ?? [])].slice(0, 2));
    lived.set(one.job.id, { startedAt: one.startedAt, endedAt: at, preemptions: one.job.preemptions });
  };
  const noteRooms = ({ preempt, reserve }: Plan): void => {
    for (const [id, told] of Map.groupBy(preempt, ({ inFavourOf }) => inFavourOf)) {
      const { allocations } = reserve.find((one) => one.job === id)!;
      const { order, victims } = rooms.get(id) ?? { order: (made += 1), victims: [] };
      const more = told.map(({ job }) => ({ job, qos: byId.get(job)!.job.qos }));
      rooms.set(id, { order, victims: [...victims, ...more], endBy: told[0]!.endBy, allocations });
    }
  };
  const withRoom = (job: Job): Job => {
    const room = rooms.get(job.id);
    return room === undefined ? job : { ...job, room };
  };
  const withPause = (job: Job, now: number): Job => {
    const until = pauses.get(job.id) ?? 0;
    return until > now ? { ...job, eligibleAt: until } : job;
  };
  const inputsAt = (now: number): PlannerInputs => ({
    queue: queue
      .map(predicted)
      .map(withRoom)
      .map((job) => withPause(job, now)),
    running,
    capacity: capacityAt(now),
    usage: {
      asOf: now,
      accounts,
      users: [...used.values()].map(({ user, team, seconds, asOf }) => ({
        user,
        team,
        shares: 1,
        usedSeconds: decayed(seconds, now - asOf, halfLifeMs),
      })),
    },
    policy,
    now,
  });

  for (;;) {
    const arrivesAt = arrivals[next]?.job.submittedAt ?? Infinity;
    const now = Math.min(arrivesAt, again, ...pauses.values(), ...running.map(endOf));
    if (now === Infinity) return lived;
    again = Infinity;
    for (const [id, until] of pauses) if (until <= now) pauses.delete(id);
    const ended = running.filter((one) => endOf(one) <= now);
    running = running.filter((one) => endOf(one) > now);
    for (const one of ended) finish(one, now);
    while (next < arrivals.length && arrivals[next]!.job.submittedAt <= now) {
      const { job } = arrivals[next]!;
      queue.push(job);
      next += 1;
      simulation.onArrival?.(job, inputsAt(now));
    }
    const inputs = inputsAt(now);
    const decision = plan(inputs.queue, inputs.running, inputs.capacity, inputs.usage, policy, now);
    simulation.onPlan?.(inputs, decision);
    const started = new Map(decision.start.map(({ job, allocations }) => [job, allocations]));
    for (const job of inputs.queue) {
      const allocations = started.get(job.id);
      if (!allocations) continue;
      const pause = pauseMs(job, now, allocations);
      if (pause > 0) {
        pauses.set(job.id, now + pause);
        started.delete(job.id);
        again = now + 1;
        continue;
      }
      simulation.onStart?.(job, now, allocations);
      rooms.delete(job.id);
      running.push({
        job,
        startedAt: now,
        frozenMs: 0,
        allocations,
        checkpointAt: null,
        savesOnNotice: true,
        preemptedAt: null,
      });
    }
    queue = queue.filter(({ id }) => !started.has(id));
    if (simulation.remembersRooms !== false) noteRooms(decision);
    const told = new Set(decision.preempt.map(({ job }) => job));
    running = running.map((one) => (told.has(one.job.id) ? { ...one, preemptedAt: now } : one));
  }
}
