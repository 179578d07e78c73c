/** Messages, files and answers as the day and the delivery leave them, for tests of those who read them. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { MessageState } from '../../contracts/outbound.ts';
import type { Sql } from '../../platform/postgres.ts';

export type OutboundFacts = {
  readonly key: string;
  readonly source: string;
  readonly position: number;
  readonly action: string;
  readonly state?: MessageState;
  readonly date?: string;
  readonly version?: number;
  readonly ordinal?: number;
  readonly attempt?: number;
  readonly kind?: 'transaction' | 'valuation' | 'collateral';
  readonly assetClass?: string | null;
  readonly reportedAt?: string;
  readonly dueAt?: string | null;
  readonly obligation?: string | null;
  readonly heldBy?: string | null;
  readonly resubmits?: string | null;
  readonly corrects?: string | null;
  readonly sentAt?: string | null;
  readonly answeredAt?: string | null;
  readonly issues?: readonly object[] | null;
};

export const messageIdOf = ({ source, position, attempt = 1 }: OutboundFacts, part = 45): string =>
  `${part}-${createHash('sha256').update(`${source}/${position}/${part}/${attempt}`).digest('hex').slice(0, 24)}`;

/** Opens a day with a version, unless it is there. */
export async function openDay(sql: Sql, date: string, state = 'delivering'): Promise<void> {
  await sql`
    insert into cftc_day (business_date, state, opened_by) values (${date}, ${state}, 'test')
    on conflict (business_date) do nothing`;
  await sql`
    insert into cftc_day_version
      (business_date, version, cut_at, cut_by, rule_set_version, register_version, catalogue_hash)
    values (${date}, 1, ${`${date}T23:00:00Z`}, 'test', 'v', 'v', ${'0'.repeat(64)})
    on conflict do nothing`;
}

/** A message of part 45 for an event that the ledger has. @returns its id */
export async function cutMessage(sql: Sql, facts: OutboundFacts): Promise<string> {
  const { date = '2026-03-16', version = 1, ordinal = 1, attempt = 1, kind = 'transaction' } = facts;
  const id = messageIdOf(facts);
  await openDay(sql, date);
  await sql`
    insert into outbound_message (
      message_id, part, kind, asset_class, source_id, position, attempt, subject_key, subject_kind, action,
      business_date, day_version, leaves_on, leaves_version, ordinal, reported_at, state, held_by, resubmits, corrects, due_at, obligation,
      sent_at, answered_at, issues)
    select ${id}, 45, ${kind}, ${facts.assetClass ?? null}, hist.source_id, hist.position, ${attempt},
      hist.subject_key, hist.subject_kind, ${facts.action}, ${date}, ${version},
      ${facts.heldBy ? null : date}, ${facts.heldBy ? null : version}, ${ordinal},
      ${facts.reportedAt ?? `${date}T23:00:00Z`}, ${facts.state ?? 'pending'}, ${facts.heldBy ?? null},
      ${facts.resubmits ?? null}, ${facts.corrects ?? null}, ${facts.dueAt ?? null}, ${facts.obligation ?? null},
      ${facts.sentAt ?? null}, ${facts.answeredAt ?? null},
      ${facts.issues ? sql.json(facts.issues as never) : null}
    from ledger_source join tb_on_hist as hist using (source_id)
    where name = ${facts.source} and hist.position = ${facts.position}`;
  return id;
}

/** A file of send/ with these lines behind its header, as the day writes it. @returns its name */
export async function writeOutbox(
  { sql, dataDir }: { readonly sql: Sql; readonly dataDir: string },
  { date, lines, kind = 'transaction' }: { date: string; lines: readonly string[]; kind?: string },
): Promise<string> {
  const folder = date.replaceAll('-', '');
  const name = `cftc-45-${kind}-IR-${folder}-v1.csv`;
  const place = path.posix.join(folder, 'send', name);
  const content = `tainMessage,actionType\n${lines.map((line) => `${line}\n`).join('')}`;
  await mkdir(path.join(dataDir, folder, 'send'), { recursive: true });
  await writeFile(path.join(dataDir, place), content);
  await sql`
    insert into outbox_file (business_date, version, name, kind, asset_class, path, row_count, size_bytes, sha256, is_outbound)
    values (${date}, 1, ${name}, ${kind}, 'IR', ${place}, ${lines.length}, ${content.length},
      ${createHash('sha256').update(content).digest('hex')}, true)`;
  return name;
}

/** The way of a file to a target. */
export async function startDelivery(
  sql: Sql,
  {
    date,
    file,
    target = 'sdr',
    state = 'sending',
    startedAt = `${date}T23:10:00Z`,
  }: { date: string; file: string; target?: string; state?: string; startedAt?: string },
): Promise<void> {
  await sql`
    insert into delivery (delivery_id, business_date, version, file_name, target, state, next_record, started_at)
    values (${`${file}@${target}`}, ${date}, 1, ${file}, ${target}, ${state}, 2, ${startedAt})`;
}

export type TestAnswer = {
  readonly sequence: number;
  readonly kind: 'receipt' | 'file' | 'record' | 'unreadable';
  readonly subject: string | null;
  readonly verdict: 'received' | 'accepted' | 'refused' | null;
  readonly effect?: 'applied' | 'repeated' | 'contradicts' | 'unknown';
  readonly issues?: readonly object[];
};

/** An answer of the target, as it is stored. */
export async function storeAnswer(
  sql: Sql,
  { sequence, kind, subject, verdict, effect = 'applied', issues }: TestAnswer,
): Promise<void> {
  const raw = Buffer.from(JSON.stringify({ kind, subject, verdict, issues }));
  await sql`
    insert into outbound_answer (target, session, sequence, raw, kind, subject, verdict, issues, effect)
    values ('sdr', 'S1', ${sequence}, ${raw}, ${kind}, ${subject}, ${verdict},
      ${issues ? sql.json(issues as never) : null}, ${effect})`;
}
