/** A swap as people read it: its state, then its history with the source of every event. */
import type { SwapEventView, SwapView } from '../contracts/swaps.schema.ts';
import { elementBySlot } from '../domain/swaps/record-content.ts';
import { formatTable, plain, print, styled } from './print.ts';
import { formatTime } from './reader.ts';

type Cell = string | readonly string[] | null;

export function printSwap(view: SwapView): void {
  print(
    styled('bold', `${view.kind} ${plain(view.key)}`) + (view.asOf ? ` as reported until ${view.asOf}` : ''),
  );
  print(formatTable([...stateRows(view), ['events', countEvents(view)]]));
  printValues('terms', view.terms);
  for (const name of ['valuation', 'margin'] as const) {
    const report = view[name];
    if (report)
      printValues(`${name} of ${report.asOf || 'no reported time'} (${plain(report.place)})`, report.values);
  }
  if (view.history.length === 0) return;
  print();
  print(formatTable([['event', 'happened', 'reported', 'outcome', 'source'], ...view.history.map(eventRow)]));
  for (const { place, issues } of view.history)
    for (const { message, severity } of issues) print(`${plain(place)} ${severity}: ${plain(message)}`);
}

function stateRows({ status, executionTimestamp, links }: SwapView): string[][] {
  const rows: [string, Cell][] = [
    ['status', status && `${status.onDate} on ${status.date}`],
    ['by messages', status && status.byMessages !== status.onDate ? status.byMessages : null],
    ['executed', executionTimestamp],
    ['came from', links?.prior ?? null],
    ['cleared into', links?.clearedInto ?? null],
    ['original swaps', links?.original ?? null],
    ['original repository', links?.originalRepository ?? null],
    ['received for clearing', links?.clearingReceipt ?? null],
    ['event identifier', links?.eventIdentifier ?? null],
    ['transferred to', links?.newRepository ?? null],
    ['initial margin portfolio', links?.initialMarginPortfolio ?? null],
    ['variation margin portfolio', links?.variationMarginPortfolio ?? null],
  ];
  return rows.flatMap(([name, value]) =>
    value === null || value.length === 0 ? [] : [[name, plain([value].flat().join(' '))]],
  );
}

/** "5 = 3 applied + 1 duplicate + 1 violated; 2 later ones left out". */
function countEvents({ events: { total, later, ...outcomes } }: SwapView): string {
  const parts = Object.entries(outcomes).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
  const sum = parts.length > 0 ? `${total} = ${parts.join(' + ')}` : String(total);
  return later > 0 ? `${sum}; ${later} later ones left out` : sum;
}

function printValues(title: string, values: SwapView['terms']): void {
  const rows = Object.entries(values).map(([slot, value]) => {
    const number = elementBySlot.get(slot)?.number;
    return [number ? `  #${number}` : '  ', slot, plain([value].flat().join('; '))];
  });
  if (rows.length === 0) return;
  print();
  print(title);
  print(formatTable(rows));
}

function eventRow(event: SwapEventView): string[] {
  return [
    plain([event.action, event.event].filter(Boolean).join('-')),
    event.eventTimestamp ?? '',
    event.reportingTimestamp ?? '',
    event.revision > 1 ? `${event.outcome} (judged ${event.revision} times)` : event.outcome,
    plain(describeSource(event.source)),
  ];
}

function describeSource(source: SwapEventView['source']): string {
  if (source.kind === 'feed') {
    const received = source.receivedAt ? `, received ${formatTime(source.receivedAt)}` : '';
    return `feed ${source.feed}, session ${source.session}, sequence ${source.sequence}${received}`;
  }
  const { name, file, record, line, byteOffset, byteLength } = source;
  if (name === null || byteOffset === null) return `file ${file}, record ${record}`;
  return `${name} (${file}), line ${line}, ${byteLength} bytes at ${byteOffset}`;
}
