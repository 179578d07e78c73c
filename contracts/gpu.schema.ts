/** GPUs, what is held and used of them, and what it costs, on the wire. */
import { z } from 'zod';
import {
  DEVICE_NAME,
  GPU_DEVICE_VIEWS,
  GPU_INSTANCE_VIEWS,
  GPU_NODE_STATES,
  GPU_SHARINGS,
  NODE_NAME,
} from './gpu.ts';
import { Person, Reason } from './gpu-words.schema.ts';

const Instant = z.string().describe('ISO 8601, UTC.');
const Money = z.string().describe('Amount with six digits behind the point; they sum up exactly.');
const Cells = z.int().describe('Memory slices with MIG, shares of a shared card, 1 of a whole one.');

export const GpuNodeName = z.strictObject({
  node: z.string().regex(NODE_NAME, 'is no name of a node'),
});

export const GpuDeviceName = z.strictObject({
  device: z.string().regex(DEVICE_NAME, 'is no id of a card'),
});

export const GpuNodeOrder = z.strictObject({
  reason: Reason.describe('Why; shown, and kept in the audit log.'),
});

const GpuDeviceView = z.object({
  device: z.string(),
  index: z.int(),
  model: z.string(),
  sharing: z.enum(GPU_SHARINGS),
  state: z.enum(GPU_DEVICE_VIEWS).describe('withheld: the cluster gives it to no run.'),
  reason: z.string().nullable(),
  slices: Cells,
  heldSlices: z.int(),
  withheldSlices: z.int().describe('Of MIG instances that the cluster gives to no run.'),
  instances: z
    .array(
      z.object({
        instance: z.string(),
        profile: z.string(),
        start: z.int().describe('The memory slice that it begins at.'),
        state: z.enum(GPU_INSTANCE_VIEWS).describe('withheld: the cluster gives it to no run.'),
        reason: z.string().nullable(),
      }),
    )
    .describe('What a card is cut into by MIG; none: it is not, or is cut as jobs come.'),
  inServiceOn: z.string(),
});

export const GpuNodeView = z
  .object({
    node: z.string(),
    state: z.enum(GPU_NODE_STATES).describe('A draining node is drained when nothing is left on it.'),
    reason: z.string().nullable(),
    changedBy: z.string(),
    changedAt: Instant,
    cpus: z.number(),
    heldCpus: z.number(),
    memoryMib: z.int(),
    heldMemoryMib: z.int(),
    devices: z.array(GpuDeviceView),
  })
  .meta({ id: 'GpuNode' });

export type GpuNodeView = z.infer<typeof GpuNodeView>;

export const GpuNodeList = z.object({ nodes: z.array(GpuNodeView) }).meta({ id: 'GpuNodes' });

export type GpuNodeList = z.infer<typeof GpuNodeList>;

export const GpuCapacityView = z
  .object({
    nodes: z.object({ open: z.int(), draining: z.int(), drained: z.int() }),
    cpus: z.number(),
    freeCpus: z.number().describe('Of nodes that are open.'),
    memoryMib: z.int(),
    freeMemoryMib: z.int(),
    models: z
      .array(
        z.object({
          model: z.string(),
          sharing: z.enum(GPU_SHARINGS),
          cards: z.int(),
          usableCards: z.int().describe('Healthy ones of nodes that are open.'),
          emptyCards: z.int().describe('Of these, those that nobody has a part of.'),
          slices: Cells,
          freeSlices: z.int().describe('Of usable cards.'),
        }),
      )
      .describe('By model and how it is given out.'),
  })
  .meta({ id: 'GpuCapacity' });

export type GpuCapacityView = z.infer<typeof GpuCapacityView>;

export const GpuAllocationList = z
  .object({
    allocations: z.array(
      z.object({
        jobId: z.string(),
        owner: z.string(),
        team: z.string(),
        attempt: z.int(),
        node: z.string(),
        device: z.string(),
        start: z.int(),
        slices: Cells,
        migProfile: z.string().nullable(),
        migInstance: z.string().nullable(),
        since: Instant,
      }),
    ),
  })
  .meta({ id: 'GpuAllocations' });

export type GpuAllocationList = z.infer<typeof GpuAllocationList>;

const user = Person.optional().describe('Whose; absent: everybody whom the role may see.');

export const GpuUserQuery = z.strictObject({ user });

const period = {
  from: z.iso.date().optional().describe('First day, UTC; absent: six days before `to`.'),
  to: z.iso.date().optional().describe('Last day; absent: today.'),
};

export const GpuUsageQuery = z.strictObject({
  ...period,
  user,
  device: GpuDeviceName.shape.device.optional(),
  step: z.enum(['hour', 'day']).default('day'),
});

export const GpuUsageView = z
  .object({
    from: z.string(),
    to: z.string(),
    isCut: z.boolean().describe('Whether there is more than is listed: ask for fewer days.'),
    usage: z.array(
      z.object({
        at: Instant.describe('Start of the hour or day.'),
        device: z.string(),
        instance: z.string().nullable(),
        jobId: z.string().nullable().describe('Null: of the card as a whole.'),
        owner: z.string().nullable(),
        samples: z.int(),
        gpuPercent: z.number().nullable().describe('Mean; null: the card does not tell.'),
        gpuPeak: z.number().nullable(),
        memoryUsedMib: z.int().nullable(),
        memoryPeakMib: z.int().nullable(),
        powerWatts: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: 'GpuUsage' });

export type GpuUsageView = z.infer<typeof GpuUsageView>;

export const GpuCostQuery = z.strictObject({ ...period, user });

const Shares = {
  kept: Money.describe('Of work that counts.'),
  wasted: Money.describe('Of work that preemption or a fault has undone.'),
  frozen: Money.describe('Held while it stood still: not billed.'),
  total: Money.describe('What is billed: kept and wasted.'),
};

export const GpuCostView = z
  .object({
    from: z.string(),
    to: z.string(),
    until: Instant.describe('Hours that have ended by then are in it.'),
    currency: z.string().nullable().describe('Null: no prices are set.'),
    all: z
      .object({
        total: Money.describe('What jobs held, also while it stood still, and idle together, exactly.'),
        idle: Money,
        depreciation: Money,
        electricity: Money,
        maintenance: Money,
        labour: Money,
        infrastructure: Money,
        unpricedHours: z.int().describe('Hours of cards without a price.'),
      })
      .nullable()
      .describe('Null for who sees their own only.'),
    users: z.array(z.object({ owner: z.string(), team: z.string(), ...Shares })),
    jobs: z.array(z.object({ jobId: z.string(), owner: z.string(), team: z.string(), ...Shares })),
  })
  .meta({ id: 'GpuCost' });

export type GpuCostView = z.infer<typeof GpuCostView>;

export const GpuPolicyView = z
  .object({
    position: z.int().describe('0: nobody has set one.'),
    at: Instant.nullable(),
    by: z.string().nullable(),
    reason: z.string().nullable(),
    policy: z.object({
      priority: z.record(z.string(), z.unknown()),
      qos: z.record(z.string(), z.object({ priority: z.number(), preempts: z.array(z.string()) })),
      quotas: z.object({ teams: z.record(z.string(), z.number()), users: z.record(z.string(), z.number()) }),
      teams: z.array(z.object({ name: z.string(), parent: z.string().nullable(), shares: z.number() })),
      users: z.array(z.object({ user: z.string(), team: z.string(), shares: z.number() })),
    }),
  })
  .meta({ id: 'GpuPolicy' });

export type GpuPolicyView = z.infer<typeof GpuPolicyView>;
