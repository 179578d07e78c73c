/** Training jobs on the wire: submitted, listed, explained, changed. */
import { z } from 'zod';
import { GPU_BLOCKERS, GPU_CAUSES, GPU_JOB_STATES } from './gpu.ts';
import { Person, Reason } from './gpu-words.schema.ts';

const Instant = z.string().describe('ISO 8601, UTC.');
const JobId = z.string().regex(/^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$/, 'is no id of a job');
const location = z.string().min(1, 'is missing').max(4096);

export const GpuJobName = z.strictObject({ job: JobId });

export const GpuArrayName = z.strictObject({ array: JobId });

const Resources = z.strictObject({
  gpus: z.int().min(1).max(64).default(1).describe('Whole GPUs, or instances of `migProfile`.'),
  model: z.string().min(1).max(63).nullable().default(null).describe('Null: any.'),
  migProfile: z
    .string()
    .min(1)
    .max(40)
    .nullable()
    .default(null)
    .describe('Instances like `1g.10gb` instead of cards.'),
  shares: z
    .int()
    .min(1)
    .max(10)
    .nullable()
    .default(null)
    .describe('So many tenths of one shared GPU instead.'),
  cpus: z.number().min(0.1).max(10_000).default(1),
  memoryMib: z.int().min(16).max(1_000_000_000).default(1024),
});

const MINUTES_MAX = 90 * 24 * 60;
const Minutes = z.number().min(0).max(MINUTES_MAX);

/** Years of four digits, in UTC: an offset may lead beyond them. */
const AFTER_ALL_YEARS = Date.UTC(10_000, 0, 1);

export const GpuJobOrder = z.strictObject({
  user: Person.optional().describe(
    'Whose it is; absent: the caller. Others only for who may submit for others.',
  ),
  template: z
    .string()
    .min(1)
    .max(100)
    .default('proto-gcn')
    .describe('What is run: commands come from templates alone.'),
  parameters: z
    .record(z.string().max(100), z.union([z.string().max(4096), z.number(), z.boolean()]))
    .default({}),
  config: location.describe('File below the folders for training (TAIN_GPU_ROOTS).'),
  workdir: location.describe('Folder below them; no other job may work in it meanwhile.'),
  resources: Resources.prefault({}),
  walltimeMinutes: z
    .number()
    .min(0.1)
    .max(MINUTES_MAX)
    .default(60)
    .describe('When it has run so long it is ended.'),
  graceSeconds: z.int().min(0).max(3600).default(30).describe('Time to save its work before it is ended.'),
  qos: z
    .string()
    .min(1)
    .max(62)
    .nullable()
    .default(null)
    .describe('Null: `normal`, or the least where there is none; a better one only for who may favour jobs.'),
  nice: z.int().min(-10_000).max(10_000).default(0).describe('Taken off its priority.'),
  hold: z.boolean().default(false).describe('Held until it is released.'),
  preemptible: z.boolean().default(true),
  minimumRunMinutes: Minutes.default(0).describe('Not preempted before; beyond 30 for who may favour jobs.'),
  dependsOn: z
    .array(z.strictObject({ job: JobId, condition: z.enum(['success', 'any']).default('success') }))
    .max(100)
    .refine((needed) => new Set(needed.map(({ job }) => job)).size === needed.length, 'names a job twice')
    .default([])
    .describe(
      'Jobs that must end before; only such as are there already, and that the caller sees: no cycles.',
    ),
  expiresAt: z.iso
    .datetime({ offset: true })
    .refine((text) => Date.parse(text) < AFTER_ALL_YEARS, 'lies beyond the year 9999')
    .nullable()
    .default(null)
    .describe('Given up when it waits still.'),
  requestKey: z
    .string()
    .min(1)
    .max(200)
    .nullable()
    .default(null)
    .describe('A second submission of it for the same user is the same job; of another order it is refused.'),
});

export type GpuJobOrder = z.output<typeof GpuJobOrder>;

/** More are several arrays: all tasks of one are entered together. */
const MOST_TASKS = 100;

export const GpuArrayOrder = GpuJobOrder.extend({
  config: location.describe('As of a job; `{index}` stands for the number of the task, from 0.'),
  workdir: location.describe('As of a job; names `{index}`, as no two jobs work in one folder.'),
  tasks: z.int().min(1).max(MOST_TASKS).describe('How many jobs.'),
  atOnce: z.int().min(1).max(MOST_TASKS).nullable().default(null).describe('So many run at once; null: all.'),
});

export type GpuArrayOrder = z.output<typeof GpuArrayOrder>;

export const SeedOrder = z.strictObject({ user: Person, config: location, workdir: location });

export const SeedAccepted = z
  .object({ status: z.literal('queued'), job_id: z.string(), position: z.int().nullable() })
  .meta({ id: 'SubmittedJob' });

export const SeedUser = z.strictObject({ user: Person });

export const SeedStatus = z
  .object({
    user: z.string(),
    jobs: z.array(
      z.object({
        job_id: z.string(),
        status: z.enum(GPU_JOB_STATES),
        position: z.int().nullable().describe('Null: it does not wait in the order.'),
        estimated_wait_seconds: z
          .number()
          .nullable()
          .describe('Until its planned start; null: it cannot be said.'),
      }),
    ),
  })
  .meta({ id: 'UserStatus' });

export const GpuJobView = z
  .object({
    jobId: z.string(),
    user: z.string(),
    team: z.string(),
    state: z.enum(GPU_JOB_STATES),
    attempt: z.int(),
    isHeld: z.boolean(),
    wanted: z.enum(['cancel', 'requeue', 'preempt']).nullable().describe('What is to become of what runs.'),
    template: z.string(),
    parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    config: z.string(),
    workdir: z.string(),
    array: z
      .object({ id: z.string(), index: z.int(), atOnce: z.int().nullable() })
      .nullable()
      .describe('The array that it is a task of.'),
    resources: z.object({
      gpus: z.int(),
      model: z.string().nullable(),
      migProfile: z.string().nullable(),
      shares: z.int().nullable(),
      cpus: z.number(),
      memoryMib: z.int(),
    }),
    walltimeSeconds: z.int(),
    qos: z.string(),
    nice: z.int(),
    submittedAt: Instant,
    startedAt: Instant.nullable(),
    finishedAt: Instant.nullable(),
    isFrozen: z.boolean(),
    checkpoint: z.object({ at: Instant, step: z.int().nullable() }).nullable(),
    retries: z.object({ short: z.int(), preempted: z.int(), infrastructure: z.int(), userError: z.int() }),
    cause: z.enum(GPU_CAUSES).nullable().describe('Why the last try, or the job, ended as it did.'),
  })
  .meta({ id: 'GpuJob' });

export type GpuJobView = z.infer<typeof GpuJobView>;

const Part = z.object({ factor: z.number(), weight: z.number(), points: z.number() });

export const GpuExplanation = z
  .object({
    position: z.int().nullable().describe('1 is the first; null: it is not in the order.'),
    plannedStart: Instant.nullable().describe(
      'Null: it cannot be said. While training is held: as if it were not.',
    ),
    startP50: Instant.nullable(),
    startP90: Instant.nullable(),
    blockers: z
      .array(
        z.object({
          code: z.enum(GPU_BLOCKERS),
          params: z.record(z.string(), z.union([z.string(), z.number()])),
          text: z.string(),
        }),
      )
      .describe(
        'The strongest first; none: it starts with the next plan. A job of somebody else is named (`job`) to who may see it.',
      ),
    priority: z
      .object({
        total: z.number(),
        nice: z.number(),
        parts: z.object({ age: Part, fairshare: Part, jobSize: Part, qos: Part, gpus: Part }),
      })
      .nullable(),
    fairShare: z.object({ share: z.number(), use: z.number(), factor: z.number() }).nullable(),
    cost: z
      .object({
        currency: z.string(),
        expected: z.string().describe('As long as it is expected to run, like "0.752132".'),
        most: z.string().describe('Up to its walltime.'),
      })
      .nullable()
      .describe('At the prices that hold now; null: there are none, or the role does not see them.'),
  })
  .meta({ id: 'GpuExplanation' });

export type GpuExplanation = z.infer<typeof GpuExplanation>;

export const GpuJobDetail = z
  .object({
    job: GpuJobView,
    explanation: GpuExplanation.nullable().describe('Null: it does not wait.'),
    dependsOn: z
      .array(
        z.object({
          job: z.string().nullable().describe('Null: of somebody else, and not to be seen.'),
          condition: z.enum(['success', 'any']),
          state: z.enum(GPU_JOB_STATES),
        }),
      )
      .describe('Jobs that must end before it, or had to.'),
    billed: z.object({
      gpuSeconds: z.number(),
      keptGpuSeconds: z.number().describe('Of these, work that counts.'),
      frozenGpuSeconds: z.number().describe('Held while it stood still: not billed.'),
    }),
    timeline: z.array(
      z.object({
        at: Instant,
        kind: z.string(),
        state: z.enum(GPU_JOB_STATES).nullable(),
        cause: z.enum(GPU_CAUSES).nullable(),
        by: z.string(),
        role: z.string(),
        reason: z.string().nullable(),
        facts: z.unknown(),
      }),
    ),
  })
  .meta({ id: 'GpuJobDetail' });

export type GpuJobDetail = z.infer<typeof GpuJobDetail>;

export const GpuJobQuery = z.strictObject({
  user: Person.optional().describe('Whose; absent: all whom the role may see.'),
  state: z.enum(['open', 'all']).default('open'),
  array: JobId.optional().describe('Only tasks of this array.'),
  cursor: z.coerce.number().int().positive().optional().describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export const GpuJobList = z.object({ jobs: z.array(GpuJobView) }).meta({ id: 'GpuJobs' });

export type GpuJobList = z.infer<typeof GpuJobList>;

const Next = z.int().nullable().describe('Cursor of the next page; null on the last.');

export const GpuJobPage = GpuJobList.extend({ next: Next }).meta({ id: 'GpuJobPage' });

export type GpuJobPage = z.infer<typeof GpuJobPage>;

export const GpuQueueView = z
  .object({
    isHeld: z.boolean().describe('The governor starts nothing.'),
    running: z.array(GpuJobView),
    waiting: z
      .array(z.object({ job: GpuJobView, explanation: GpuExplanation }))
      .describe('In the order of the queue.'),
  })
  .meta({ id: 'GpuQueue' });

export type GpuQueueView = z.infer<typeof GpuQueueView>;

export const GpuWhatIfView = z
  .object({
    explanation: GpuExplanation,
    displaced: z
      .array(z.object({ job: z.string(), from: Instant.nullable(), to: Instant.nullable() }))
      .describe('Jobs whose planned start it would change; only those that the caller may see.'),
    others: z.int().describe('How many more, which the caller may not see.'),
  })
  .meta({ id: 'GpuWhatIf' });

export type GpuWhatIfView = z.infer<typeof GpuWhatIfView>;

export const GPU_JOB_OPERATIONS = ['hold', 'release', 'cancel', 'requeue'] as const;

export const GpuJobWish = z.strictObject({ reason: Reason });

export const GpuArrayChange = z
  .object({
    changed: z.int().describe('So many tasks.'),
    tasks: z
      .array(
        z.object({
          job: GpuJobView,
          problem: z.string().nullable().describe('Why it is as it was; null: it was changed.'),
        }),
      )
      .describe('By their numbers.'),
  })
  .meta({ id: 'GpuArrayChange' });

export type GpuArrayChange = z.infer<typeof GpuArrayChange>;

export const GpuJobPriority = z
  .strictObject({
    reason: Reason,
    qos: z.string().min(1).max(62).optional(),
    nice: z.int().min(-10_000).max(10_000).optional(),
  })
  .refine(({ qos, nice }) => qos !== undefined || nice !== undefined, 'names neither qos nor nice');

export const GpuJobExtension = z.strictObject({
  reason: Reason,
  walltimeMinutes: z.number().min(0.1).max(MINUTES_MAX).describe('Of all, from its start.'),
});

const Stream = z.enum(['stdout', 'stderr']).default('stdout');
const Attempt = z.coerce.number().int().min(1).max(1_000_000);

export const GpuLogQuery = z.strictObject({ stream: Stream, attempt: Attempt.optional() });

export const GpuFollowQuery = z.strictObject({
  stream: Stream,
  attempt: Attempt.optional().describe('From this one on; absent: from the one that runs.'),
});

/** The other headers stay as they are. */
export const GpuFollowHeaders = z.looseObject({
  'last-event-id': z
    .string()
    .regex(/^(\d{1,7}-\d{1,15})?$/, 'is no place in the output of a job')
    .optional()
    .describe('`id` of the last event that came.'),
});

export const GpuLogText = {
  description: 'What the program wrote, as it wrote it.',
  content: { 'text/plain': { schema: z.string() } },
};

/** What stands behind `data:`, as JSON. */
export const GpuOutputEvent = z
  .union([
    z.object({
      attempt: z.int(),
      from: z.int().describe('Number of its first byte in the output of the attempt.'),
      missing: z.int().describe('So many bytes before it were dropped before they were read.'),
      text: z.string(),
    }),
    z.object({ attempt: z.int(), state: z.enum(GPU_JOB_STATES) }),
  ])
  .meta({ id: 'GpuOutput' });

export type GpuOutputEvent = z.infer<typeof GpuOutputEvent>;

export const GpuOutputStream = {
  description: 'Server-sent events; each `data` is a GpuOutput.',
  content: { 'text/event-stream': { schema: z.string() } },
};

export const GpuJobMetricsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(10_000).default(720).describe('So many of the newest.'),
});

const Measured = z.number().nullable().describe('Null: it was not told.');

export const GpuJobMetrics = z
  .object({
    jobId: z.string(),
    samples: z.array(
      z.object({
        at: Instant,
        device: z.string(),
        gpuPercent: Measured,
        memoryUsedMib: Measured,
        powerWatts: Measured,
        temperatureC: Measured,
        cpuPercent: Measured,
        hostMemoryMib: Measured,
      }),
    ),
  })
  .meta({ id: 'GpuJobMetrics' });

export type GpuJobMetrics = z.infer<typeof GpuJobMetrics>;
