/** What a replay of a day found, for people. */
import type {
  DayReplay,
  RecordPlace,
  ReplayDifference,
  ReplayDifferenceKind,
  ReplayedFile,
} from '../contracts/day-replay.ts';
import { formatCount, formatTable, plain, print, styled } from './print.ts';

/** @param isWhatIf were other rules asked for, so that differences are what would change? */
export function printReplay(replay: DayReplay, isWhatIf: boolean): void {
  const { date, version, cutAt, cuts, records, messages, rules, differing, differences } = replay;
  print(styled('bold', `Day ${date}, version ${version}, cut ${cutAt}`));
  print(
    `${formatCount(records)} records of ${formatCount(cuts)} cuts judged again from their bytes, ` +
      `${formatCount(messages)} messages made again`,
  );
  print(`rules: ${rules.stored} then, ${rules.replayed} now`);
  if (!isWhatIf) print(formatTable(replay.files.map(describeFile)));
  if (replay.isIdentical) return print(styled('green', 'byte-identical'));
  if (isWhatIf && differing === 0) return print(styled('green', 'nothing would change'));
  print(
    styled(
      'red',
      isWhatIf ? `${formatCount(differing)} things would change` : `${formatCount(differing)} differences`,
    ),
  );
  for (const difference of differences) print(plain(describeDifference(difference)));
  if (differing > differences.length) print(`… and ${formatCount(differing - differences.length)} more.`);
}

function describeFile({ name, stored, replayed, onDisk }: ReplayedFile): (string | number)[] {
  const isSame = stored?.sha256 === replayed?.sha256;
  const what = stored === null ? 'was not there' : replayed === null ? 'does not come out' : null;
  const disk = { same: '', changed: 'changed in send/', gone: 'no longer in send/' }[onDisk];
  const verdict = what ?? (isSame ? 'byte-identical' : 'differs');
  const { rows, sha256 } = stored ?? replayed!;
  return [verdict, name, `${formatCount(rows)} rows`, sha256, disk];
}

const WORDS: Readonly<Record<ReplayDifferenceKind, string>> = {
  verdict: 'verdict',
  unreadable: 'the bytes are no record',
  event: 'event',
  'event-missing': 'the ledger has no such event',
  'event-extra': 'the ledger has an event that the bytes do not make',
  message: 'message',
  'message-new': 'message that was not there',
  'message-gone': 'message that does not come out',
  count: 'count',
  line: 'line',
};

const ALTERED = { ledger: 'the ledger was changed', bytes: 'the stored bytes were changed' } as const;

/** "rates.csv (20261121-…) record 3, line 4, byte 812: event, #31.1: stored 1000, replayed 9000; …" */
function describeDifference(difference: ReplayDifference): string {
  const { kind, place, field, stored, replayed, altered, message, line } = difference;
  const values =
    stored === null && replayed === null
      ? ''
      : `: stored ${stored ?? 'nothing'}, replayed ${replayed ?? 'nothing'}`;
  const where = line && `${line.file} line ${line.line}, byte ${line.offset}`;
  const parts = [WORDS[kind], where, message && `message ${message}`, field].filter(Boolean).join(', ');
  const cause = place === null ? '' : `${describePlace(place)}: `;
  return `${cause}${parts}${values}${altered === null ? '' : `; ${ALTERED[altered]}`}`;
}

function describePlace(place: RecordPlace): string {
  if (place.kind === 'feed')
    return `feed ${place.feed}, session ${place.session}, sequence ${place.sequence}`;
  const { file, name, record, line, offset } = place;
  const where = line === null ? '' : `, line ${line}, byte ${offset}`;
  return `${name} (${file}) record ${record}${where}`;
}
