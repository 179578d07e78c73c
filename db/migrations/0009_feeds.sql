-- Feeds: what they are to do and where they stand, every message that came with its verdict, what was missing, and how
-- fast it went.

create table feed (
  feed          text        collate "C" primary key check (feed ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  -- As configured, without secrets: when it differs from the configuration, the feed is configured anew.
  settings      json        not null,
  wanted        text        not null default 'running' check (wanted in ('running', 'paused', 'removed')),
  -- Why it is paused, and since when it is wanted as it is.
  wanted_reason text,
  wanted_by     text        not null,
  wanted_at     timestamptz not null default now(),
  -- The newest attempt: older ones can write nothing more.
  epoch         integer     not null default 0 check (epoch >= 0),
  -- The session that is read, as its sender calls it, and how often that began anew under this name.
  session       text        collate "C",
  generation    integer     not null default 1 check (generation > 0),
  -- Its sender has said that nothing follows: the next one is awaited.
  session_ended boolean     not null default false,
  -- The sequence number of the next message that is not journalled.
  next_sequence bigint      not null default 1 check (next_sequence > 0),
  -- The next one whose sender was not told what became of it.
  next_answer   bigint      not null default 1 check (next_answer > 0)
) with (fillfactor = 50);

-- What a verdict depends on beside the message: the rules, the registers and the day of submission.
create table feed_basis (
  basis_id         integer generated always as identity primary key,
  rule_set_version text    not null,
  register_version text    not null,
  submitted_on     date    not null,
  unique (rule_set_version, register_version, submitted_on)
);

create table feed_journal (
  feed         text        collate "C" not null,
  -- As its sender calls it; "#2" and so on behind it when it began anew under the same name (domain/feeds/session.ts).
  session      text        collate "C" not null,
  sequence     bigint      not null check (sequence > 0),
  -- By the clock of the machine that received it, which can jump.
  received_at  timestamptz not null,
  -- The bytes as they came, whatever they are.
  raw          bytea       not null,
  verdict      text        not null check (verdict in ('accepted', 'rejected')),
  -- UTI, USI or dissemination identifier.
  record_key   text,
  -- Not jsonb, which cannot hold U+0000.
  issues       json,
  basis_id     integer     not null,
  committed_at timestamptz not null default now(),
  primary key (feed, session, sequence)
);

create function refuse_journal_change() returns trigger
language plpgsql as $$
begin
  raise exception 'feed_journal is append only: % refused', tg_op using errcode = 'integrity_constraint_violation';
end
$$;

create trigger feed_journal_append_only before update on feed_journal
  for each statement execute function refuse_journal_change();

-- Sequence numbers below the checkpoint that did not come when their turn was. Ranges do not overlap: what fills a part of
-- one leaves a filled range and what remains. Everything else below the checkpoint is in the journal.
create table feed_gap (
  feed           text        collate "C" not null,
  session        text        collate "C" not null,
  from_sequence  bigint      not null check (from_sequence > 0),
  -- Not included.
  to_sequence    bigint      not null,
  found_at       timestamptz not null default now(),
  filled_at      timestamptz,
  -- Why it cannot be filled for now.
  problem_code   text,
  problem_params json,
  primary key (feed, session, from_sequence),
  constraint feed_gap_range check (from_sequence < to_sequence)
);

create index feed_gap_open on feed_gap (feed) where filled_at is null;

-- Messages that came again under their numbers with other content. What came first stands; nothing is dropped.
create table feed_altered (
  altered_id  bigint      generated always as identity primary key,
  feed        text        collate "C" not null,
  session     text        collate "C" not null,
  sequence    bigint      not null,
  received_at timestamptz not null,
  raw         bytea       not null
);

-- How a feed is doing, written about once a second by whoever reads it; old when nobody does.
create table feed_status (
  feed           text        collate "C" primary key,
  epoch          integer     not null,
  state          text        not null
    check (state in ('connecting', 'connected', 'waiting', 'stopped', 'ended', 'paused')),
  problem_code   text,
  problem_params json,
  -- Received and not committed; and how long the oldest of them has waited, in milliseconds.
  lag_messages   integer     not null check (lag_messages >= 0),
  lag_ms         double precision not null check (lag_ms >= 0),
  -- From receipt to commit, of the last minute with messages; null before any.
  p50_ms         double precision,
  p99_ms         double precision,
  -- Messages a second over the last seconds.
  rate           double precision not null default 0,
  seen_at        timestamptz not null default now()
) with (fillfactor = 50);

-- Latencies from receipt to commit: how many messages of a minute were at most as slow as each bound.
create table feed_latency (
  feed     text        collate "C" not null,
  minute   timestamptz not null,
  -- Not cumulative, one more than there are bounds (domain/feeds/latency.ts).
  counts   bigint[]    not null,
  sum_ms   double precision not null,
  max_ms   double precision not null,
  primary key (feed, minute)
);
