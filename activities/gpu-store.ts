/**
 * What training keeps its facts and results in may be away: it is tried again three times, five seconds apart, then
 * somebody is told, and it is tried on. No job fails for it. The database may be what is away, so that what is known of
 * an outage is in this process alone, and who is on duty is told by it.
 */
import { ApplicationFailure, Context, log } from '@temporalio/activity';
import { TainError } from '../contracts/errors.ts';
import { alertId, type Alert, type AlertEvent } from '../contracts/exception-watch.ts';
import { describeError } from '../contracts/texts/describe.ts';
import { postAlert, type AlertTarget } from '../platform/post-alert.ts';

type Store = 'postgres' | 'results';

export type StoreWatch = {
  /** Notes that an activity could not reach a store. @returns when it is to be tried again, in ms */
  failed(activity: string, store: Store, error: Error): number;
  /** Notes that an activity has done its work. */
  worked(activity: string): void;
};

const TRIES = 3;
const PAUSE_MS = 5000;
/** Behind the alert the pauses double up to this. */
const MAX_PAUSE_MS = 30_000;

/** The driver's codes of a connection, and SQLSTATE of a server that stops, starts, or has no room. */
const POSTGRES_AWAY =
  /^(ECONN(REFUSED|RESET)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|CONNECT(ION)?_[A-Z]+|08...|53...|57P0[1235]|58...|25006)$/;
/** A disk that is full, broken, read-only or gone. */
const DISK_AWAY = /^(ENOSPC|EDQUOT|EIO|EROFS|ESTALE|ENOTCONN|ENXIO|ENODEV)$/;

/** Which store an error says is away; null: none, it is about something else. */
function storeAway(error: unknown): Store | null {
  if (error instanceof TainError) return null;
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code !== 'string') return null;
  if (POSTGRES_AWAY.test(code)) return 'postgres';
  return DISK_AWAY.test(code) ? 'results' : null;
}

type Outage = { readonly since: number; readonly tries: Map<string, number>; told: 'no' | 'telling' | 'yes' };

/**
 * One for all activities of a process.
 * @param target who is told; null: nobody but the log
 * @param now instant in milliseconds
 */
export function createStoreWatch(target: AlertTarget | null, now: () => number = Date.now): StoreWatch {
  const outages = new Map<Store, Outage>();

  async function tell(store: Store, outage: Outage, event: AlertEvent, problem: string): Promise<void> {
    if (target === null) return;
    try {
      await postAlert(target, alertOf(store, outage.since, event, problem, now()));
      outage.told = 'yes';
    } catch (error) {
      outage.told = 'no';
      log.warn('gpu.store-alert-failed', { store, event, problem: String(error).slice(0, 300) });
    }
  }

  return {
    failed(activity, store, error) {
      const outage: Outage = outages.get(store) ?? { since: now(), tries: new Map(), told: 'no' };
      outages.set(store, outage);
      const tries = (outage.tries.get(activity) ?? 0) + 1;
      outage.tries.set(activity, tries);
      if (tries < TRIES) return PAUSE_MS;
      const problem = error.message.slice(0, 300);
      if (outage.told === 'no') {
        log.error('gpu.store-down', { store, activity, tries, problem });
        outage.told = target === null ? 'yes' : 'telling';
        void tell(store, outage, 'come', problem);
      }
      return Math.min(MAX_PAUSE_MS, PAUSE_MS * 2 ** (tries - TRIES));
    },

    worked(activity) {
      for (const [store, outage] of outages) {
        if (!outage.tries.has(activity)) continue;
        outages.delete(store);
        log.info('gpu.store-back', { store, awayMs: now() - outage.since });
        if (outage.told !== 'no') void tell(store, outage, 'gone', '');
      }
    },
  };
}

function alertOf(store: Store, since: number, event: AlertEvent, problem: string, atMs: number): Alert {
  const [key, error] = [`store-down/${store}`, new TainError('gpu.store-down', { store, problem })];
  const [en, ko] = [
    describeError(error.code, error.params, 'en'),
    describeError(error.code, error.params, 'ko'),
  ];
  return {
    ...{ id: alertId(key, since, event, 1), event, key, kind: 'store-down', count: 1 },
    ...{ at: new Date(atMs).toISOString(), deadline: null, links: [] },
    title: { en: en.title, ko: ko.title },
    remedy: { en: `${en.detail} ${en.help}`, ko: `${ko.detail} ${ko.help}` },
  };
}

/** Has each activity of a set tried again, however long a store is away. */
export function withStore<Activities extends Record<string, (...args: never[]) => Promise<unknown>>>(
  watch: StoreWatch,
  activities: Activities,
): Activities {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (...args: never[]) => {
      const { activityId, workflowExecution } = Context.current().info;
      const key = `${workflowExecution?.workflowId}/${name}/${activityId}`;
      try {
        const result = await activity(...args);
        watch.worked(key);
        return result;
      } catch (error) {
        const store = storeAway(error);
        if (store === null) throw error;
        const params = { store, problem: (error as Error).message.slice(0, 300) };
        throw ApplicationFailure.create({
          ...{ type: 'gpu.store-down', message: new TainError('gpu.store-down', params).message },
          ...{ nextRetryDelay: watch.failed(key, store, error as Error), details: [params] },
        });
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Activities;
}
