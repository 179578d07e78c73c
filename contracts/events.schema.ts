/** The stream of changes on the wire: server-sent events. */
import { z } from 'zod';
import { AUDIT_ACTIONS, isAuditAction } from './audit.ts';
import { SearchText } from './files.schema.ts';

const Position = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const EventQuery = z.strictObject({
  after: Position.optional().describe(
    'Number of the last entry that is known; 0: from the beginning; absent: what comes from now on. ' +
      'The header Last-Event-ID, which a client sends when it comes back, goes before it.',
  ),
  actions: z
    .string()
    .transform((list) => list.split(','))
    .pipe(
      z.array(
        z.custom<(typeof AUDIT_ACTIONS)[number]>(isAuditAction, `is none of ${AUDIT_ACTIONS.join(', ')}`),
      ),
    )
    .optional()
    .describe('Only these, joined by commas.'),
  subject: SearchText.optional().describe('Only what was done to this one, like a file id.'),
});

/** The other headers stay as they are. */
export const EventHeaders = z.looseObject({
  'last-event-id': z
    .string()
    .regex(/^\d{0,15}$/, 'is no number of an entry')
    .optional()
    .describe('Number of the last entry that came; the stream goes on behind it.'),
});

/** What stands behind `data:`, as JSON. */
export const EventData = z
  .object({
    seq: z.int().describe('Number in the audit log, the `id` of the event.'),
    at: z.string().describe('ISO 8601, UTC.'),
    action: z.string().describe('The `event` of the event.'),
    subject: z.string(),
    after: z.unknown(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Event' });

export type EventData = z.infer<typeof EventData>;

/** The body of the stream. */
export const EventStream = {
  description: 'Server-sent events, one per entry of the audit log; each `data` is an Event.',
  content: { 'text/event-stream': { schema: z.string() } },
};
