-- The desk: what people note of causes that need them, and when open swaps were verified.

-- What needs a person is computed from the tables that it is in; here is only what those do not know: who took it, what
-- they wrote, when it was seen, and of what an alert has told.
create table exception_note (
  -- Names the cause, like "rejected:20261121-…:format.lei".
  key            text        collate "C" primary key,
  kind           text        not null,
  owner          text,
  owner_role     text,
  taken_at       timestamptz,
  note           text,
  noted_by       text,
  noted_at       timestamptz,
  -- Somebody's word that it needs nobody any more. What stays in the tables for good comes back when there is more of it
  -- than they saw.
  resolved_by    text,
  resolved_at    timestamptz,
  resolved_why   text,
  resolved_count bigint,
  -- By the watch; null before its first look at it.
  first_seen_at  timestamptz,
  last_seen_at   timestamptz,
  -- When it was gone; null while it is there.
  cleared_at     timestamptz,
  -- Counts how often it came: each time is told once.
  appearance     integer     not null default 0 check (appearance >= 0),
  -- As it was seen last, for the words of an alert.
  facts          json,
  -- The last appearance whose coming, and whose going, was told and answered for.
  told_come      integer     not null default 0,
  told_gone      integer     not null default 0,
  -- Of the alert that is on its way: how often it was tried, when it is tried next, and why it failed.
  attempts       integer     not null default 0,
  next_try_at    timestamptz,
  problem        text,
  constraint exception_note_owner check (num_nulls(owner, owner_role, taken_at) in (0, 3)),
  constraint exception_note_note check (num_nulls(note, noted_by, noted_at) in (0, 3)),
  constraint exception_note_resolved check (num_nulls(resolved_by, resolved_at, resolved_why, resolved_count) in (0, 4)),
  constraint exception_note_told check (told_come <= appearance and told_gone <= appearance)
);

create index exception_note_present on exception_note (key) where cleared_at is null;

-- Open swaps of one of our entities compared with the repository's report (17 CFR 45.14(b)).
create table verification (
  entity        text        collate "C" not null check (entity ~ '^[0-9A-Z]{20}$'),
  -- The day that the report is of.
  verified_on   date        not null,
  report_name   text        not null,
  report_sha256 text        not null check (report_sha256 ~ '^[0-9a-f]{64}$'),
  compared      bigint      not null,
  breaks        bigint      not null,
  recorded_by   text        not null,
  recorded_at   timestamptz not null default now(),
  primary key (entity, verified_on, report_sha256)
);

-- Outcomes that need a person, or may: few among all. Those that a later judgement replaced are in them too.
create index event_outcome_unsettled on event_outcome (outcome, source_id, position)
  where outcome in ('conflict', 'pending');

create index event_outcome_revised on event_outcome (source_id, position) where revision > 1;

