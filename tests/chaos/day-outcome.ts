/** What a day left behind, and how far it is from what the same day leaves undisturbed. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { sendFolder } from '../../activities/cftc-day-files.ts';
import { countsOf, findVersion, requireDay } from '../../db/days.ts';
import { startReceiver } from '../../demo/receiver.ts';
import { DAY_DATE } from './day-input.ts';
import type { DayRun } from './day-machine.ts';

export type DayOutcome = {
  /** Everything in the folder, with its bytes. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Messages by id, with their states. */
  readonly messages: ReadonlyMap<string, string>;
  /** What the receiver holds by id: accepted, refused or waiting. */
  readonly taken: ReadonlyMap<string, string>;
  /** Messages that came to the receiver again, each time counted. */
  readonly repeats: number;
  /** Messages on which more than one verdict has changed something. */
  readonly answeredTwice: number;
  /** Sums that do not add up, in words. */
  readonly wrongSums: readonly string[];
};

/** Looks at a day that is closed. */
export async function readOutcome({ dataDir, stateFile, ask }: DayRun): Promise<DayOutcome> {
  const folder = path.join(dataDir, sendFolder(DAY_DATE));
  const names = (await readdir(folder)).sort();
  const files = new Map<string, Buffer>();
  for (const name of names) files.set(name, await readFile(path.join(folder, name)));
  const messages = new Map(
    (
      await ask(
        (sql) => sql<{ id: string; state: string }[]>`select message_id as id, state from outbound_message`,
      )
    ).map(({ id, state }) => [id, state]),
  );
  const [twice] = await ask(
    (sql) => sql<[{ count: number }]>`
      select count(*) as count from (
        select from outbound_answer where kind = 'record' and effect = 'applied' group by subject having count(*) > 1
      ) as answered`,
  );
  // Started again on what it kept, it holds what it held.
  const receiver = await startReceiver({ stateFile });
  const { messages: taken, repeats, unreadable } = receiver.truth();
  await receiver.close();
  const wrongSums = await checkSums({ ask }, [...messages.values()]);
  if (unreadable > 0) wrongSums.push(`${unreadable} packets that the receiver could not read`);
  return {
    ...{ files, messages, repeats, answeredTwice: twice.count, wrongSums },
    taken: new Map([...taken].map(([id, { verdict }]) => [id, verdict])),
  };
}

async function checkSums({ ask }: Pick<DayRun, 'ask'>, states: readonly string[]): Promise<string[]> {
  const version = await ask(async (sql) => (await findVersion(sql, await requireDay(sql, DAY_DATE)))!);
  const [{ rows }] = await ask(
    (sql) => sql<[{ rows: number }]>`select sum(row_count) as rows from outbox_file where is_outbound`,
  );
  const { accepted, applied, duplicate, conflict, pending, violated, settled, messages, otherReports } =
    countsOf(version);
  const acknowledged = states.filter((state) => state === 'acknowledged').length;
  const sums: Record<string, readonly [number, number]> = {
    'accepted = applied + duplicate + conflict + pending + violated': [
      accepted,
      applied + duplicate + conflict + pending + violated,
    ],
    'applied + settled = messages + other reports': [applied + settled, messages + otherReports],
    'messages = acknowledged': [messages, acknowledged],
    'messages = rows of files': [messages, Number(rows)],
  };
  return Object.entries(sums)
    .filter(([, [left, right]]) => left !== right)
    .map(([sum, [left, right]]) => `${sum}: ${left} and ${right}`);
}

type DayDistance = {
  /** Messages that are not there, not acknowledged, or not held by the receiver. */
  readonly lost: number;
  /** Messages that nobody made undisturbed, and those that were answered twice. */
  readonly doubled: number;
  /** Files of other bytes, missing ones, and what else lies in the folder. */
  readonly differing: number;
  /** Sums that do not add up. */
  readonly unequal: number;
};

/** How far a day is from the same one undisturbed. */
export function measureDay(calm: DayOutcome, day: DayOutcome): DayDistance {
  const names = new Set([...calm.files.keys(), ...day.files.keys()]);
  const isSame = (name: string): boolean => {
    const [one, other] = [calm.files.get(name), day.files.get(name)];
    return one !== undefined && other !== undefined && one.equals(other);
  };
  const lost = [...calm.messages.keys()].filter(
    (id) => day.messages.get(id) !== 'acknowledged' || day.taken.get(id) !== 'accepted',
  );
  const strange = [...new Set([...day.messages.keys(), ...day.taken.keys()])].filter(
    (id) => !calm.messages.has(id),
  );
  return {
    lost: lost.length,
    doubled: strange.length + day.answeredTwice,
    differing: [...names].filter((name) => !isSame(name)).length,
    unequal: day.wrongSums.length,
  };
}
