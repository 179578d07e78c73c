/** A folder date as a whole: its proof. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TainError } from '../../contracts/errors.ts';
import { describeAuditBreak, describeDifference } from '../../contracts/texts/en-verification.ts';
import { describeFeedDifference } from '../../contracts/texts/en-feed-verification.ts';
import type { Differences, VerificationReport } from '../../contracts/verification.ts';
import { NoQuery } from '../../contracts/files.schema.ts';
import { DayParams, VerificationView } from '../../contracts/verification.schema.ts';
import { may } from '../plugins/auth.ts';
import { PROBLEMS } from '../plugins/errors.ts';
import { runVerification } from '../run-verification.ts';

const RETRY_AFTER_S = 10;

export type DayRouteDependencies = {
  /** Absent: nothing can be proven. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
};

export function dayRoutes({ databaseUrl, dataDir }: DayRouteDependencies): FastifyPluginAsyncZod {
  /** The proof under way: one at a time, since each reads a whole day. */
  let underWay: { readonly date: string; readonly stop: AbortController } | null = null;

  return async (app) => {
    app.addHook('preClose', async () => underWay?.stop.abort(new Error('The API stops.')));

    app.get(
      '/v1/days/:date/verification',
      {
        onRequest: may('days.verify'),
        // A proof reads a whole day: not for an answer without its report.
        exposeHeadRoute: false,
        schema: {
          tags: ['audit'],
          summary: 'Proof of a day: every file of it, the sessions of feeds, and the audit log',
          description:
            'Reads every stored byte of the day, so it takes its time; one proof at a time. The same as `tain verify`.',
          params: DayParams,
          querystring: NoQuery,
          response: { 200: VerificationView, ...PROBLEMS },
        },
      },
      async (request, reply) => {
        const { date } = request.params;
        if (databaseUrl === undefined)
          throw new TainError('service.unavailable', { service: 'The database' });
        if (underWay !== null) {
          reply.header('retry-after', RETRY_AFTER_S);
          throw new TainError('verification.busy', { date, other: underWay.date });
        }
        const stop = new AbortController();
        reply.raw.once('close', () => stop.abort(new Error('The client has gone away.')));
        // Nothing is sent while the proof goes on: the connection may be silent for that long.
        reply.raw.setTimeout(0, () => undefined);
        underWay = { date, stop };
        try {
          const report = await runVerification({ databaseUrl, dataDir, date }, stop.signal);
          if (report.files.length + report.feeds.length === 0 && report.holds)
            throw new TainError('verification.nothing', { name: date });
          return viewReport(report);
        } catch (error) {
          if (!reply.raw.destroyed) throw error;
          // The client has gone away: nobody is left to answer.
          return reply.hijack();
        } finally {
          underWay = null;
        }
      },
    );
  };
}

const viewDifferences = ({ differing, differences }: Differences) => ({
  differing,
  differences: differences.map((difference) => ({ ...difference, message: describeDifference(difference) })),
});

/** The report with its differences in words. */
function viewReport({ holds, files, feeds, strays, ledger, audit }: VerificationReport): VerificationView {
  return {
    holds,
    files: files.map((file) => ({ ...file, ...viewDifferences(file) })),
    feeds: feeds.map((feed) => ({
      ...feed,
      sessions: feed.sessions.map((session) => ({
        ...session,
        differences: session.differences.map((difference) => ({
          ...difference,
          message: describeFeedDifference(difference),
        })),
      })),
    })),
    strays: viewDifferences(strays),
    ledger: { ...ledger, ...viewDifferences(ledger) },
    audit: {
      ...audit,
      breaks: audit.breaks.map((found) => ({ ...found, message: describeAuditBreak(found) })),
    },
  };
}
