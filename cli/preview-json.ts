/** A previewed record for machines: codes beside sentences, instants as timestamps of the specification. */
import { describePublication } from '../contracts/texts/describe-part43.ts';
import type { Language } from '../contracts/texts/shape.ts';
import { formatInstant } from '../domain/cftc/calendars/zone.ts';
import type { RecordPreview } from '../domain/swaps/preview-record.ts';

/** Names under which instants stand; `from` of a duty is a date, and a text already. */
const INSTANTS = new Set(['at', 'from', 'latest', 'dueAt', 'reportedAt']);

/** The preview of a record as JSON text, behind what tells which record it is. */
export function stringifyPreview(place: object, preview: RecordPreview, language: Language): string {
  const { event, part43, reportedAt, duties } = preview;
  const { publication, ...rest } = part43;
  const message = describePublication(publication.reason, language);
  const told = {
    ...place,
    actionType: event.action,
    eventType: event.event,
    publication: { ...publication, message },
    ...rest,
    reportedAt,
    duties: {
      ...duties,
      owed: duties.owed.map(({ obligation, timeliness }) => ({
        ...obligation,
        zone: duties.entity?.zone ?? null,
        late: timeliness?.late ?? null,
        lateSeconds: timeliness?.late == null ? null : timeliness.lateSeconds,
      })),
    },
  };
  return JSON.stringify(told, (name, value: unknown) =>
    typeof value === 'number' && INSTANTS.has(name) ? formatInstant(value) : value,
  );
}
