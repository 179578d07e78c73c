/** What is owed by when, on the wire. */
import { z } from 'zod';
import { BLOCKERS, OBLIGATION_STATES, OWED_KINDS } from './obligations.ts';

const Instant = z.string().describe('ISO 8601, UTC.');

export const ObligationQuery = z.strictObject({
  from: z.iso.date().optional().describe('First day, in UTC, on which it is due; absent: a week ago.'),
  to: z.iso
    .date()
    .optional()
    .describe('Last day; absent: a week behind `from` and today, whichever is later.'),
});

const Blocking = z.object({
  reason: z.enum(BLOCKERS),
  text: z.string(),
  count: z.int(),
  example: z.string().nullable().describe('A message, swap, source or input, to begin with.'),
});

export const ObligationView = z
  .object({
    entity: z.string().describe('LEI of who owes it; as the record names it (#13).'),
    isOurs: z.boolean().describe('Whether it is one of our entities on the day.'),
    kind: z.enum(OWED_KINDS),
    part: z.union([z.literal(43), z.literal(45)]).nullable(),
    obligation: z.string().describe('The rule.'),
    date: z
      .string()
      .nullable()
      .describe('Day of the report, or that values are owed of; null for what leaves at once.'),
    dueAt: Instant.nullable(),
    state: z.enum(OBLIGATION_STATES),
    total: z.int().nullable().describe('Messages; null where nobody counts them.'),
    open: z.int().describe('Of these, not acknowledged; or swaps and portfolios without their values.'),
    blocking: z.array(Blocking),
  })
  .meta({ id: 'Obligation' });

export type ObligationView = z.infer<typeof ObligationView>;

export const ObligationList = z
  .object({
    from: z.string(),
    to: z.string(),
    obligations: z.array(ObligationView).describe('In the order in which they are due.'),
    notCut: z
      .array(Blocking)
      .describe(
        'What is in the way of messages that there are not: swaps whose beginning is missing, missing inputs.',
      ),
  })
  .meta({ id: 'Obligations' });

export type ObligationList = z.infer<typeof ObligationList>;
