/** Proofs of feeds on the wire. */
import { z } from 'zod';
import { Outcomes } from './files.schema.ts';
import { FEED_DIFFERENCE_KINDS } from './feed-verification.ts';

const MessageRange = z.object({ from: z.int(), to: z.int().describe('The number behind the last.') });

export const FeedProofView = z
  .object({
    feed: z.string(),
    differing: z.int().describe('Number of differences in all sessions.'),
    sessions: z.array(
      z.object({
        session: z.string().describe('With #2 and so on behind it when it began anew under its name.'),
        checkpoint: z
          .int()
          .nullable()
          .describe('The next number that is not journalled; null for a session that is not read any more.'),
        counts: z.object({ journalled: z.int(), accepted: z.int(), rejected: z.int() }),
        ledger: Outcomes,
        gaps: z.object({
          filled: z.int(),
          open: z.int(),
          openMessages: z.int().describe('Sequence numbers that are known to be missing.'),
          ranges: z.array(MessageRange).readonly().describe('The first of the open gaps.'),
        }),
        altered: z.int().describe('Messages that came again with other content; what came first stands.'),
        unprovable: z
          .array(z.object({ ruleSetVersion: z.string(), messages: z.int() }))
          .readonly()
          .describe('Messages judged by rules of other versions, which are neither proven nor refuted.'),
        differing: z.int(),
        differences: z.array(
          z.object({
            kind: z.enum(FEED_DIFFERENCE_KINDS),
            session: z.string(),
            messages: MessageRange.nullable(),
            expected: z.string().nullable(),
            actual: z.string().nullable(),
            message: z.string().describe('The difference in words.'),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'FeedProof' });
