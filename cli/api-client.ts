/** The command line as a client of the API. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import type { DayOperation } from '../contracts/cftc-day.ts';
import type { DayPage, DayRunResult, DayView } from '../contracts/cftc-day.schema.ts';
import type { FeedOperation } from '../contracts/feeds.ts';
import type { FeedDetail, FeedList, FeedWantedView } from '../contracts/feeds.schema.ts';
import type { FilePage, FileView, InboxView, RecordPage, UploadResult } from '../contracts/files.schema.ts';
import type { DeliveryList, DeliveryView, OutboundMessageView } from '../contracts/outbound.schema.ts';
import type { ReportView } from '../contracts/on-demand-report.schema.ts';
import type { ExceptionItems, ExceptionList, ExceptionState } from '../contracts/exceptions.schema.ts';
import type {
  GpuCapacityView,
  GpuCostView,
  GpuNodeList,
  GpuNodeView,
  GpuUsageView,
} from '../contracts/gpu.schema.ts';
import type {
  GpuArrayChange,
  GpuJobDetail,
  GpuJobList,
  GpuJobView,
  GpuQueueView,
  GpuWhatIfView,
} from '../contracts/gpu-jobs.schema.ts';
import type { ObligationList } from '../contracts/obligations.schema.ts';
import type { PriorityView } from '../contracts/priority.schema.ts';
import type { Problem } from '../contracts/problem.schema.ts';
import type { SwapView } from '../contracts/swaps.schema.ts';
import type { TraceView } from '../contracts/trace.schema.ts';
import type { Config } from '../platform/config.ts';
import { readInstance } from '../platform/embedded/instance.ts';
import { StartError } from '../platform/embedded/start-error.ts';
import { readerLanguage } from './reader.ts';
import { localUser, makeLocalToken } from './local-token.ts';

const TOKEN_LIFETIME_MS = 15 * 60 * 1000;

export type ApiClient = {
  readonly url: string;
  inbox(): Promise<InboxView>;
  files(query: Query): Promise<FilePage>;
  /** Null when there is no such file (yet). */
  file(id: string): Promise<FileView | null>;
  records(id: string, query: Query): Promise<RecordPage>;
  /** A swap or portfolio with one page of its history. */
  swap(key: string, query: Query): Promise<SwapView>;
  /** A page of what leads to something and what followed from it. */
  trace(id: string, query: Query): Promise<TraceView>;
  obligations(query: Query): Promise<ObligationList>;
  exceptions(query: Query): Promise<ExceptionList>;
  /** What one of them is made of. */
  exceptionItems(key: string): Promise<ExceptionItems>;
  /** Takes an exception, writes a note to it, or settles it. */
  handleException(key: string, what: 'take' | 'note' | 'resolve', order: object): Promise<ExceptionState>;
  upload(location: string, query: Record<string, string>): Promise<UploadResult>;
  feeds(): Promise<FeedList>;
  feed(name: string): Promise<FeedDetail>;
  /** Pauses a feed, resumes it, or has it configured anew. */
  operateFeed(name: string, operation: FeedOperation, wish: FeedWish): Promise<FeedWantedView>;
  days(): Promise<DayPage>;
  day(date: string): Promise<DayView>;
  /** The summary of a day, a page of HTML. */
  daySummary(date: string): Promise<string>;
  /** Runs a day, unless it runs already. */
  runDay(date: string, wish: { readonly reason?: string }): Promise<DayRunResult>;
  /** Waives an input of a day, closes it, or opens it again. */
  operateDay(date: string, operation: DayOperation, wish: DayWish): Promise<DayView>;
  /** The list of a file's rejected records, as it comes. */
  rejections(id: string): Promise<Readable>;
  deliveries(query: Query): Promise<DeliveryList>;
  /** Tries a delivery again that has failed. */
  retryDelivery(id: string, wish: object): Promise<DeliveryView>;
  /** Ends a delivery that gets no answer, or cannot be made. */
  giveUpDelivery(id: string, wish: object): Promise<DeliveryView>;
  /** An outgoing message with its answers. */
  message(id: string): Promise<OutboundMessageView>;
  /** Sends again what was refused. @returns the new message */
  resubmitMessage(id: string, wish: object): Promise<OutboundMessageView>;
  /** Says that no answer will come on a message. */
  giveUpMessage(id: string, wish: object): Promise<OutboundMessageView>;
  /** Says that the repository has a message. */
  acknowledgeMessage(id: string, wish: object): Promise<OutboundMessageView>;
  /** Says that nothing takes the place of a message. */
  withdrawMessage(id: string, wish: object): Promise<OutboundMessageView>;
  /** Asks for a report: accepted, or there already. */
  orderReport(order: object): Promise<ReportView>;
  report(id: string): Promise<ReportView>;
  /** The file of a report, as it comes. */
  reportFile(id: string): Promise<Readable>;
  priority(): Promise<PriorityView>;
  /** Forces something for some time. */
  overridePriority(order: object): Promise<PriorityView>;
  /** Ends what is forced. */
  endOverride(order: object): Promise<PriorityView>;
  gpuNodes(): Promise<GpuNodeList>;
  /** Drains a node of GPUs, or opens it again. */
  operateGpuNode(node: string, operation: 'drain' | 'resume', order: object): Promise<GpuNodeView>;
  /** Has nothing more start on a card, lets it be used again, or takes it out of service. Answers with all nodes. */
  operateGpuDevice(
    device: string,
    operation: 'drain' | 'resume' | 'retire',
    order: object,
  ): Promise<GpuNodeList>;
  gpuCapacity(): Promise<GpuCapacityView>;
  gpuUsage(query: Query): Promise<GpuUsageView>;
  gpuCost(query: Query): Promise<GpuCostView>;
  submitGpuJob(order: object): Promise<GpuJobView>;
  /** Submits jobs that differ by their number. @returns all of them, by it */
  submitGpuArray(order: object): Promise<GpuJobList>;
  /** What would become of a job if it were submitted now. */
  imagineGpuJob(order: object): Promise<GpuWhatIfView>;
  gpuQueue(): Promise<GpuQueueView>;
  gpuJob(id: string): Promise<GpuJobDetail>;
  /** What an attempt of a job has written, as it comes. */
  gpuLogs(id: string, query: Query): Promise<Readable>;
  /** What it writes, as it writes it: server-sent events as they come. @param lastId where to go on; null: from the start */
  followGpuLogs(id: string, query: Query, lastId: string | null): Promise<Readable>;
  operateGpuJob(
    id: string,
    operation: 'cancel' | 'hold' | 'release' | 'requeue' | 'reprioritise' | 'extend',
    wish: object,
  ): Promise<GpuJobView>;
  /** The same with all tasks of an array. @returns what became of each */
  operateGpuArray(
    id: string,
    operation: 'cancel' | 'hold' | 'release' | 'requeue',
    wish: object,
  ): Promise<GpuArrayChange>;
};

export type FeedWish = { readonly reason: string; readonly newSession?: boolean };

export type DayWish = { readonly reason: string; readonly name?: string };

type Query = Record<string, string | number>;

/**
 * @param deadlineMs how long one answer may take; absent: as long as it needs
 * @throws StartError when nothing is running here and no address is configured
 */
export async function connectApi(config: Config, deadlineMs?: number): Promise<ApiClient> {
  const url = config.TAIN_API_URL ?? (await readInstance(config.TAIN_STATE_DIR))?.apiUrl;
  if (!url)
    throw new StartError('Tain is not running here.', 'Start it with: npm start (or set TAIN_API_URL).');
  const token =
    config.TAIN_TOKEN ??
    (await makeLocalToken(config, `command-line:${localUser()}`, 'operator', TOKEN_LIFETIME_MS));

  const fail = (error: unknown): never => {
    if (error instanceof StartError) throw error;
    const logs = `its logs are in ${config.TAIN_STATE_DIR}/logs.`;
    if ((error as Error).name === 'TimeoutError')
      throw new StartError(
        `The API at ${url} did not answer within ${(deadlineMs ?? 0) / 1000} s.`,
        `PostgreSQL or Temporal may have stopped answering it; ${logs}`,
      );
    throw new StartError(
      `The API at ${url} does not answer (${describeCause(error)}).`,
      config.TAIN_API_URL
        ? 'Check TAIN_API_URL, and that Tain runs there.'
        : `Try again in a moment, or start Tain anew with: ./tain down, then npm start; ${logs}`,
    );
  };
  const call = async (path: string, query: Query = {}, init: RequestInit = {}) => {
    const address = new URL(path, url);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, String(value));
    const response = await fetch(address, {
      ...init,
      ...(deadlineMs !== undefined && { signal: AbortSignal.timeout(deadlineMs) }),
      headers: { ...init.headers, authorization: `Bearer ${token}`, 'accept-language': readerLanguage() },
    }).catch(fail);
    if (response.ok) return response;
    const problem = (await response.json().catch(() => null)) as Problem | null;
    if (response.status === 404 && problem?.code === 'file.not-found') return null;
    throw new StartError(problem?.detail ?? `The API answered ${response.status}.`, problem?.help ?? '');
  };
  const get = async <Body>(path: string, query?: Query): Promise<Body> =>
    (await (await call(path, query))?.json().catch(fail)) as Body;

  const send = async <Body>(method: string, path: string, body: object): Promise<Body> => {
    const init = { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return (await (await call(path, {}, init))?.json().catch(fail)) as Body;
  };

  return {
    url,
    daySummary: async (date) => (await call(`/v1/days/${date}/summary.html`))!.text().catch(fail),
    deliveries: (query) => get('/v1/deliveries', query),
    retryDelivery: (id, wish) => send('POST', `/v1/deliveries/${encodeURIComponent(id)}/retry`, wish),
    giveUpDelivery: (id, wish) => send('POST', `/v1/deliveries/${encodeURIComponent(id)}/give-up`, wish),
    message: (id) => get(`/v1/messages/${encodeURIComponent(id)}`),
    resubmitMessage: (id, wish) => send('POST', `/v1/messages/${encodeURIComponent(id)}/resubmit`, wish),
    giveUpMessage: (id, wish) => send('POST', `/v1/messages/${encodeURIComponent(id)}/give-up`, wish),
    acknowledgeMessage: (id, wish) =>
      send('POST', `/v1/messages/${encodeURIComponent(id)}/acknowledge`, wish),
    withdrawMessage: (id, wish) => send('POST', `/v1/messages/${encodeURIComponent(id)}/withdraw`, wish),
    orderReport: (order) => send('POST', '/v1/reports', order),
    report: (id) => get(`/v1/reports/${id}`),
    reportFile: async (id) => {
      const response = await call(`/v1/reports/${id}/file`);
      return Readable.fromWeb(response!.body as WebStream);
    },
    priority: () => get('/v1/priority'),
    overridePriority: (order) => send('POST', '/v1/priority/override', order),
    endOverride: (order) => send('DELETE', '/v1/priority/override', order),
    gpuNodes: () => get('/v1/gpu/nodes'),
    operateGpuNode: (node, operation, order) =>
      send('POST', `/v1/gpu/nodes/${encodeURIComponent(node)}/${operation}`, order),
    operateGpuDevice: (device, operation, order) =>
      send('POST', `/v1/gpu/devices/${encodeURIComponent(device)}/${operation}`, order),
    gpuCapacity: () => get('/v1/gpu/capacity'),
    gpuUsage: (query) => get('/v1/gpu/usage', query),
    gpuCost: (query) => get('/v1/gpu/cost', query),
    submitGpuJob: (order) => send('POST', '/v1/gpu/jobs', order),
    submitGpuArray: (order) => send('POST', '/v1/gpu/arrays', order),
    imagineGpuJob: (order) => send('POST', '/v1/gpu/what-if', order),
    gpuQueue: () => get('/v1/gpu/queue'),
    gpuJob: (id) => get(`/v1/gpu/jobs/${encodeURIComponent(id)}`),
    gpuLogs: async (id, query) => {
      const response = await call(`/v1/gpu/jobs/${encodeURIComponent(id)}/logs`, query);
      return Readable.fromWeb(response!.body as WebStream);
    },
    followGpuLogs: async (id, query, lastId) => {
      const headers = lastId === null ? {} : { 'last-event-id': lastId };
      const address = `/v1/gpu/jobs/${encodeURIComponent(id)}/logs/follow`;
      const response = await call(address, query, { headers });
      return Readable.fromWeb(response!.body as WebStream);
    },
    operateGpuJob: (id, operation, wish) =>
      send('POST', `/v1/gpu/jobs/${encodeURIComponent(id)}/${operation}`, wish),
    operateGpuArray: (id, operation, wish) =>
      send('POST', `/v1/gpu/arrays/${encodeURIComponent(id)}/${operation}`, wish),
    inbox: () => get('/v1/inbox'),
    files: (query) => get('/v1/files', query),
    file: async (id) => (await get<FileView | undefined>(`/v1/files/${id}`)) ?? null,
    records: (id, query) => get(`/v1/files/${id}/records`, query),
    feeds: () => get('/v1/feeds'),
    feed: (name) => get(`/v1/feeds/${encodeURIComponent(name)}`),
    operateFeed: async (name, operation, wish) => {
      const init = {
        method: 'POST',
        body: JSON.stringify(wish),
        headers: { 'content-type': 'application/json' },
      };
      const response = await call(`/v1/feeds/${encodeURIComponent(name)}/${operation}`, {}, init);
      return (await response!.json()) as FeedWantedView;
    },
    days: () => get('/v1/days'),
    day: (date) => get(`/v1/days/${encodeURIComponent(date)}`),
    runDay: (date, wish) => send('POST', `/v1/days/${encodeURIComponent(date)}/run`, wish),
    operateDay: (date, operation, wish) =>
      send('POST', `/v1/days/${encodeURIComponent(date)}/${operation}`, wish),
    swap: (key, query) => get(`/v1/swaps/${encodeURIComponent(key)}`, query),
    trace: (id, query) => get(`/v1/trace/${encodeURIComponent(id)}`, query),
    obligations: (query) => get('/v1/obligations', query),
    exceptions: (query) => get('/v1/exceptions', query),
    exceptionItems: (key) => get(`/v1/exceptions/${encodeURIComponent(key)}/items`),
    handleException: (key, what, order) =>
      send('POST', `/v1/exceptions/${encodeURIComponent(key)}/${what}`, order),
    upload: async (location, query) => {
      const body = Readable.toWeb(createReadStream(location)) as unknown as ReadableStream;
      const init = {
        method: 'POST',
        body,
        duplex: 'half',
        headers: { 'content-type': 'application/octet-stream' },
      };
      const response = await call('/v1/files', query, init as RequestInit);
      return (await response!.json()) as UploadResult;
    },
    rejections: async (id) => {
      const response = await call(`/v1/files/${encodeURIComponent(id)}/rejections.csv`);
      if (!response)
        throw new StartError(`There is no file ${id}.`, 'The files and their identifiers: GET /v1/files.');
      return Readable.fromWeb(response.body as WebStream);
    },
  };
}

function describeCause(error: unknown): string {
  const cause = (error as Error).cause as { code?: string; message?: string } | undefined;
  return cause?.code ?? cause?.message ?? (error as Error).message;
}
