-- What the migrations make. Generated: npm run generate

create table demo_file (
  folder_date date not null,
  sha256 text not null,
  file_name text not null,
  rows bigint not null,
  loaded_at timestamp with time zone not null default now(),
  constraint demo_file_pkey PRIMARY KEY (folder_date, sha256)
);

create table inbox_sighting (
  path text not null,
  folder_date date not null,
  size_bytes bigint not null,
  mtime_ms double precision not null,
  ctime_ms double precision not null,
  first_seen_at timestamp with time zone not null default now(),
  file_id bigint,
  marker text,
  constraint inbox_sighting_file_id_fkey FOREIGN KEY (file_id) REFERENCES tb_bat_file_mst(file_id) ON DELETE CASCADE,
  constraint inbox_sighting_pkey PRIMARY KEY (path)
);

create table inbox_unreadable (
  place text not null,
  reason text not null,
  seen_at timestamp with time zone not null default now(),
  constraint inbox_unreadable_pkey PRIMARY KEY (place)
);

create table schema_migration (
  version integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null default now(),
  constraint schema_migration_pkey PRIMARY KEY (version)
);

create table tb_bat_file_hist (
  folder_date date not null,
  file_id bigint not null,
  revision integer not null,
  record_no bigint not null,
  line_no bigint not null,
  byte_offset bigint not null,
  byte_length bigint not null,
  verdict text not null,
  record_key text,
  issues jsonb,
  raw text,
  raw_bytes bytea,
  raw_sha256 text,
  corrects text,
  constraint tb_bat_file_hist_pkey PRIMARY KEY (folder_date, file_id, revision, record_no),
  constraint tb_bat_file_hist_raw CHECK ((num_nonnulls(raw, raw_bytes, raw_sha256) = 1)),
  constraint tb_bat_file_hist_verdict_check CHECK ((verdict = ANY (ARRAY['accepted'::text, 'rejected'::text])))
) partition by RANGE (folder_date);

CREATE INDEX tb_bat_file_hist_rejected ON ONLY public.tb_bat_file_hist USING btree (folder_date, file_id, revision, record_no) WHERE (verdict = 'rejected'::text);

create table tb_bat_file_mst (
  file_id bigint not null generated always as identity,
  folder_date date not null,
  sha256 text not null,
  file_name text not null,
  path text not null,
  size_bytes bigint not null,
  state text not null default 'waiting'::text,
  format text,
  rule_set_version text,
  revision integer not null default 1,
  header_raw bytea,
  unknown_columns text[] not null default '{}'::text[],
  epoch integer not null default 0,
  next_offset bigint not null default 0,
  next_line bigint not null default 1,
  read_count bigint not null default 0,
  accepted_count bigint not null default 0,
  rejected_count bigint not null default 0,
  problem_code text,
  received_at timestamp with time zone not null default now(),
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  problem_params jsonb,
  compression text not null default 'none'::text,
  content_bytes bigint,
  content_sha256 text,
  expected_rows bigint,
  constraint tb_bat_file_mst_compression_check CHECK ((compression = ANY (ARRAY['none'::text, 'gzip'::text, 'zip'::text]))),
  constraint tb_bat_file_mst_conservation CHECK (((state <> 'published'::text) OR ((read_count = (accepted_count + rejected_count)) AND (next_offset = content_bytes)))),
  constraint tb_bat_file_mst_content_bytes_check CHECK ((content_bytes >= 0)),
  constraint tb_bat_file_mst_content_sha256_check CHECK ((content_sha256 ~ '^[0-9a-f]{64}$'::text)),
  constraint tb_bat_file_mst_expected_rows_check CHECK ((expected_rows >= 0)),
  constraint tb_bat_file_mst_format_check CHECK ((format = ANY (ARRAY['submission'::text, 'public-dissemination'::text]))),
  constraint tb_bat_file_mst_identity UNIQUE (folder_date, sha256),
  constraint tb_bat_file_mst_pkey PRIMARY KEY (file_id),
  constraint tb_bat_file_mst_problem CHECK (((state = ANY (ARRAY['refused'::text, 'held'::text])) = (problem_code IS NOT NULL))),
  constraint tb_bat_file_mst_revision_check CHECK ((revision > 0)),
  constraint tb_bat_file_mst_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
  constraint tb_bat_file_mst_size_bytes_check CHECK ((size_bytes >= 0)),
  constraint tb_bat_file_mst_state CHECK ((state = ANY (ARRAY['waiting'::text, 'ingesting'::text, 'published'::text, 'refused'::text, 'held'::text])))
);

CREATE INDEX tb_bat_file_mst_open ON public.tb_bat_file_mst USING btree (state, received_at, file_id) WHERE (state = ANY (ARRAY['waiting'::text, 'ingesting'::text]));

CREATE OR REPLACE FUNCTION public.ensure_month_partition(parent regclass, day date)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
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
$function$;
