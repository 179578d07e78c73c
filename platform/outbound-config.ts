/**
 * The outbound file (TAIN_OUTBOUND_FILE): where messages go, and how. A part goes to one target: a swap is reported to one
 * repository. Source: 17 CFR 45.10.
 */
import { z } from 'zod';
import { TainError } from '../contracts/errors.ts';
import { SESSION_FIELDS } from './feeds/feed-config.ts';
import { readSettings } from './settings-file.ts';

export const OUTBOUND_ERRORS = { invalid: 'outbound.invalid', unreadable: 'outbound.unreadable' } as const;

/** Repositories answer within minutes; one that is asked at the end of a day may take longer. */
const ANSWER_MS = 15 * 60_000;

const common = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'is no target name: a-z, 0-9 and "-", at most 40'),
  /** How long it may say nothing while answers are awaited, in milliseconds. */
  answerMs: z.int().min(1).max(86_400_000).default(ANSWER_MS),
};

const SessionTarget = z.strictObject({
  ...common,
  kind: z.literal('tcp-session'),
  parts: z.array(z.union([z.literal(43), z.literal(45)])).min(1),
  ...SESSION_FIELDS,
});

const DirectoryTarget = z.strictObject({
  ...common,
  kind: z.literal('directory'),
  /** What leaves at once is no file. */
  parts: z.tuple([z.literal(45)], 'a directory takes part 45 alone: [45]'),
  path: z.string().regex(/^\//, 'is no absolute path'),
});

const OutboundFile = z
  .strictObject({ targets: z.array(z.discriminatedUnion('kind', [SessionTarget, DirectoryTarget])) })
  .refine(({ targets }) => new Set(targets.map(({ name }) => name)).size === targets.length, {
    message: 'two targets have the same name',
    path: ['targets'],
  })
  .refine(({ targets }) => isDistinct(targets.flatMap(({ parts }) => [...new Set<number>(parts)])), {
    message: 'two targets take the same part',
    path: ['targets'],
  });

const isDistinct = (values: readonly number[]): boolean => new Set(values).size === values.length;

export type SessionTargetSettings = z.output<typeof SessionTarget>;
export type DirectoryTargetSettings = z.output<typeof DirectoryTarget>;
export type TargetSettings = SessionTargetSettings | DirectoryTargetSettings;

/**
 * The targets of a file.
 * @param file undefined: there are none
 * @throws TainError outbound.invalid, naming the file, the place in it and what is wrong; outbound.unreadable
 */
export async function loadTargets(file: string | undefined): Promise<readonly TargetSettings[]> {
  return file === undefined ? [] : (await readSettings(file, OutboundFile, OUTBOUND_ERRORS)).targets;
}

/**
 * The settings of one target.
 * @throws TainError outbound.target-unknown, outbound.invalid, outbound.unreadable
 */
export async function loadTarget(file: string | undefined, target: string): Promise<TargetSettings> {
  const found = (await loadTargets(file)).find(({ name }) => name === target);
  if (!found) throw new TainError('outbound.target-unknown', { target, file: file ?? 'TAIN_OUTBOUND_FILE' });
  return found;
}

/** The target that takes a part; null when none does. */
export const targetOf = (targets: readonly TargetSettings[], part: 43 | 45): TargetSettings | null =>
  targets.find(({ parts }) => (parts as readonly number[]).includes(part)) ?? null;
