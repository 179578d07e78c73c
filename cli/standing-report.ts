/** How a swap stands with the repository: what it knows beside what we know, and the clocks of what is on its way. */
import { TRACE_TEXTS } from '../contracts/texts/describe-trace.ts';
import { EXCEPTION_TEXTS } from '../contracts/texts/describe-exceptions.ts';
import type { Language } from '../contracts/texts/shape.ts';
import type { TraceView } from '../contracts/trace.schema.ts';
import { formatAge } from './format-age.ts';
import { formatCount, formatTable, plain, print, styled } from './print.ts';
import { formatTime } from './reader.ts';

type Standing = NonNullable<TraceView['standing']>;

export function printStanding(standing: Standing, language: Language): void {
  const { standing: texts } = TRACE_TEXTS[language];
  const { differences, moreDifferences, messages, earlierMessages, acknowledged } = standing;
  print();
  print(styled('bold', texts.title));
  const rows =
    differences.length > 0
      ? differences
      : [{ element: null, name: 'status', asReported: standing.asReported, asKnown: standing.asKnown }];
  print(
    formatTable([
      ['', texts.asReported(formatCount(acknowledged)), texts.asKnown],
      ...rows.map(({ element, name, asReported, asKnown }) => [
        name === 'status' && element === null
          ? texts.status
          : element === null
            ? name
            : `#${element} ${name}`,
        sayValue(name, asReported, language),
        sayValue(name, asKnown, language),
      ]),
    ]),
  );
  if (differences.length === 0) print(texts.same);
  if (moreDifferences > 0) print(texts.more(formatCount(moreDifferences)));
  print();
  print(
    formatTable([
      [texts.message, texts.what, texts.state, texts.due, texts.link],
      ...messages.map((message) => [
        message.id,
        plain(`${message.action} ${message.attempt} (${message.part})`),
        texts.states[message.state],
        sayClock(message, language),
        sayLink(message, language),
      ]),
    ]),
  );
  if (earlierMessages > 0) print(texts.earlier(formatCount(earlierMessages)));
}

function sayValue(name: string, value: string, language: Language): string {
  const { standing: texts } = TRACE_TEXTS[language];
  if (name === 'status') return texts.statuses[value] ?? plain(value);
  return value === '' ? '–' : plain(value);
}

function sayClock({ dueAt, secondsLeft }: Standing['messages'][number], language: Language): string {
  const { standing: texts } = TRACE_TEXTS[language];
  if (dueAt === null) return texts.noDue;
  if (secondsLeft === null) return formatTime(dueAt);
  const span = formatAge(Math.abs(secondsLeft), EXCEPTION_TEXTS[language].age);
  return `${formatTime(dueAt)} ${secondsLeft < 0 ? texts.overdueBy(span) : texts.dueIn(span)}`;
}

function sayLink(
  { heldBy, resubmits, resubmittedBy }: Standing['messages'][number],
  language: Language,
): string {
  const { standing: texts } = TRACE_TEXTS[language];
  return [
    ...(heldBy === null ? [] : [texts.waitsFor(heldBy)]),
    ...(resubmits === null ? [] : [texts.replaces(resubmits)]),
    ...(resubmittedBy === null ? [] : [texts.replacedBy(resubmittedBy)]),
  ].join(', ');
}
