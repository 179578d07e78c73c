/** What became of the accepted records of a previewed file, in numbers. */
import type { RecordPreview } from '../domain/swaps/preview-record.ts';

export type PreviewCounts = {
  readonly publications: Record<RecordPreview['part43']['publication']['outcome'], number>;
  readonly duties: Record<'inTime' | 'late' | 'unknown', number>;
  readonly add: (preview: RecordPreview) => void;
};

export function countPreviews(): PreviewCounts {
  const publications = { public: 0, 'not-public': 0, undetermined: 0 };
  const duties = { inTime: 0, late: 0, unknown: 0 };
  return {
    publications,
    duties,
    add({ part43, duties: { owed } }) {
      publications[part43.publication.outcome] += 1;
      for (const { timeliness } of owed) {
        const late = timeliness?.late ?? null;
        duties[late === null ? 'unknown' : late ? 'late' : 'inTime'] += 1;
      }
    },
  };
}
