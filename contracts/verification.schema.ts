/** Proofs on the wire. */
import { z } from 'zod';
import { formatFolderDate, parseFolderDate } from './folders.ts';
import { FeedProofView } from './feed-verification.schema.ts';
import { Outcomes } from './files.schema.ts';
import { DIFFERENCE_KINDS } from './verification.ts';

export const DayParams = z.object({
  date: z.iso
    .date()
    .refine((date) => parseFolderDate(formatFolderDate(date)) !== null, 'is no folder date')
    .describe('Folder date, YYYY-MM-DD.'),
});

const DifferenceView = z
  .object({
    kind: z.enum(DIFFERENCE_KINDS),
    record: z.int().nullable().describe('Number in the file; null when the whole file is meant.'),
    line: z.int().nullable(),
    bytes: z.object({ from: z.int(), to: z.int().describe('The byte behind the last.') }).nullable(),
    expected: z.string().nullable(),
    actual: z.string().nullable(),
    message: z.string().describe('The difference in words.'),
  })
  .meta({ id: 'Difference' });

const differences = {
  differing: z.int().describe('Number of differences; the first of them are listed.'),
  differences: z.array(DifferenceView),
};

export const VerificationView = z
  .object({
    holds: z.boolean().describe('Is there no difference anywhere?'),
    files: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        folderDate: z.string(),
        state: z.string().describe('Only published files are proven.'),
        sizeBytes: z.int(),
        sha256: z.string(),
        ruleSetVersion: z.string().nullable(),
        provenFrom: z
          .enum(['file', 'slices'])
          .nullable()
          .describe(
            'From the file itself, or from the stored slices when it has left its folder or was changed.',
          ),
        counts: z.object({ read: z.int(), accepted: z.int(), rejected: z.int() }),
        unhashedBytes: z
          .int()
          .describe(
            'Bytes of records too long to be kept, which could not be hashed again without the file.',
          ),
        ledger: Outcomes.nullable().describe(
          'What became of the accepted records; null when they are not all in the ledger.',
        ),
        ...differences,
      }),
    ),
    feeds: z.array(FeedProofView),
    strays: z
      .object(differences)
      .describe('Stored records without a file, and published files that are gone.'),
    ledger: z
      .object({
        subjects: z.int(),
        events: z.int().describe('From any source: a swap is folded with all that it has.'),
        ...differences,
      })
      .describe('The swaps and portfolios of these files and feeds, folded again from their events.'),
    audit: z.object({
      rows: z.int(),
      head: z
        .object({ seq: z.int(), hash: z.string() })
        .describe('Note it: rows that are cut off behind an earlier head show only by comparing.'),
      broken: z.int(),
      breaks: z.array(
        z.object({
          kind: z.enum(['removed', 'altered', 'unlinked']),
          seq: z.int(),
          until: z.int(),
          message: z.string(),
        }),
      ),
    }),
  })
  .meta({ id: 'Verification' });

export type VerificationView = z.infer<typeof VerificationView>;
