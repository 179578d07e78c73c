/** The duties of a previewed record, in words. */
import { describeGap, PREVIEW_TEXTS } from '../contracts/texts/describe-part43.ts';
import type { Language } from '../contracts/texts/shape.ts';
import { formatInstant } from '../domain/cftc/calendars/zone.ts';
import type { OwnEntity } from '../domain/cftc/entities.ts';
import type { Duties, Duty } from '../domain/swaps/duties.ts';
import type { RecordPreview } from '../domain/swaps/preview-record.ts';
import { formatTime } from './reader.ts';
import { cite, type PreviewLine } from './preview-line.ts';

/** Who reports, and what is owed by when. */
export function dutyLines({ duties, reportedAt }: RecordPreview, language: Language): PreviewLine[] {
  const { labels, nothingOwed, byFacility, premises } = PREVIEW_TEXTS[language];
  const { entity, owed, missing } = duties;
  const lines: PreviewLine[] = [{ label: labels.reporter, text: sayReporter(duties, language) }];
  if (entity === null) return lines;
  for (const duty of owed)
    lines.push({
      label: labels.owed,
      text: sayDuty(duty, { ...duties, entity }, reportedAt, language),
      note: cite(duty.obligation, language),
      isBad: duty.timeliness?.late === true,
    });
  if (owed.length === 0)
    lines.push({ label: labels.owed, text: duties.byFacility ? byFacility : nothingOwed });
  // What a correction counts from is said where its due time would stand.
  for (const premise of missing)
    if (premise !== 'discovery') lines.push({ label: '', text: premises[premise] });
  return lines;
}

/** The rule is told where it does not simply agree with the record. */
function sayReporter({ named, entity, rule }: Duties, language: Language): string {
  const texts = PREVIEW_TEXTS[language];
  const text = texts.named[named](entity === null ? '' : `${entity.lei} (${entity.role})`);
  const agrees = named === 'none' || (named === 'other' ? rule?.answer === 'not-we' : rule?.answer === 'we');
  return rule === null || agrees ? text : `${text}; ${texts.rule[rule.answer](texts.reasons[rule.reason])}`;
}

function sayDuty(
  { obligation, timeliness }: Duty,
  { entity, missing }: Pick<Duties, 'missing'> & { readonly entity: OwnEntity },
  reportedAt: number | null,
  language: Language,
): string {
  const texts = PREVIEW_TEXTS[language];
  const what = texts.obligations[obligation.kind];
  if (obligation.gap !== null) {
    const isUndiscovered = obligation.gap === 'start-unknown' && missing.includes('discovery');
    return texts.noDue(
      what,
      isUndiscovered ? texts.premises.discovery : describeGap(obligation.gap, language),
    );
  }
  const utc = formatInstant(obligation.dueAt);
  const due = texts.due(what, formatTime(utc, entity.zone), utc);
  if (timeliness === null || timeliness.late === null || reportedAt === null)
    return `${due}; ${texts.notReported}`;
  const reported = formatInstant(reportedAt);
  const judged = timeliness.late
    ? texts.late(reported, sayLateness(timeliness.lateSeconds, language))
    : texts.inTime(reported);
  return `${due}; ${judged}`;
}

function sayLateness(seconds: number, language: Language): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  return PREVIEW_TEXTS[language].lateness(Math.floor(hours / 24), hours % 24, minutes % 60, seconds % 60);
}
