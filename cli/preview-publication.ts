/** What the public will see of a previewed record, in words. */
import { describeGap, describePublication, PREVIEW_TEXTS } from '../contracts/texts/describe-part43.ts';
import type { Language } from '../contracts/texts/shape.ts';
import { formatInstant } from '../domain/cftc/calendars/zone.ts';
import { compareDecimals } from '../domain/cftc/decimal.ts';
import type { PublishedAmount, ReportedAmount } from '../domain/cftc/part43/amounts.ts';
import type { Dissemination } from '../domain/cftc/part43/delays.ts';
import { nameSlot } from '../domain/swaps/part43-event.ts';
import type { RecordPreview } from '../domain/swaps/preview-record.ts';
import { cite, type PreviewLine } from './preview-line.ts';
import { formatCount, plain } from './print.ts';

/** Of a schedule; the rest of a long one is counted. */
const SHOWN_AMOUNTS = 8;

/** Published or not and why, when, which amounts, block or not. */
export function publicationLines(preview: RecordPreview, language: Language): PreviewLine[] {
  const { labels, assumed, noExecution } = PREVIEW_TEXTS[language];
  const { publication, dissemination } = preview.part43;
  const lines: PreviewLine[] = [
    { label: '', text: describePublication(publication.reason, language), note: cite(publication, language) },
  ];
  const taken = publication.assumed.map((one) => assumed[one]);
  if (taken.length > 0) lines.push({ label: labels.assumed, text: taken.join('; ') });
  if (publication.outcome === 'not-public') return lines;
  if (dissemination === null) return [...lines, { label: labels.when, text: noExecution }];
  return [
    ...lines,
    timeLine(dissemination, language),
    ...amountLines(preview, language),
    blockLine(preview, language),
    ...electionLines(preview, language),
  ];
}

function timeLine(dissemination: Dissemination, language: Language): PreviewLine {
  const texts = PREVIEW_TEXTS[language];
  const label = texts.labels.when;
  switch (dissemination.kind) {
    case 'at-once':
      return {
        label,
        text: texts.atOnce(formatInstant(dissemination.from)),
        note: cite(dissemination, language),
      };
    case 'delayed': {
      const text = texts.delayed(formatInstant(dissemination.at), dissemination.table);
      return { label, text, note: cite(dissemination, language) };
    }
    case 'post-priced': {
      const { from, latest } = dissemination;
      const text = texts.postPriced(formatInstant(from), formatInstant(latest));
      return { label, text, note: cite(dissemination, language) };
    }
    case 'undetermined': {
      const gaps = dissemination.missing.map((gap) => describeGap(gap, language));
      const candidates = dissemination.candidates.map(({ table, at }) =>
        texts.oneOf(table, at === null ? texts.noTime : formatInstant(at)),
      );
      return { label, text: [texts.timeUnknown, ...gaps, candidates.join(', ')].filter(Boolean).join(' ') };
    }
  }
}

function amountLines({ event, part43 }: RecordPreview, language: Language): PreviewLine[] {
  const { labels, more } = PREVIEW_TEXTS[language];
  const { amounts } = part43;
  if (amounts === null) return [];
  const shown = amounts.known ? amounts.amounts : amounts.ifUncapped;
  const reported = [...event.legs, ...event.related];
  const lines = shown.slice(0, SHOWN_AMOUNTS).map((one, at): PreviewLine => ({
    label: amounts.known ? labels.amounts : labels.ifUncapped,
    text: sayAmount(one, reported[at]!, amounts.known ? amounts.capUsd : null, language),
    note: cite(one, language),
  }));
  const left = shown.length - lines.length;
  if (left > 0) lines.push({ label: '', text: more(formatCount(left)) });
  if (amounts.known) return lines;
  return [{ label: labels.amounts, text: describeGap(amounts.gap, language) }, ...lines];
}

/** A capped amount as files write it: with a plus. */
function sayAmount(
  { field, value, capped }: PublishedAmount,
  reported: ReportedAmount,
  capUsd: string | null,
  language: Language,
): string {
  const texts = PREVIEW_TEXTS[language];
  const unit = reported.currency === null ? '' : ` ${plain(reported.currency)}`;
  const how = capped
    ? texts.capped(groupDigits(capUsd ?? ''))
    : compareDecimals(reported.value, value) === 0
      ? texts.asReported
      : texts.rounded;
  const published = groupDigits(value) + (capped ? '+' : '');
  return `${nameSlot(field)}: ${groupDigits(reported.value)} → ${published}${unit} (${how})`;
}

function blockLine({ part43: { block, amounts } }: RecordPreview, language: Language): PreviewLine {
  const { labels, block: words } = PREVIEW_TEXTS[language];
  const label = labels.block;
  if (block === null || block.block === null) {
    const gap = block?.gap ?? 'notional-unknown';
    // Caps and blocks lack the same thing more often than not; once is enough.
    const isSaid = amounts?.known === false && amounts.gap === gap;
    return { label, text: isSaid ? words.unknown : `${words.unknown}. ${describeGap(gap, language)}` };
  }
  const { usd } = block.row;
  const size = usd === null ? '' : ` (${groupDigits(usd)} USD)`;
  return { label, text: (block.block ? words.yes : words.no) + size, note: cite(block, language) };
}

const electionLines = ({ part43 }: RecordPreview, language: Language): PreviewLine[] =>
  part43.electionBelowSize
    ? [{ label: '', text: PREVIEW_TEXTS[language].electionBelowSize, isBad: true }]
    : [];

/** 1234567.5 as "1,234,567.5"; the decimal is any length, so that no number holds it. */
const groupDigits = (decimal: string): string => {
  const [integer = '', fraction] = decimal.split('.');
  return integer.replaceAll(/\B(?=(?:\d{3})+$)/g, ',') + (fraction === undefined ? '' : `.${fraction}`);
};
