/**
 * The one place where the environment is read. Every setting has its row in the schema below: name, check, default
 * and meaning. `.env.example` and the table in the README are generated from it (npm run generate).
 * A process reads its settings once, at its start, and hands them down; a wrong one ends it with exit code 78
 * (EX_CONFIG) after all problems have been named.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AT_ONCE_LIMIT_MS } from '../contracts/obligations.ts';
import { REPORTING_ROLES } from '../contracts/outbound.ts';
import { isLei } from '../domain/cftc/identifiers.ts';
import { parseWindow } from '../domain/governor/window.ts';

/** Root of the checkout. */
export const ROOT_DIR = path.resolve(import.meta.dirname, '..');

/** Exit code of a process whose configuration is wrong (sysexits EX_CONFIG). */
export const EXIT_CONFIG = 78;

const port = z.coerce.number().int().min(1).max(65535);
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
const duration = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const size = (min: number) => z.coerce.number().int().min(min);

const days = () => z.coerce.number().int().min(0).max(100_000);

const isTimeZone = (zone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
};

export const SETTINGS = z.object({
  TAIN_STATE_DIR: z.string().min(1).default('.tain').describe('Where Tain keeps its own state and its logs.'),
  TAIN_DATA_DIR: z.string().min(1).default('data').describe('Files arrive in <this>/yyyymmdd/rec.'),
  TAIN_TIME_ZONE: z
    .string()
    .refine(isTimeZone, 'is not a time zone of the IANA database, like Asia/Seoul')
    .default('Asia/Seoul')
    .describe('Zone of the folder dates.'),
  TAIN_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('Least severe level that is logged.'),

  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('PostgreSQL 17 or later; unset starts one.'),
  TAIN_POSTGRES_PORT: port
    .optional()
    .describe('Port of the embedded PostgreSQL; unset takes a free one from 5433.'),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^[^\s:]+:\d+$/, 'must look like host:port')
    .optional()
    .describe('Temporal frontend; unset starts a server.'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default').describe('Namespace of all workflows.'),
  TEMPORAL_TLS: flag.default(false).describe('Speak TLS to TEMPORAL_ADDRESS.'),
  TEMPORAL_TLS_CA_FILE: z
    .string()
    .optional()
    .describe('PEM file with the certificate authority of the server.'),
  TEMPORAL_TLS_CERT_FILE: z.string().optional().describe('PEM file with the client certificate (mTLS).'),
  TEMPORAL_TLS_KEY_FILE: z.string().optional().describe('PEM file with the key of the client certificate.'),
  TEMPORAL_API_KEY: z.string().optional().describe('API key of Temporal Cloud; implies TLS.'),
  TAIN_TEMPORAL_PORT: port
    .optional()
    .describe('Port of the embedded Temporal; unset takes a free one from 7233.'),
  TAIN_TEMPORAL_UI_PORT: port.optional().describe('Port of its web UI; unset takes a free one from 8233.'),

  TAIN_API_HOST: z.string().min(1).default('127.0.0.1').describe('Address that the HTTP API listens on.'),
  TAIN_API_PORT: port.optional().describe('Port of the HTTP API; unset takes a free one from 8080.'),
  TAIN_MONITOR_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address that the resource monitor listens on.'),
  TAIN_MONITOR_PORT: port
    .optional()
    .describe('Port of the resource monitor, 8080 under systemd; unset takes a free one from 8081.'),
  TAIN_MONITOR_NODE: z.string().optional().describe('What the monitor calls its node; unset: the host name.'),
  TAIN_API_URL: z
    .url()
    .optional()
    .describe('Where commands find the API; unset asks the instance of this checkout.'),
  TAIN_TOKEN: z
    .string()
    .optional()
    .describe('Token that commands send; unset makes one with the local secret.'),
  TAIN_JWT_SECRET: z
    .string()
    .min(32, 'must be at least 32 characters long')
    .optional()
    .describe('HS256 secret; unset generates one into TAIN_STATE_DIR.'),
  TAIN_JWT_ISSUER: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Issuer (OpenID Connect) whose tokens the API takes; unset: those of the local secret.'),
  TAIN_JWT_AUDIENCE: z.string().min(1).optional().describe('Audience that its tokens must name.'),
  TAIN_JWT_ROLE_CLAIM: z.string().min(1).default('role').describe('Claim of its tokens that holds the role.'),
  TAIN_JWKS_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where its keys are; unset asks its discovery document.'),
  TAIN_RATE_LIMIT: z.coerce
    .number()
    .int()
    .min(1)
    .default(6000)
    .describe('Requests a minute that one caller may make of the API.'),
  TAIN_CLIENT_TIMEOUT_MS: duration(100, 3_600_000)
    .default(60_000)
    .describe('How long the API waits for headers and for the next bytes of a request, in ms.'),
  TAIN_QUERY_TIMEOUT_MS: duration(100, 3_600_000)
    .default(30_000)
    .describe('Longest query that the API makes, in ms.'),
  TAIN_SHED_DELAY_MS: duration(10, 60_000)
    .default(1000)
    .describe('Mean delay of its event loop above which the API sheds requests, in ms.'),
  TAIN_UPLOAD_MAX_BYTES: size(1024)
    .default(4 * 1024 ** 3)
    .describe('Largest file that the API takes, in bytes.'),

  TAIN_REGISTER_DIR: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder with registers (upi.csv, lei.csv, mic.csv), read at the start; unset: a built-in sample.',
    ),

  TAIN_TABLE_DIR: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder with tables for `tain preview` (docs/tables.md), read at the start; unset: the built-in ones.',
    ),

  TAIN_FEEDS_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('JSON file with the feeds (docs/feeds.md); unset: none.'),
  TAIN_FEED_BATCH: z.coerce
    .number()
    .int()
    .min(1)
    // Half of what waits for a reader: behind a full queue the lag is known.
    .max(1000)
    .default(500)
    .describe('Most messages of a feed per transaction.'),
  TAIN_FEED_LINGER_MS: duration(0, 1000)
    .default(2)
    .describe('How long a message of a feed may wait for others before it is committed, in ms.'),
  TAIN_FEED_HANDOVER_MS: duration(1000, 86_400_000)
    .default(14_400_000)
    .describe('After which time the reader of a feed hands over to a fresh one, in ms.'),
  // What opens and closes a feed takes one beside its reader.
  TAIN_REALTIME_SLOTS: size(2)
    .max(1000)
    .default(100)
    .describe(
      'Readers, senders and what else one realtime worker has running at once: with several of them, few spread feeds out.',
    ),

  TAIN_ROLE: z
    .enum(REPORTING_ROLES)
    .default('reporter')
    .describe('`reporter` sends to a repository; `repository` takes reports, and cuts no days.'),
  TAIN_DAY_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'JSON file with the cut time of days and what they wait for (docs/days.md); unset: 18:00 in New York.',
    ),
  TAIN_DAY_PARQUET: flag
    .default(true)
    .describe(
      'Write the files of a day as Parquet too, for tools of your own; it takes several times as long.',
    ),
  TAIN_OUTBOUND_FILE: z
    .string()
    .optional()
    .describe('JSON file with the targets that messages go to (docs/outbound.md); unset: none.'),
  TAIN_GPU_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'JSON file with GPU nodes, prices, quotas and teams (docs/gpu.md); unset: what is stored stays.',
    ),
  TAIN_GPU_ROOTS: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folders, separated by `:`, that configurations and working folders of training lie in; unset: `training` in TAIN_STATE_DIR.',
    ),
  TAIN_KUBERNETES_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      'JSON file with the cluster that training runs on (docs/kubernetes.md); unset: processes of this machine.',
    ),
  TAIN_GPU_KEEP_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3660)
    .default(90)
    .describe('How long measurements of GPUs are kept; their hours and days stay.'),
  TAIN_GPU_DECISION_KEEP_DAYS: z.coerce
    .number()
    .int()
    .min(30)
    .max(3660)
    .default(400)
    .describe('How long decisions of the GPU planner are kept, so that they can be made again, in days.'),
  TAIN_SUBMITTER_LEI: z
    .string()
    .refine(isLei, 'is no LEI')
    .optional()
    .describe('Submitter (#22) of all that is sent; unset: what each record says.'),
  TAIN_AT_ONCE_LIMIT_MS: duration(1000, 86_400_000)
    .default(AT_ONCE_LIMIT_MS)
    .describe(
      'How long after the acceptance of an event its part 43 message is due to be acknowledged, in ms: a limit of ours.',
    ),

  TAIN_DATE_PAST_DAYS: days()
    .default(3660)
    .describe('How many days before today the folder date of an upload may lie.'),
  TAIN_DATE_AHEAD_DAYS: days().default(31).describe('How many days behind today it may lie.'),

  TAIN_CONTENT_MAX_BYTES: size(1024)
    .default(16 * 1024 ** 3)
    .describe('Most bytes that a file may contain, decompressed.'),

  TAIN_SETTLE_MS: duration(0, 3_600_000)
    .default(1000)
    .describe('A file without <name>.done is taken when its size and mtime stood still this long, in ms.'),
  TAIN_INBOX_POLL_MS: duration(50, 60_000)
    .default(2000)
    .describe(
      'Longest pause between two listings of the inbox, in ms; what happens in the folders shortens it.',
    ),
  TAIN_INBOX_CYCLE_MS: duration(1000, 3_600_000)
    .default(60_000)
    .describe('Length of one watching activity of the inbox, in ms.'),
  TAIN_MAX_OPEN_INGESTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(4)
    .describe('Files ingested at once.'),
  TAIN_CHUNK_BYTES: size(1)
    .default(8 * 1024 ** 2)
    .describe('Bytes of a file per transaction; a kill costs at most one.'),
  TAIN_REPORT_KEEP_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3660)
    .default(30)
    .describe('How long the files of reports on demand are kept, in days.'),
  TAIN_BACKGROUND_WINDOW: z
    .string()
    .transform((text, context) => {
      const window = parseWindow(text);
      if (!('problem' in window)) return window;
      context.addIssue({ code: 'custom', message: window.problem });
      return z.NEVER;
    })
    .optional()
    .describe(
      'When training starts and backfill runs at full pace, like `19:00-07:00 Asia/Seoul; weekends; holidays`; unset: always.',
    ),
  TAIN_ALERT_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address that is told (POST) of what needs a person; unset: none.'),
  TAIN_ALERT_SECRET: z
    .string()
    .min(16, 'must be at least 16 characters long')
    .optional()
    .describe('Secret of the HMAC-SHA256 in X-Tain-Signature of alerts; unset: they are not signed.'),
  TAIN_PARTITIONS_AHEAD: z.coerce
    .number()
    .int()
    .min(1)
    .max(36)
    .default(3)
    .describe('Months of partitions made ahead.'),
});

type Settings = z.output<typeof SETTINGS>;

/** Settings with absolute paths. */
export type Config = Settings;

/** A configuration that cannot be used; `problems` holds one line per setting that is wrong. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Parses the settings out of an environment. Empty variables count as absent, so that a copied `.env.example` works.
 * @param required settings that have no default but that this process cannot do without
 * @throws ConfigError naming every problem at once
 */
export function parseConfig<Required extends keyof Settings = never>(
  env: Record<string, string | undefined>,
  required: readonly Required[] = [],
): Config & { [Name in Required]-?: NonNullable<Config[Name]> } {
  const given = Object.fromEntries(
    Object.keys(SETTINGS.shape).flatMap((name) => (env[name] ? [[name, env[name]]] : [])),
  );
  const parsed = SETTINGS.safeParse(given);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => describeProblem(issue, given));
  problems.push(...required.filter((name) => !given[name]).map((name) => `${name} is not set.`));
  problems.push(...describeIssuerProblems(given));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);

  const config = parsed.data;
  config.TAIN_STATE_DIR = path.resolve(ROOT_DIR, config.TAIN_STATE_DIR);
  config.TAIN_DATA_DIR = path.resolve(ROOT_DIR, config.TAIN_DATA_DIR);
  if (config.TAIN_REGISTER_DIR) config.TAIN_REGISTER_DIR = path.resolve(ROOT_DIR, config.TAIN_REGISTER_DIR);
  if (config.TAIN_FEEDS_FILE) config.TAIN_FEEDS_FILE = path.resolve(ROOT_DIR, config.TAIN_FEEDS_FILE);
  if (config.TAIN_DAY_FILE) config.TAIN_DAY_FILE = path.resolve(ROOT_DIR, config.TAIN_DAY_FILE);
  if (config.TAIN_GPU_FILE) config.TAIN_GPU_FILE = path.resolve(ROOT_DIR, config.TAIN_GPU_FILE);
  if (config.TAIN_KUBERNETES_FILE)
    config.TAIN_KUBERNETES_FILE = path.resolve(ROOT_DIR, config.TAIN_KUBERNETES_FILE);
  if (config.TAIN_OUTBOUND_FILE)
    config.TAIN_OUTBOUND_FILE = path.resolve(ROOT_DIR, config.TAIN_OUTBOUND_FILE);
  if (config.TAIN_TABLE_DIR) config.TAIN_TABLE_DIR = path.resolve(ROOT_DIR, config.TAIN_TABLE_DIR);
  return config as Config & { [Name in Required]-?: NonNullable<Config[Name]> };
}

/** Folders that jobs may work in. */
export const trainingRoots = ({
  TAIN_GPU_ROOTS,
  TAIN_STATE_DIR,
}: Pick<Config, 'TAIN_GPU_ROOTS' | 'TAIN_STATE_DIR'>): readonly string[] =>
  TAIN_GPU_ROOTS === undefined
    ? [path.join(TAIN_STATE_DIR, 'training')]
    : TAIN_GPU_ROOTS.split(':')
        .filter(Boolean)
        .map((root) => path.resolve(ROOT_DIR, root));

/** What training programs find in their environment beside what is theirs: nothing of what Tain is told. */
export const programEnvironment = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** Tokens of an issuer are made for many services: without an audience, those of any other would be good here. */
function describeIssuerProblems(given: Record<string, unknown>): string[] {
  if (given['TAIN_JWT_ISSUER'])
    return given['TAIN_JWT_AUDIENCE'] ? [] : ['TAIN_JWT_AUDIENCE is not set, but TAIN_JWT_ISSUER is.'];
  return ['TAIN_JWT_AUDIENCE', 'TAIN_JWKS_URL']
    .filter((name) => given[name])
    .map((name) => `${name} is set, but TAIN_JWT_ISSUER is not.`);
}

function describeProblem(issue: z.core.$ZodIssue, given: Record<string, unknown>): string {
  const name = issue.path.join('.');
  return `${name}=${JSON.stringify(given[name])}: ${issue.message}`;
}

/** Reads `.env` of the checkout, if there is one, and the environment of this process; exits with 78 on problems. */
export function loadConfig<Required extends keyof Settings = never>(required: readonly Required[] = []) {
  const envFile = path.join(ROOT_DIR, '.env');
  if (existsSync(envFile)) process.loadEnvFile(envFile);
  try {
    return parseConfig(process.env, required);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\nThe settings are listed in .env.example.\n`);
    process.exit(EXIT_CONFIG);
  }
}
