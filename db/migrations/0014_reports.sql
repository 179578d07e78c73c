-- Reports that somebody asked for. The rows are in files; here is what was asked, how far it is, and what came of it.

create table report (
  -- Hash of what was asked, by whom, and of what was known then.
  report_id     text        collate "C" primary key check (report_id ~ '^[0-9a-f]{32}$'),
  -- Hash of what was asked and by whom alone.
  request_hash  text        collate "C" not null check (request_hash ~ '^[0-9a-f]{32}$'),
  kind          text        not null,
  format        text        not null check (format in ('csv', 'parquet')),
  from_date     date,
  to_date       date,
  as_of         date,
  -- Business date of the last day whose cut counts; null: all that was known.
  known_at      date,
  filters       json        not null,
  owner         text        not null,
  state         text        not null default 'waiting'
                check (state in ('waiting', 'writing', 'ready', 'failed', 'cancelled', 'expired')),
  -- How often it was asked for anew after it had failed, been cancelled or expired.
  attempt       integer     not null default 1 check (attempt > 0),
  -- The newest activity that writes it: older ones can move nothing more.
  epoch         integer     not null default 0,
  -- Progress: what was looked at of how much, and rows written.
  looked_at     bigint      not null default 0,
  of_total      bigint,
  rows_written  bigint      not null default 0,
  -- The file, relative to the data directory.
  path          text,
  size_bytes    bigint,
  sha256        text        check (sha256 ~ '^[0-9a-f]{64}$'),
  problem_code   text,
  problem_params json,
  created_at    timestamptz not null default now(),
  finished_at   timestamptz,
  expires_at    timestamptz,
  constraint report_file check ((state = 'ready') = (num_nonnulls(path, size_bytes, sha256, expires_at) = 4)),
  constraint report_problem check ((state = 'failed') = (problem_code is not null))
);

create index report_owner on report (owner, created_at, report_id);

create index report_open on report (request_hash) where state in ('waiting', 'writing');

create index report_expiry on report (expires_at) where state = 'ready';

-- What was due when, for the report on what came late.
create index outbound_message_due on outbound_message (due_at, message_id) where due_at is not null;
