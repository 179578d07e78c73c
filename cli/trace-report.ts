/** A trace on one screen: per record its bytes, its verdict, its event, and what left and came back for it. */
import { TRACE_TEXTS } from '../contracts/texts/describe-trace.ts';
import type { Language } from '../contracts/texts/shape.ts';
import type {
  TracedAnswer,
  TracedFile,
  TracedMessage,
  TracedRecord,
  TraceView,
} from '../contracts/trace.schema.ts';
import { formatCount, plain, print, styled } from './print.ts';
import { formatTime } from './reader.ts';
import { printStanding } from './standing-report.ts';

type Label = keyof (typeof TRACE_TEXTS)['en']['labels'];

/** Characters of a record that a screen shows of its bytes. */
const SHOWN_CHARACTERS = 400;

/** A line under a label; blank labels continue the line before. Labels are padded as wide as they show. */
function say(label: Label | null, text: string, language: Language): void {
  const { labels } = TRACE_TEXTS[language];
  const widths = Object.values(labels).map(shownWidth);
  const name = label === null ? '' : labels[label];
  print(`  ${name}${' '.repeat(Math.max(...widths) - shownWidth(name))}  ${text}`);
}

/** Korean letters are two columns wide. */
const shownWidth = (text: string): number =>
  [...text].reduce((sum, letter) => sum + (letter >= '\u1100' ? 2 : 1), 0);

export function printTrace(view: TraceView, language: Language): void {
  const texts = TRACE_TEXTS[language];
  print(styled('bold', plain(view.title)));
  if (view.outboxFile) {
    print(`  sha256 ${view.outboxFile.sha256}, ${formatCount(view.outboxFile.rows)}`);
    printWay(view.outboxFile, language);
  }
  if (view.standing) printStanding(view.standing, language);
  for (const record of view.records) printRecord(record, language);
  if (view.leftOut > 0) print(`\n${texts.leftOut(formatCount(view.leftOut), formatCount(view.total))}`);
}

function printRecord(record: TracedRecord, language: Language): void {
  const texts = TRACE_TEXTS[language];
  print();
  print(styled('bold', plain(record.place)));
  say('input', plain(sayInput(record, language)), language);
  if (record.raw !== null) say(null, styled('dim', plain(sayRaw(record.raw))), language);
  const shown = record.raw === null ? 0 : Buffer.byteLength(record.raw);
  if (record.raw !== null && record.bytes !== null && shown < record.bytes)
    say(null, texts.cut(formatCount(shown), formatCount(record.bytes)), language);
  say('verdict', record.verdict === null ? texts.noVerdict : texts.verdicts[record.verdict], language);
  for (const { message } of record.issues) say(null, plain(message), language);
  if (record.corrects !== null) say('corrects', plain(record.corrects), language);
  printEvent(record, language);
  if (record.event === null) return;
  if (record.messages.length === 0) say('message', texts.noMessage, language);
  for (const message of record.messages) printMessage(message, language);
}

function sayInput({ source, raw, bytes }: TracedRecord, language: Language): string {
  const texts = TRACE_TEXTS[language];
  if (source.kind === 'feed') {
    const received = source.receivedAt === null ? texts.notSaid : formatTime(source.receivedAt);
    return texts.feedInput(source.feed, source.session, String(source.sequence), received);
  }
  const { file, name, record, line, byteOffset, byteLength } = source;
  if (line === null || byteOffset === null || byteLength === null)
    return `${name ?? file}/${record}: ${bytes === null ? texts.removed : texts.notKept}`;
  const place = texts.fileInput(
    `${name ?? ''} (${file})`,
    String(line),
    String(byteLength),
    String(byteOffset),
    String(byteOffset + byteLength - 1),
  );
  return raw === null ? `${place}; ${texts.notKept}` : place;
}

function sayRaw(raw: string): string {
  const text = raw.replaceAll(/[\r\n]+$/g, '');
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function printEvent({ event, outcomes }: TracedRecord, language: Language): void {
  const texts = TRACE_TEXTS[language];
  if (event === null) return say('event', texts.noEvent, language);
  const what = [event.action, event.event].filter(Boolean).join('-');
  const { eventTimestamp, reportingTimestamp } = event;
  const text = texts.event(
    what,
    event.kind,
    event.key,
    eventTimestamp ?? texts.notSaid,
    reportingTimestamp ?? texts.notSaid,
  );
  say('event', plain(text), language);
  for (const { outcome, decidedAt, revision, issues } of outcomes) {
    say('outcome', texts.outcome(outcome, formatTime(decidedAt), revision), language);
    for (const { message } of issues) say(null, plain(message), language);
  }
}

function printMessage(message: TracedMessage, language: Language): void {
  const texts = TRACE_TEXTS[language];
  const { id, action, part, state, date, version, file, line } = message;
  const when = date === null || version === null ? texts.atOnce : texts.ofDay(date, version);
  const head = texts.message(id, plain(action), part, when, state);
  say('message', message.isTraced ? `${styled('bold', head)}  ${texts.traced}` : head, language);
  for (const text of sayLinks(message, language)) say(null, plain(text), language);
  for (const issue of message.issues) say(null, plain(issue.message), language);
  if (part === 45) {
    const where =
      file === null
        ? texts.noLine
        : line === null
          ? texts.fileGone(file.path)
          : texts.line(file.path, String(line));
    say('line', plain(where), language);
  }
  if (file !== null) printWay(file, language);
  if (message.answers.length === 0) say('answer', texts.noAnswer, language);
  for (const answer of message.answers) printAnswer(answer, language);
  if (message.answersLeftOut > 0)
    say(null, texts.answersLeftOut(formatCount(message.answersLeftOut)), language);
}

function sayLinks(message: TracedMessage, language: Language): string[] {
  const texts = TRACE_TEXTS[language];
  const { heldBy, resubmits, resubmittedBy, corrects, dueAt, obligation } = message;
  return [
    heldBy && texts.heldBy(heldBy),
    resubmits && texts.resubmits(resubmits),
    resubmittedBy && texts.resubmittedBy(resubmittedBy),
    corrects && texts.correctsMessage(corrects),
    dueAt && texts.due(formatTime(dueAt), obligation ?? ''),
  ].filter((text) => typeof text === 'string' && text !== '') as string[];
}

/** How a file went out, and what was said of it as a whole. */
function printWay({ deliveries, answers }: TracedFile, language: Language): void {
  const texts = TRACE_TEXTS[language];
  if (deliveries.length === 0) say('delivery', texts.noDelivery, language);
  for (const { target, state, nextRecord, fileVerdict, problem } of deliveries) {
    const way = texts.delivery(target, state, formatCount(nextRecord));
    const verdict = fileVerdict === null ? [] : [texts.fileVerdict(fileVerdict)];
    say('delivery', plain([way, ...verdict, ...(problem === null ? [] : [problem])].join('; ')), language);
  }
  for (const answer of answers) printAnswer(answer, language);
}

function printAnswer(answer: TracedAnswer, language: Language): void {
  const texts = TRACE_TEXTS[language];
  const { kind, verdict, target, receivedAt, effect } = answer;
  const text = texts.answer(texts.answerKinds[kind], verdict ?? '', target, formatTime(receivedAt));
  const note = texts.effects[effect];
  say('answer', plain(note === '' ? text : `${text} (${note})`), language);
  for (const { message } of answer.issues) say(null, plain(message), language);
}
