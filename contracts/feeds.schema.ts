/** Feeds and their messages on the wire. */
import { z } from 'zod';
import { FEED_STATES } from './feeds.ts';
import { IssueView } from './files.schema.ts';

export const FeedName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'is no name of a feed, like desk-1')
  .describe('Name of the feed, as configured.');

/** ISO 8601 in UTC. */
const Instant = z.string().describe('ISO 8601, UTC.');

const ProblemView = z.object({ code: z.string(), detail: z.string(), help: z.string() });

/** `unattended`: nobody has said for a while how it is doing; `removed`: it is not in the configuration any more. */
export const FeedShownState = z.enum([...FEED_STATES, 'unattended', 'removed']);
export type FeedShownState = z.infer<typeof FeedShownState>;

/** What is wanted of a feed, and by whom. */
export const FeedWantedView = z
  .object({
    state: z.enum(['running', 'paused', 'removed']),
    reason: z.string().nullable(),
    by: z.string(),
    since: Instant,
  })
  .meta({ id: 'FeedWanted' });
export type FeedWantedView = z.infer<typeof FeedWantedView>;

const feedFields = {
  name: FeedName,
  state: FeedShownState.describe(
    '`waiting` tries again by itself, `stopped` needs somebody’s decision, `ended` awaits the next session, ' +
      '`unattended` is read by nobody, `removed` is not in the configuration any more.',
  ),
  wanted: FeedWantedView,
  session: z
    .string()
    .nullable()
    .describe('The session that is read, as it is journalled; null before the first.'),
  sessionEnded: z.boolean().describe('Its sender has said that nothing follows in it.'),
  next: z.int().describe('Sequence number of the next message that is not journalled.'),
  nextAnswer: z.int().describe('The next one whose sender has not been told what became of it.'),
  journalled: z.int().describe('Messages of the session that are journalled.'),
  lag: z
    .object({
      messages: z.int().describe('Received and not committed.'),
      ms: z.number().describe('How long the oldest of them has waited.'),
    })
    .nullable()
    .describe('Null when nobody reads it: nobody knows what its sender has.'),
  latency: z.object({
    p50Ms: z.number().nullable(),
    p99Ms: z.number().nullable().describe('From receipt to commit, over the last minute with messages.'),
  }),
  rate: z.number().describe('Messages a second over the last seconds.'),
  gaps: z.object({
    open: z.int(),
    missing: z.int().describe('Sequence numbers in them, that did not come.'),
  }),
  problem: ProblemView.nullable().describe('What is the matter, and what to do.'),
  seenAt: Instant.nullable().describe('When its reader last said how it is doing.'),
  seenAgoMs: z.int().nullable(),
  workflowId: z.string(),
};

export const FeedView = z.object(feedFields).meta({ id: 'Feed' });
export type FeedView = z.infer<typeof FeedView>;

export const FeedList = z.object({ feeds: z.array(FeedView) }).meta({ id: 'FeedList' });
export type FeedList = z.infer<typeof FeedList>;

const GapView = z.object({
  session: z.string(),
  from: z.int(),
  to: z.int().describe('The last one that is missing.'),
  foundAt: Instant,
  filledAt: Instant.nullable(),
  problem: ProblemView.nullable().describe('Why it cannot be filled for now.'),
});

const LatencyView = z.object({
  boundsMs: z.array(z.number()).describe('Upper bounds of the counts, included; the last count has none.'),
  minutes: z.array(
    z.object({
      minute: Instant,
      messages: z.int(),
      counts: z.array(z.int()).describe('One per bound and one more, not cumulative.'),
      p50Ms: z.number(),
      p99Ms: z.number(),
      maxMs: z.number(),
    }),
  ),
});

export const FeedDetail = z
  .object({
    ...feedFields,
    settings: z.unknown().describe('As configured, without secrets.'),
    recent: z.object({
      messages: z
        .int()
        .describe('The newest of the session, at most 10,000: messages = accepted + rejected.'),
      accepted: z.int(),
      rejected: z.int(),
    }),
    altered: z
      .int()
      .describe('Messages that came again under their numbers with other content; what came first stands.'),
    gapList: z.array(GapView).describe('Open gaps first; at most 100.'),
    latencyByMinute: LatencyView.describe('Of the last hour.'),
  })
  .meta({ id: 'FeedDetail' });
export type FeedDetail = z.infer<typeof FeedDetail>;

export const FeedParams = z.object({ feed: FeedName });
export type FeedParams = z.infer<typeof FeedParams>;

export const MessageQuery = z.strictObject({
  session: z
    .string()
    .min(1)
    .max(40)
    .refine((text) => !text.includes('\0'), 'contains a NUL character')
    .optional()
    .describe('As it is journalled; absent: the one that is read.'),
  verdict: z.enum(['accepted', 'rejected']).optional(),
  after: z.coerce.number().int().min(0).default(0).describe('`next` of the page before.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const MessageView = z
  .object({
    session: z.string(),
    sequence: z.int(),
    receivedAt: Instant,
    committedAt: Instant,
    verdict: z.enum(['accepted', 'rejected']),
    key: z.string().nullable().describe('UTI, USI or dissemination identifier.'),
    issues: z.array(IssueView),
    ruleSetVersion: z.string(),
    registerVersion: z.string(),
    raw: z.string().describe('The message as it was received, in the form that `encoding` names.'),
    encoding: z.enum(['utf8', 'base64']),
  })
  .meta({ id: 'Message' });
export type MessageView = z.infer<typeof MessageView>;

export const MessagePage = z
  .object({
    messages: z.array(MessageView),
    next: z
      .int()
      .nullable()
      .describe(
        'To go on behind; null when there is nothing more. A page with a verdict can be short and have one.',
      ),
  })
  .meta({ id: 'MessagePage' });
export type MessagePage = z.infer<typeof MessagePage>;

const Reason = z
  .string()
  .trim()
  .min(1, 'is empty: say why, for those who read the audit log')
  .max(500)
  .refine((text) => !/[\u0000-\u001f\u007f-\u009f]/.test(text), 'contains control characters')
  .describe('Why; it is kept in the audit log.');

export const FeedChangeBody = z.strictObject({ reason: Reason });

export const FeedResumeBody = z.strictObject({
  reason: Reason,
  newSession: z
    .boolean()
    .default(false)
    .describe(
      'Take what the sender has now for a session of its own, after feed.session-changed or feed.session-restarted. ' +
        'What was journalled stays.',
    ),
});
