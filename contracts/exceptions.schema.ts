/** What needs a person, on the wire. */
import { z } from 'zod';
import { EXCEPTION_KINDS } from './exceptions.ts';
import { ROLES } from './policy.ts';

const Instant = z.string().describe('ISO 8601, UTC.');

/** Words of a person, shown on one line and kept in the audit log. */
const Words = z
  .string()
  .trim()
  .min(3, 'is missing: say it in three characters or more')
  .max(500)
  .refine((text) => !/[\u0000-\u001f\u007f-\u009f]/.test(text), 'contains control characters');

const Key = z
  .string()
  .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,398}[\x21-\x7e])?$/, 'is no key of an exception')
  .describe('Names the cause; percent-encoded in addresses.');

export const ExceptionView = z
  .object({
    key: Key,
    kind: z.enum(EXCEPTION_KINDS),
    count: z.int().describe('How much there is of it.'),
    title: z.string().describe('What is the matter, and with which thing.'),
    remedy: z.string().describe('How it is settled.'),
    params: z.record(z.string(), z.union([z.string(), z.number()])),
    owner: z.object({
      role: z.enum(ROLES).describe('Whose it is.'),
      actor: z.string().nullable().describe('Who took it; null: nobody yet.'),
      since: Instant.nullable(),
    }),
    since: Instant.nullable().describe('Since when it is there; null: nothing says.'),
    ageSeconds: z.int().nullable(),
    deadline: Instant.nullable(),
    isOverdue: z.boolean(),
    note: z.object({ text: z.string(), by: z.string(), at: Instant }).nullable(),
    canBeResolved: z.boolean().describe('By a word; what cannot is gone when its cause is.'),
    links: z.array(z.string()).describe('Paths of the API that show it.'),
  })
  .meta({ id: 'Exception' });

export type ExceptionView = z.infer<typeof ExceptionView>;

export const ExceptionQuery = z.strictObject({
  kind: z.enum(EXCEPTION_KINDS).optional(),
  mine: z.stringbool().optional().describe('true: only those that the caller has taken.'),
});

export const ExceptionList = z
  .object({
    exceptions: z
      .array(ExceptionView)
      .describe('One per cause: by deadline, the earliest first; what has none behind, by kind.'),
    more: z
      .array(z.object({ kind: z.enum(EXCEPTION_KINDS), count: z.int() }))
      .describe('Kinds of which there are more than are listed, and how many more.'),
    resolved: z.int().describe('Causes that are left out because somebody has resolved them.'),
  })
  .meta({ id: 'Exceptions' });

export type ExceptionList = z.infer<typeof ExceptionList>;

export const ExceptionParams = z.object({ key: Key });

export const ExceptionItems = z
  .object({
    key: Key,
    items: z
      .array(
        z.object({
          name: z.string().describe('A rule, a message, a file, a swap or a portfolio.'),
          about: z.string().describe('Where it is, or what it is about.'),
          count: z.int(),
          since: Instant.nullable(),
          deadline: Instant.nullable(),
          link: z.string().nullable(),
        }),
      )
      .describe('What the cause is made of; empty where it is one thing.'),
    hasMore: z.boolean().describe('There are more than are listed.'),
  })
  .meta({ id: 'ExceptionItems' });

export type ExceptionItems = z.infer<typeof ExceptionItems>;

export const TakeBody = z.strictObject({
  reason: Words.optional().describe('Kept in the audit log.'),
  force: z.boolean().default(false).describe('Also when somebody else has it.'),
});

export const NoteBody = z.strictObject({
  note: Words.describe('Shown beside it; replaces the note before.'),
});

export const ResolveBody = z.strictObject({ reason: Words.describe('Why; kept in the audit log.') });

export const ExceptionState = z
  .object({
    key: Key,
    exception: ExceptionView.nullable().describe('Null when it is gone, or resolved.'),
  })
  .meta({ id: 'ExceptionState' });

export type ExceptionState = z.infer<typeof ExceptionState>;
