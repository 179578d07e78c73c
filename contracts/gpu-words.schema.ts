/** What people write into requests about GPUs and jobs: names and reasons, on one line, as Postgres can keep them. */
import { z } from 'zod';

/** No control characters, and no half of a surrogate pair. */
const isLine = (text: string): boolean => !/[\p{Cc}\p{Cs}]/u.test(text);

const LINE = 'contains control characters, or half of a character';

/** The subject of a token, whose jobs and devices something is. */
export const Person = z.string().trim().min(1).max(200).refine(isLine, LINE);

/** Words of a person, shown on one line and kept in the audit log. */
export const Reason = z
  .string()
  .trim()
  .min(3, 'is missing: say why, in three characters or more')
  .max(500)
  .refine(isLine, LINE);
