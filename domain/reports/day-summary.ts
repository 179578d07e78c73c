/**
 * The summary of a day for an operations manager: one page, with nothing loaded from elsewhere. What needs a person comes
 * first, then how the day adds up, then the pictures.
 */
import type { SummaryTexts } from '../../contracts/texts/summary-en.ts';
import { formatInstant } from '../cftc/calendars/zone.ts';
import { isComplete, needsOf, sumsOf, type Addend, type DayFacts, type DayNeed } from './day-facts.ts';
import { SUMMARY_STYLE } from './day-summary-style.ts';
import { escapeHtml, groupDigits, renderBars, type Bar } from './html.ts';

/** Rules that are shown; the others are counted together. */
const SHOWN_RULES = 12;

export type SummaryWords = {
  readonly texts: SummaryTexts;
  /** What keeps the day from going on, and what to do, in words; null where nothing does. */
  readonly problem: { readonly what: string; readonly next: string } | null;
};

/** @returns a whole HTML document */
export function renderDaySummary(facts: DayFacts, words: SummaryWords): string {
  const { texts } = words;
  const title = escapeHtml(texts.title(facts.date));
  const body = [
    renderHead(facts, texts),
    renderNeeds(facts, words),
    renderSums(facts, texts),
    '<div class="pair">',
    section(texts.byClass, renderClasses(facts, texts)),
    section(texts.timeliness, renderTimeliness(facts, texts)),
    '</div>',
    section(texts.byRule, renderRules(facts, texts)),
    '<div class="pair">',
    section(texts.inputs, renderInputs(facts, texts)),
    section(texts.files, renderFiles(facts, texts)),
    '</div>',
  ].join('\n');
  return (
    `<!doctype html>\n<html lang="${texts.lang}"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">` +
    `<title>${title}</title><style>${SUMMARY_STYLE}</style></head>\n<body><main>\n${body}\n</main></body></html>\n`
  );
}

const section = (title: string, content: string): string =>
  `<section><h2>${escapeHtml(title)}</h2>${content}</section>`;

function renderHead(facts: DayFacts, texts: SummaryTexts): string {
  const state = facts.state ?? 'unopened';
  const tone = state === 'closed' || state === 'nil' ? 'good' : state === 'incomplete' ? 'bad' : 'wait';
  const notes = [
    texts.version(facts.version),
    ...(facts.cutAt === null ? [] : [texts.cutAt(facts.cutAt)]),
    texts.madeAt(formatInstant(facts.now)),
  ];
  return (
    `<header><h1>${escapeHtml(texts.title(facts.date))} <span class="badge ${tone}">` +
    `${escapeHtml(texts.states[state])}</span></h1><p class="note">${escapeHtml(notes.join(' · '))}</p></header>`
  );
}

function renderNeeds(facts: DayFacts, words: SummaryWords): string {
  const { texts } = words;
  const needs = needsOf(facts);
  if (needs.length === 0) {
    const text = isComplete(facts) ? texts.complete : texts.nothingToDo;
    return `<p class="calm">${isComplete(facts) ? '✓ ' : ''}${escapeHtml(text)}</p>`;
  }
  const rows = needs.map((need) => `<tr>${renderNeed(need, facts, words).join('')}</tr>`);
  const head = [texts.columns.due, texts.columns.what, texts.columns.next];
  return (
    `<section class="needs"><h2>${escapeHtml(texts.needsPerson(groupDigits(needs.length)))}</h2>` +
    `<div class="wide"><table><thead><tr>${head.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('')}</tr></thead>` +
    `<tbody>${rows.join('')}</tbody></table></div></section>`
  );
}

function renderNeed(
  { kind, count, name, dueAt }: DayNeed,
  facts: DayFacts,
  { texts, problem }: SummaryWords,
): string[] {
  const shown = kind === 'problem' ? (problem?.what ?? '') : kind === 'sum' ? nameOf(name, texts) : name;
  const next = kind === 'problem' ? (problem?.next ?? '') : texts.next[kind](facts.date, name);
  const late = dueAt !== null && dueAt < facts.now;
  const due = dueAt === null ? '' : formatInstant(dueAt);
  const clock =
    dueAt === null ? '' : texts[late ? 'overdueBy' : 'dueIn'](...timeLeft(Math.abs(dueAt - facts.now)));
  return [
    `<td class="due">${dueAt === null ? '' : `${escapeHtml(due)}<br><b class="${late ? 'bad' : 'wait'}">${escapeHtml(clock)}</b>`}</td>`,
    `<td>${escapeHtml(texts.needs[kind](groupDigits(count), shown))}</td>`,
    `<td>${escapeHtml(next)}</td>`,
  ];
}

/** Days, hours and minutes of some milliseconds. */
function timeLeft(ms: number): [days: number, hours: number, minutes: number] {
  const minutes = Math.floor(ms / 60_000);
  return [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
}

const nameOf = (sum: string, { sumNotes }: SummaryTexts): string => sumNotes[sum as keyof typeof sumNotes];

function renderSums(facts: DayFacts, texts: SummaryTexts): string {
  const side = (addends: readonly Addend[]): string =>
    addends.map((one) => renderAddend(one, texts)).join(' <span class="sign">+</span> ') || '<b>0</b>';
  const rows = sumsOf(facts).map(
    ({ name, left, right, holds }) =>
      `<li><p class="note">${escapeHtml(texts.sumNotes[name])}</p><p class="sum">` +
      `${side(left)} <span class="sign">${holds ? '=' : '≠'}</span> ${side(right)} ` +
      `<span class="verdict ${holds ? 'good' : 'bad'}">${holds ? '✓' : '✗'} ${escapeHtml(holds ? texts.holds : texts.broken)}</span></p></li>`,
  );
  return section(texts.sums, `<ul class="sums">${rows.join('')}</ul>`);
}

function renderAddend({ term, count }: Addend, { terms, messageStates }: SummaryTexts): string {
  const name = term.startsWith('state:')
    ? messageStates[term.slice('state:'.length) as keyof typeof messageStates]
    : terms[term as keyof typeof terms];
  return `<span class="addend"><b>${groupDigits(count)}</b> ${escapeHtml(name)}</span>`;
}

function renderClasses({ byClass }: DayFacts, texts: SummaryTexts): string {
  const bars = byClass.map(({ name, count }): Bar => ({ label: texts.assetClasses[name] ?? name, count }));
  return barsOr(texts.byClass, bars, texts);
}

function renderTimeliness({ timely }: DayFacts, texts: SummaryTexts): string {
  const tones = {
    inTime: 'good',
    late: 'bad',
    overdue: 'bad',
    open: 'wait',
    noDeadline: undefined,
  } as const;
  const bars = Object.entries(timely).flatMap(([name, count]): Bar[] => {
    const kind = name as keyof typeof tones;
    const tone = tones[kind];
    return count === 0 ? [] : [{ label: texts.timely[kind], count, ...(tone && { tone }) }];
  });
  return barsOr(texts.timeliness, bars, texts);
}

function renderRules({ byRule }: DayFacts, texts: SummaryTexts): string {
  const bars = byRule.slice(0, SHOWN_RULES).map(({ rule, count }): Bar => ({ label: rule, count }));
  const others = byRule.slice(SHOWN_RULES).reduce((sum, { count }) => sum + count, 0);
  const more = others === 0 ? '' : `<p class="note">${escapeHtml(texts.moreRules(groupDigits(others)))}</p>`;
  return barsOr(texts.byRule, bars, texts) + more;
}

const barsOr = (title: string, bars: readonly Bar[], { none }: SummaryTexts): string =>
  bars.length === 0 ? `<p class="note">${escapeHtml(none)}</p>` : renderBars(title, bars);

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<div class="wide"><table class="list"><thead><tr>${head.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join('')}</tr></thead>` +
  `<tbody>${rows.map((row) => `<tr>${row.join('')}</tr>`).join('')}</tbody></table></div>`;

const cell = (text: string, kind = ''): string =>
  `<td${kind === '' ? '' : ` class="${kind}"`}>${escapeHtml(text)}</td>`;

function renderInputs({ inputs }: DayFacts, texts: SummaryTexts): string {
  if (inputs.length === 0) return `<p class="note">${escapeHtml(texts.none)}</p>`;
  const { name, due, state } = texts.columns;
  const tones = { waiting: 'wait', arrived: 'good', waived: '', missing: 'bad' };
  return table(
    [name, state, due],
    inputs.map((one) => [
      cell(one.name),
      cell(texts.inputStates[one.state], tones[one.state]),
      cell(one.dueAt ?? ''),
    ]),
  );
}

function renderFiles({ files }: DayFacts, texts: SummaryTexts): string {
  if (files.length === 0) return `<p class="note">${escapeHtml(texts.none)}</p>`;
  const { name, rows, bytes, hash } = texts.columns;
  return table(
    [name, rows, bytes, hash],
    files.map((file) => [
      cell(file.name),
      cell(groupDigits(file.rows), 'number'),
      cell(groupDigits(file.bytes), 'number'),
      `<td class="hash" title="${escapeHtml(file.sha256)}">${escapeHtml(file.sha256.slice(0, 12))}…</td>`,
    ]),
  );
}
