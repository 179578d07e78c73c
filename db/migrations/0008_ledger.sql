-- The ledger that files and feeds share (the organisation's TB_ON_MST and TB_ON_HIST): accepted events, what became of
-- them, and the swaps and portfolios that they make. Only db/ledger.ts writes here, under a lock per swap.

create table ledger_source (
  source_id  bigint      generated always as identity primary key,
  -- A file's public id, or a feed and its session: with the position it is the place that people read.
  name       text        collate "C" not null unique,
  file_id    bigint,
  revision   integer     check (revision > 0),
  feed       text,
  session    text,
  entered_at timestamptz not null default now(),
  constraint ledger_source_kind check (
    (num_nonnulls(file_id, revision) = 2 and num_nonnulls(feed, session) = 0)
    or (num_nonnulls(file_id, revision) = 0 and num_nonnulls(feed, session) = 2))
);

create table tb_on_hist (
  source_id    bigint      not null,
  -- Number of the record in its file, or sequence number in the session of its feed.
  position     bigint      not null,
  subject_key  text        collate "C" not null,
  subject_kind text        not null check (subject_kind in ('swap', 'portfolio')),
  -- The fold key, in its order.
  fold_time    text        collate "C" not null,
  event_time   text        collate "C" not null,
  fold_rank    smallint    not null,
  content_hash bytea       not null check (octet_length(content_hash) = 32),
  part         smallint    check (part in (43, 45)),
  -- The elements of the record by slot, as JSON text: nobody looks into it here, and jsonb costs more than all the rest.
  elements     text        not null,
  accepted_at  timestamptz not null default now(),
  primary key (source_id, position)
);

create index tb_on_hist_subject on tb_on_hist (subject_key, subject_kind);

create function refuse_event_change() returns trigger
language plpgsql as $$
begin
  raise exception 'tb_on_hist is append only: % refused', tg_op using errcode = 'integrity_constraint_violation';
end
$$;

create trigger tb_on_hist_append_only before update on tb_on_hist
  for each statement execute function refuse_event_change();

create table event_key (
  -- SHA-256 of what identifies an event whatever it says.
  key_hash     bytea  primary key check (octet_length(key_hash) = 32),
  subject_key  text   collate "C" not null,
  subject_kind text   not null check (subject_kind in ('swap', 'portfolio')),
  -- Of the event that holds the key: the first by fold key. Others are its duplicates or contradict it.
  content_hash bytea  not null check (octet_length(content_hash) = 32),
  source_id    bigint not null,
  position     bigint not null
);

create table event_outcome (
  source_id  bigint      not null,
  position   bigint      not null,
  -- From 1; the highest holds. A late event changes what became of others.
  revision   integer     not null check (revision > 0),
  outcome    text        not null check (outcome in ('applied', 'duplicate', 'conflict', 'pending', 'violated')),
  -- Rules with their parameters; null when there is nothing to say. Not jsonb, which cannot hold U+0000.
  issues     json,
  decided_at timestamptz not null default now(),
  primary key (source_id, position, revision)
);

create table tb_on_mst (
  subject_key  text     collate "C" not null,
  subject_kind text     not null check (subject_kind in ('swap', 'portfolio')),
  -- By messages alone: that a swap has matured depends on the day that is asked for. Null for a portfolio.
  status       text     check (status in ('none', 'open', 'terminated', 'errored', 'transferred-out')),
  -- Terms, links, latest valuation and margin, as JSON text.
  state        text     not null,
  -- Fold key of the last event that holds its key: what folds behind it needs no history.
  fold_time    text     collate "C" not null,
  event_time   text     collate "C" not null,
  fold_rank    smallint not null,
  content_hash bytea    not null check (octet_length(content_hash) = 32),
  -- Counts the transactions that changed the row.
  revision     integer  not null default 1 check (revision > 0),
  primary key (subject_key, subject_kind),
  constraint tb_on_mst_status check ((subject_kind = 'swap') = (status is not null))
);
