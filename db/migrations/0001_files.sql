-- Received files and their records (the organisation's TB_BAT_FILE_MST and TB_BAT_FILE_HIST), and what the inbox saw.

create table tb_bat_file_mst (
  file_id          bigint generated always as identity primary key,
  folder_date      date        not null,
  sha256           text        not null check (sha256 ~ '^[0-9a-f]{64}$'),
  file_name        text        not null,
  -- Relative to the data directory; the newest place where these bytes were seen.
  path             text        not null,
  size_bytes       bigint      not null check (size_bytes >= 0),
  state            text        not null default 'waiting'
                   check (state in ('waiting', 'ingesting', 'published', 'refused')),
  format           text        check (format in ('submission', 'public-dissemination')),
  rule_set_version text,
  revision         integer     not null default 1 check (revision > 0),
  -- First slice of the file: byte order mark, header line, blank lines behind it.
  header_raw       bytea,
  unknown_columns  text[]      not null default '{}',
  -- Checkpoint. An attempt owns the file while its epoch is the newest; every chunk moves next_offset on.
  epoch            integer     not null default 0,
  next_offset      bigint      not null default 0,
  next_line        bigint      not null default 1,
  read_count       bigint      not null default 0,
  accepted_count   bigint      not null default 0,
  rejected_count   bigint      not null default 0,
  -- Why a refused file was refused: a code of the error table and the sentence for a person.
  problem_code     text,
  problem_detail   text,
  received_at      timestamptz not null default now(),
  started_at       timestamptz,
  finished_at      timestamptz,
  constraint tb_bat_file_mst_identity unique (folder_date, sha256),
  constraint tb_bat_file_mst_conservation
    check (state <> 'published' or (read_count = accepted_count + rejected_count and next_offset = size_bytes)),
  constraint tb_bat_file_mst_refusal check ((state = 'refused') = (problem_code is not null))
);

create index tb_bat_file_mst_open on tb_bat_file_mst (received_at, file_id) where state in ('waiting', 'ingesting');

create table tb_bat_file_hist (
  folder_date date    not null,
  file_id     bigint  not null,
  revision    integer not null,
  -- Number of the record in its file, from 1, and its place: line from 1, bytes [byte_offset, byte_offset + byte_length).
  record_no   bigint  not null,
  line_no     bigint  not null,
  byte_offset bigint  not null,
  byte_length integer not null,
  verdict     text    not null check (verdict in ('accepted', 'rejected')),
  record_key  text,
  issues      jsonb,
  -- The bytes of the slice, line break included: as text, or as bytes where they are not storable as text.
  raw         text,
  raw_bytes   bytea,
  primary key (folder_date, file_id, revision, record_no),
  constraint tb_bat_file_hist_raw check (num_nonnulls(raw, raw_bytes) = 1)
) partition by range (folder_date);

create index tb_bat_file_hist_rejected on tb_bat_file_hist (folder_date, file_id, revision, record_no)
  where verdict = 'rejected';

-- Makes the partition of one month: CREATE + ATTACH, which leaves readers and writers of the table alone.
-- Safe to repeat and to race.
create function ensure_month_partition(parent regclass, day date) returns text
language plpgsql as $$
declare
  first_day date := date_trunc('month', day)::date;
  next_day  date := (date_trunc('month', day) + interval '1 month')::date;
  child     text := format('%s_%s', parent, to_char(first_day, 'YYYYMM'));
begin
  if to_regclass(child) is not null then
    return child;
  end if;
  perform pg_advisory_xact_lock(hashtext('ensure_month_partition'), hashtext(child));
  -- Asked of the table, not by to_regclass: its cache does not notice what others did while we waited for the lock.
  if exists (select from pg_inherits join pg_class on oid = inhrelid where inhparent = parent and relname = child) then
    return child;
  end if;
  execute format('create table %I (like %s including all)', child, parent);
  execute format('alter table %I add constraint %I check (folder_date >= %L and folder_date < %L)',
                 child, child || '_month', first_day, next_day);
  execute format('alter table %s attach partition %I for values from (%L) to (%L)', parent, child, first_day, next_day);
  execute format('alter table %I drop constraint %I', child, child || '_month');
  return child;
end
$$;

-- What the last listing saw. A file is taken once (size, mtime, ctime) stood still; file_id says it was hashed.
create table inbox_sighting (
  path          text             primary key,
  folder_date   date             not null,
  size_bytes    bigint           not null,
  mtime_ms      double precision not null,
  -- Changes when a file is replaced by another one of the same size and mtime.
  ctime_ms      double precision not null,
  first_seen_at timestamptz      not null default now(),
  file_id       bigint           references tb_bat_file_mst on delete cascade
);

-- Files of the demonstration day, registered before they are dropped into rec/, so that they can be cleared again
-- and are never mixed up with files of somebody's own.
create table demo_file (
  folder_date date        not null,
  sha256      text        not null,
  file_name   text        not null,
  rows        bigint      not null,
  loaded_at   timestamptz not null default now(),
  primary key (folder_date, sha256)
);
