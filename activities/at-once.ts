/** Making messages of part 43 of events, in the transaction that applies them. Nothing where no target takes them. */
import { AT_ONCE_LIMIT_MS } from '../contracts/obligations.ts';
import type { OnApplied } from '../db/ledger.ts';
import { hashText } from '../db/ledger-subjects.ts';
import { makeMessages43 } from '../db/outbound-live.ts';
import type { Tables } from '../domain/cftc/built-in-tables.ts';
import type { Registers } from '../domain/cftc/registers.ts';
import { createAtOnceJudge } from '../domain/outbound/at-once.ts';
import { messageIdOf } from '../domain/reports/message-id.ts';
import { loadTargets, targetOf } from '../platform/outbound-config.ts';
import { openTables } from '../platform/tables.ts';

/** Makes the collaborator of the ledger from the registers that records are judged with. */
export type AtOnceFactory = (registers: Registers) => OnApplied;

export type AtOnceSettings = {
  readonly outboundFile: string | undefined;
  readonly tableDir: string | undefined;
  /** #22 of the messages; undefined: what each record says. */
  readonly submitter: string | undefined;
  /** How long after the acceptance of an event its message is due to be acknowledged, in milliseconds. */
  readonly limitMs: number;
};

/**
 * Looks whether anything leaves at once. A change of the files counts from the next start of the process.
 * @returns undefined when no target takes part 43
 * @throws TainError outbound.invalid, outbound.unreadable, and those of the tables
 */
export async function openAtOnce({
  outboundFile,
  tableDir,
  submitter,
  limitMs,
}: AtOnceSettings): Promise<AtOnceFactory | undefined> {
  if (targetOf(await loadTargets(outboundFile), 43) === null) return undefined;
  return createAtOnce(await openTables(tableDir), submitter ?? null, limitMs);
}

/** @param submitter #22; null: what each record says */
export const createAtOnce =
  (
    tables: Pick<Tables, 'entities'>,
    submitter: string | null,
    limitMs: number = AT_ONCE_LIMIT_MS,
  ): AtOnceFactory =>
  (registers) => {
    const judge = createAtOnceJudge(tables, registers);
    return async (tx, applied) => {
      const messages = applied.flatMap(({ event, dissemination, subject, sourceId, position }) => {
        const leaves = judge(event, dissemination);
        if (leaves === null) return [];
        return {
          messageId: messageIdOf(event.place, 43, 1, hashText),
          sourceId,
          position,
          subjectKey: subject.key,
          subjectKind: subject.kind,
          action: event.action,
          submitter,
          ...leaves,
        };
      });
      if (messages.length > 0) await makeMessages43(tx, messages, limitMs);
    };
  };
