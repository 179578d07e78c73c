/** Messages, deliveries and answers on the wire. */
import { z } from 'zod';
import { IssueView } from './files.schema.ts';
import {
  ANSWER_EFFECTS,
  ANSWER_KINDS,
  ANSWER_VERDICTS,
  DELIVERY_STATES,
  MESSAGE_STATES,
} from './outbound.ts';

const Instant = z.string().describe('ISO 8601, UTC.');
const ProblemView = z.object({ code: z.string(), detail: z.string(), help: z.string() });

/** Words of a person, shown on one line and kept in the audit log. */
const Reason = z
  .string()
  .trim()
  .min(3, 'is missing: say why, in three characters or more')
  .max(500)
  .refine((text) => !/[\u0000-\u001f\u007f-\u009f]/.test(text), 'contains control characters')
  .describe('Why; it is kept in the audit log.');

const Printable = z.string().regex(/^[\x21-\x7e]{1,200}$/, 'is no identifier');

export const OutboundChangeBody = z.strictObject({ reason: Reason });

export const DeliveryParams = z.object({ delivery: Printable });

export const DeliveryQuery = z.strictObject({
  date: z.iso.date().optional().describe('Business date.'),
  state: z.enum(DELIVERY_STATES).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export const DeliveryView = z
  .object({
    id: z.string(),
    businessDate: z.string(),
    version: z.int(),
    file: z.string(),
    kind: z.string().describe('What the file holds: transaction, valuation, collateral.'),
    assetClass: z.string().nullable().describe('Of transactions.'),
    target: z.string(),
    state: z
      .enum(DELIVERY_STATES)
      .describe(
        '`waiting` with a problem waits for other files; `silent`: nothing has come back for longer than agreed; `failed` ' +
          'needs somebody; `given-up`: somebody said that no answer will come.',
      ),
    fileVerdict: z.enum(['accepted', 'refused']).nullable().describe('On the file as a whole.'),
    records: z.int().describe('In the file.'),
    sent: z.int().describe('sent = acknowledged + refused + open.'),
    acknowledged: z.int(),
    refused: z.int(),
    open: z.int().describe('Sent, and without a verdict.'),
    nextDueAt: Instant.nullable().describe('The earliest deadline of its records that are not acknowledged.'),
    startedAt: Instant.nullable(),
    finishedAt: Instant.nullable(),
    problem: ProblemView.nullable(),
    workflowId: z.string(),
  })
  .meta({ id: 'Delivery' });
export type DeliveryView = z.infer<typeof DeliveryView>;

export const DeliveryList = z
  .object({
    deliveries: z.array(DeliveryView).describe('Newest business dates first.'),
    sessions: z
      .array(
        z.object({
          target: z.string(),
          session: z.string(),
          nextAnswer: z.int(),
          seenAt: Instant.nullable().describe('When it last said how it is doing.'),
          problem: ProblemView.nullable(),
        }),
      )
      .describe('Those with a problem, and that of what leaves at once.'),
  })
  .meta({ id: 'DeliveryList' });
export type DeliveryList = z.infer<typeof DeliveryList>;

export const MessageParams = z.object({ message: Printable });

export const OutboundMessageView = z
  .object({
    id: z.string(),
    part: z.union([z.literal(43), z.literal(45)]),
    kind: z.enum(['transaction', 'valuation', 'collateral']),
    assetClass: z.string().nullable(),
    subject: z.object({ kind: z.enum(['swap', 'portfolio']), key: z.string() }),
    action: z.string(),
    event: z.string().describe('Place of the event in its file or feed.'),
    attempt: z.int(),
    state: z.enum(MESSAGE_STATES),
    heldBy: z.string().nullable().describe('The refused message that it waits for.'),
    resubmits: z.string().nullable(),
    resubmittedBy: z.string().nullable(),
    corrects: z.string().nullable(),
    reason: z.string().nullable().describe('Of part 43: why it is made public.'),
    businessDate: z.string().nullable(),
    delivery: z.string().nullable(),
    dueAt: Instant.nullable(),
    acceptedAt: Instant.describe('When its event was taken in.'),
    sentAt: Instant.nullable().describe('When it was on the socket first.'),
    receivedAt: Instant.nullable(),
    answeredAt: Instant.nullable(),
    givenUpAt: Instant.nullable().describe(
      'When somebody said that no answer will come: until one does, it counts as refused.',
    ),
    issues: z.array(IssueView).describe('Why it was refused.'),
    elements: z
      .record(z.string(), z.union([z.string(), z.array(z.string())]))
      .describe('What it says, by element key.'),
    answers: z.array(
      z.object({
        target: z.string(),
        session: z.string(),
        sequence: z.int(),
        receivedAt: Instant,
        kind: z.enum(ANSWER_KINDS),
        verdict: z.enum(ANSWER_VERDICTS).nullable(),
        effect: z.enum(ANSWER_EFFECTS),
      }),
    ),
  })
  .meta({ id: 'OutboundMessage' });
export type OutboundMessageView = z.infer<typeof OutboundMessageView>;
