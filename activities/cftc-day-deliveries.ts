/** The files of a day on their way to their targets: one delivery each. */
import type { Client } from '@temporalio/client';
import { TainError } from '../contracts/errors.ts';
import { LIFECYCLES } from '../contracts/lifecycles.ts';
import { moveDay, requireDay } from '../db/days.ts';
import { listOpenDeliveries } from '../db/delivery-order.ts';
import { hashText } from '../db/ledger-subjects.ts';
import {
  enterDeliveries,
  listOutboxFiles,
  type NewDelivery,
  type OutboxFileRow,
} from '../db/outbox-files.ts';
import type { Sql } from '../platform/postgres.ts';
import { startLifecycle } from '../platform/temporal.ts';

const HASH_DIGITS = 32;

/**
 * The id of a delivery, 32 hex digits and the target: made of what is sent where and as what of which day, so that who
 * enters it again enters the same. A file of the same bytes on another day, or in another version of it, is another one.
 */
export function deliveryIdOf(
  file: Pick<NewDelivery, 'date' | 'version' | 'fileName'> & Pick<OutboxFileRow, 'sha256'>,
  target: string,
): string {
  const { date, version, fileName, sha256 } = file;
  const digits = hashText(JSON.stringify([date, version, fileName, sha256])).slice(0, HASH_DIGITS);
  return `${digits}-${target}`;
}

/**
 * Makes the step that starts deliveries.
 * @returns takes a date whose files are written; gives the number of its deliveries, 0 where nothing is sent anywhere
 */
export function createDeliveryStart({
  sql,
  startDue,
  listTargets = async () => [],
}: {
  readonly sql: Sql;
  readonly startDue: (date: string, version: number) => Promise<void>;
  readonly listTargets?: (() => Promise<readonly string[]>) | undefined;
}): (date: string) => Promise<number> {
  return async (date) => {
    const targets = await listTargets();
    if (targets.length === 0) return 0;
    const { version } = await requireDay(sql, date);
    const files = (await listOutboxFiles(sql, date, version)).filter((file) => file.is_outbound);
    const deliveries = targets.flatMap((target) =>
      files.map(({ name: fileName, sha256 }): NewDelivery => ({
        id: deliveryIdOf({ date, version, fileName, sha256 }, target),
        date,
        version,
        fileName,
        target,
      })),
    );
    const isOurs = await sql.begin(async (tx) => {
      if (!(await moveDay(tx, date, 'reported', 'delivering'))) {
        const now = await requireDay(sql, date);
        if (now.state !== 'delivering' || now.version !== version) return false;
      }
      await enterDeliveries(tx, deliveries);
      return true;
    });
    if (!isOurs) throw new TainError('day.superseded', { date, version });
    await startDue(date, version);
    return deliveries.length;
  };
}

/** How often a delivery that has begun is started again, in case its workflow was ended. */
const RESTART_MS = 60_000;

/**
 * Makes the step that starts the deliveries of a version that have something to do. Safe to repeat: one that runs is left
 * running, and one whose workflow was ended by somebody is taken up again within a minute.
 */
export function createDueStart({ sql, client }: { readonly sql: Sql; readonly client: Client }) {
  /** What was started, in which state, and when. */
  const started = new Map<string, { readonly state: string; readonly tick: number }>();
  return async (date: string, version: number): Promise<void> => {
    for (const { id, fileName, target, state } of await listOpenDeliveries(sql, date, version)) {
      const last = started.get(id);
      if (last?.state === state && performance.now() - last.tick < RESTART_MS) continue;
      await startLifecycle(client, 'delivery', {
        workflowId: LIFECYCLES.delivery.workflowId(id),
        args: [{ deliveryId: id }],
        summary: `${fileName} to ${target}`,
      });
      started.set(id, { state, tick: performance.now() });
    }
  };
}
