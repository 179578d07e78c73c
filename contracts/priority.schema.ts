/** What is held back for the sake of realtime, on the wire. */
import { z } from 'zod';
import {
  HOLD_LEVELS,
  HOLD_REASONS,
  MAX_OVERRIDE_MINUTES,
  OVERRIDE_KINDS,
  PRIORITY_ALARMS,
} from './priority.ts';

const Instant = z.string().describe('ISO 8601, UTC.');
const Params = z.record(z.string(), z.union([z.string(), z.number()]));
const Pace = z
  .int()
  .nullable()
  .describe('WAL that it may write, in bytes a second; null: as much as it can.');
const Percent = z.number().describe('Share of the last ten seconds, in per cent.');

/** Words of a person, shown on one line and kept in the audit log. */
const Reason = z
  .string()
  .trim()
  .min(3, 'is missing: say why, in three characters or more')
  .max(500)
  .refine((text) => !/[\u0000-\u001f\u007f-\u009f]/.test(text), 'contains control characters');

export const OverrideBody = z.strictObject({
  action: z.enum(OVERRIDE_KINDS).describe('Hold training and pace batch, or release everything.'),
  reason: Reason.describe('Why; shown, and kept in the audit log.'),
  minutes: z
    .int()
    .min(1)
    .max(MAX_OVERRIDE_MINUTES)
    .describe('How long; then the governor decides again. A day is the most.'),
});

export const EndOverrideBody = z.strictObject({ reason: Reason.describe('Why; kept in the audit log.') });

export const PriorityView = z
  .object({
    level: z.enum(HOLD_LEVELS),
    text: z.string().describe('What the level does.'),
    reason: z
      .object({ code: z.enum(HOLD_REASONS), params: Params, text: z.string() })
      .nullable()
      .describe('Why; null exactly when nothing is held.'),
    since: Instant.nullable().describe(
      'Since when level and reason are what they are; null: nothing is held.',
    ),
    ageSeconds: z.number().nullable(),
    training: z.object({
      isHeld: z
        .boolean()
        .nullable()
        .describe('Whether Temporal hands out nothing of gpu-training, as asked last; null: not known.'),
    }),
    batch: z.object({ bytesPerSecond: Pace }).describe('Files, and what days and deliveries wait for.'),
    background: z.object({ bytesPerSecond: Pace }).describe('What can wait: backfill.'),
    feeds: z.array(
      z.object({
        feed: z.string(),
        isWanted: z.boolean(),
        lagMs: z.number(),
        lagMessages: z.int(),
        heardSecondsAgo: z.number().nullable().describe('When its reader said so; null: never.'),
      }),
    ),
    pressure: z
      .object({
        cpuSome: Percent,
        ioSome: Percent,
        ioFull: Percent,
        memorySome: Percent,
        memoryFull: Percent,
      })
      .nullable()
      .describe('What waits on the machine of the governor; null: its kernel does not tell.'),
    backlogSeconds: z.number().nullable().describe('Age of the oldest file that waits or is ingested.'),
    walBytesPerSecond: z.number().nullable().describe('What all of the database writes.'),
    override: z
      .object({
        action: z.enum(OVERRIDE_KINDS),
        by: z.string(),
        reason: z.string(),
        at: Instant,
        until: Instant,
      })
      .nullable(),
    governor: z.object({
      lookedAt: Instant.nullable(),
      ageSeconds: z.number().nullable(),
      blindSince: Instant.nullable().describe(
        'Since when nobody governs; null: somebody does, or never did.',
      ),
    }),
    alarms: z.array(z.object({ code: z.enum(PRIORITY_ALARMS), params: Params, text: z.string() })),
  })
  .meta({ id: 'Priority' });

export type PriorityView = z.infer<typeof PriorityView>;
