/** Errors on the wire, RFC 9457. */
import { z } from 'zod';

export const Problem = z
  .object({
    type: z.string().describe('urn:tain:error:<code>'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What happened, and to which thing.'),
    code: z.string().describe('Stable code of the error table.'),
    help: z.string().describe('What to do next.'),
    requestId: z.string(),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('One entry per field of the request that is wrong.'),
  })
  .meta({ id: 'Problem' });

export type Problem = z.infer<typeof Problem>;
