-- What the migrations make. Generated: npm run generate

create table audit_log (
  seq bigint not null,
  at timestamp with time zone not null,
  actor text not null,
  role text not null,
  action text not null,
  subject text not null,
  before jsonb,
  after jsonb,
  reason text,
  prev_hash text not null,
  hash text not null,
  constraint audit_log_hash_check CHECK ((hash ~ '^[0-9a-f]{64}$'::text)),
  constraint audit_log_pkey PRIMARY KEY (seq),
  constraint audit_log_prev_hash_check CHECK ((prev_hash ~ '^[0-9a-f]{64}$'::text)),
  constraint audit_log_seq_check CHECK ((seq > 0))
);

CREATE INDEX audit_log_at ON public.audit_log USING btree (at);

CREATE INDEX audit_log_subject ON public.audit_log USING btree (subject, seq);

CREATE TRIGGER audit_log_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

create table cftc_carried (
  source_id bigint not null,
  "position" bigint not null,
  business_date date not null,
  settled_on date,
  outcome text,
  constraint cftc_carried_check CHECK ((num_nonnulls(settled_on, outcome) = ANY (ARRAY[0, 2]))),
  constraint cftc_carried_outcome_check CHECK ((outcome = ANY (ARRAY['applied'::text, 'duplicate'::text, 'conflict'::text, 'violated'::text]))),
  constraint cftc_carried_pkey PRIMARY KEY (source_id, "position")
);

CREATE INDEX cftc_carried_waiting ON public.cftc_carried USING btree (business_date) WHERE (settled_on IS NULL);

create table cftc_cut_feed (
  feed text not null,
  session text not null,
  business_date date not null,
  since_version integer not null,
  sequences int8multirange not null,
  constraint cftc_cut_feed_pkey PRIMARY KEY (feed, session, business_date, since_version),
  constraint cftc_cut_feed_sequences_check CHECK ((NOT isempty(sequences))),
  constraint cftc_cut_feed_since_version_check CHECK ((since_version > 0))
);

CREATE INDEX cftc_cut_feed_day ON public.cftc_cut_feed USING btree (business_date);

create table cftc_cut_file (
  file_id bigint not null,
  revision integer not null,
  business_date date not null,
  since_version integer not null,
  constraint cftc_cut_file_pkey PRIMARY KEY (file_id, revision),
  constraint cftc_cut_file_revision_check CHECK ((revision > 0)),
  constraint cftc_cut_file_since_version_check CHECK ((since_version > 0))
);

CREATE INDEX cftc_cut_file_day ON public.cftc_cut_file USING btree (business_date);

create table cftc_day (
  business_date date not null,
  version integer not null default 1,
  state text not null default 'open'::text,
  opened_by text not null,
  opened_at timestamp with time zone not null default now(),
  closed_by text,
  closed_at timestamp with time zone,
  closed_reason text,
  problem_code text,
  problem_params json,
  constraint cftc_day_pkey PRIMARY KEY (business_date),
  constraint cftc_day_state_check CHECK ((state = ANY (ARRAY['open'::text, 'cut'::text, 'reported'::text, 'delivering'::text, 'closed'::text, 'nil'::text, 'incomplete'::text]))),
  constraint cftc_day_version_check CHECK ((version > 0))
);

create table cftc_day_input (
  business_date date not null,
  name text not null,
  kind text not null,
  expected text not null,
  due_at timestamp with time zone,
  state text not null default 'waiting'::text,
  waived_by text,
  waived_reason text,
  constraint cftc_day_input_business_date_fkey FOREIGN KEY (business_date) REFERENCES cftc_day(business_date),
  constraint cftc_day_input_kind_check CHECK ((kind = ANY (ARRAY['file'::text, 'feed'::text]))),
  constraint cftc_day_input_pkey PRIMARY KEY (business_date, name),
  constraint cftc_day_input_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'arrived'::text, 'waived'::text, 'missing'::text])))
);

create table cftc_day_version (
  business_date date not null,
  version integer not null,
  cut_at timestamp with time zone not null,
  cut_by text not null,
  submitter text,
  rule_set_version text not null,
  register_version text not null,
  catalogue_hash text not null,
  cut_subject text,
  messages_cut boolean not null default false,
  accepted_count bigint not null default 0,
  applied_count bigint not null default 0,
  duplicate_count bigint not null default 0,
  conflict_count bigint not null default 0,
  pending_count bigint not null default 0,
  violated_count bigint not null default 0,
  settled_count bigint not null default 0,
  other_count bigint not null default 0,
  message_count bigint not null default 0,
  reopened_reason text,
  constraint cftc_day_version_business_date_fkey FOREIGN KEY (business_date) REFERENCES cftc_day(business_date),
  constraint cftc_day_version_messages CHECK (((applied_count + settled_count) = (message_count + other_count))),
  constraint cftc_day_version_outcomes CHECK ((accepted_count = ((((applied_count + duplicate_count) + conflict_count) + pending_count) + violated_count))),
  constraint cftc_day_version_pkey PRIMARY KEY (business_date, version),
  constraint cftc_day_version_version_check CHECK ((version > 0))
);

create table day_opener (
  only_row boolean not null default true,
  calendar text,
  zone text,
  cut_minute smallint,
  known_since timestamp with time zone,
  problem_code text,
  problem_params json,
  problem_since timestamp with time zone,
  constraint day_opener_only_row_check CHECK (only_row),
  constraint day_opener_pkey PRIMARY KEY (only_row),
  constraint day_opener_problem CHECK ((num_nulls(problem_code, problem_params, problem_since) = ANY (ARRAY[0, 3]))),
  constraint day_opener_settings CHECK ((num_nulls(calendar, zone, cut_minute, known_since) = ANY (ARRAY[0, 4])))
);

create table delivery (
  delivery_id text not null,
  business_date date not null,
  version integer not null,
  file_name text not null,
  target text not null,
  state text not null default 'waiting'::text,
  epoch integer not null default 0,
  next_record bigint not null default 1,
  file_verdict text,
  problem_code text,
  problem_params json,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  round integer not null default 1,
  may_rewrite boolean not null default false,
  constraint delivery_business_date_version_file_name_target_key UNIQUE (business_date, version, file_name, target),
  constraint delivery_file_verdict_check CHECK ((file_verdict = ANY (ARRAY['accepted'::text, 'refused'::text]))),
  constraint delivery_next_record_check CHECK ((next_record > 0)),
  constraint delivery_pkey PRIMARY KEY (delivery_id),
  constraint delivery_round_check CHECK ((round > 0)),
  constraint delivery_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sending'::text, 'sent'::text, 'silent'::text, 'answered'::text, 'failed'::text, 'given-up'::text])))
);

create table demo_file (
  folder_date date not null,
  sha256 text not null,
  file_name text not null,
  rows bigint not null,
  loaded_at timestamp with time zone not null default now(),
  constraint demo_file_pkey PRIMARY KEY (folder_date, sha256)
);

create table event_key (
  key_hash bytea not null,
  subject_key text not null,
  subject_kind text not null,
  content_hash bytea not null,
  source_id bigint not null,
  "position" bigint not null,
  constraint event_key_content_hash_check CHECK ((octet_length(content_hash) = 32)),
  constraint event_key_key_hash_check CHECK ((octet_length(key_hash) = 32)),
  constraint event_key_pkey PRIMARY KEY (key_hash),
  constraint event_key_subject_kind_check CHECK ((subject_kind = ANY (ARRAY['swap'::text, 'portfolio'::text])))
);

create table event_outcome (
  source_id bigint not null,
  "position" bigint not null,
  revision integer not null,
  outcome text not null,
  issues json,
  decided_at timestamp with time zone not null default now(),
  constraint event_outcome_outcome_check CHECK ((outcome = ANY (ARRAY['applied'::text, 'duplicate'::text, 'conflict'::text, 'pending'::text, 'violated'::text]))),
  constraint event_outcome_pkey PRIMARY KEY (source_id, "position", revision),
  constraint event_outcome_revision_check CHECK ((revision > 0))
);

CREATE INDEX event_outcome_revised ON public.event_outcome USING btree (source_id, "position") WHERE (revision > 1);

CREATE INDEX event_outcome_unsettled ON public.event_outcome USING btree (outcome, source_id, "position") WHERE (outcome = ANY (ARRAY['conflict'::text, 'pending'::text, 'violated'::text]));

create table exception_note (
  key text not null,
  kind text not null,
  owner text,
  owner_role text,
  taken_at timestamp with time zone,
  note text,
  noted_by text,
  noted_at timestamp with time zone,
  resolved_by text,
  resolved_at timestamp with time zone,
  resolved_why text,
  resolved_count bigint,
  first_seen_at timestamp with time zone,
  last_seen_at timestamp with time zone,
  cleared_at timestamp with time zone,
  appearance integer not null default 0,
  facts json,
  told_come integer not null default 0,
  told_gone integer not null default 0,
  attempts integer not null default 0,
  next_try_at timestamp with time zone,
  problem text,
  resolved_newest timestamp with time zone,
  told_count bigint,
  told_at timestamp with time zone,
  told_more integer not null default 0,
  constraint exception_note_appearance_check CHECK ((appearance >= 0)),
  constraint exception_note_note CHECK ((num_nulls(note, noted_by, noted_at) = ANY (ARRAY[0, 3]))),
  constraint exception_note_owner CHECK ((num_nulls(owner, owner_role, taken_at) = ANY (ARRAY[0, 3]))),
  constraint exception_note_pkey PRIMARY KEY (key),
  constraint exception_note_resolved CHECK ((num_nulls(resolved_by, resolved_at, resolved_why, resolved_count) = ANY (ARRAY[0, 4]))),
  constraint exception_note_told CHECK (((told_come <= appearance) AND (told_gone <= appearance))),
  constraint exception_note_told_more_check CHECK ((told_more >= 0))
);

CREATE INDEX exception_note_present ON public.exception_note USING btree (key) WHERE (cleared_at IS NULL);

create table feed (
  feed text not null,
  settings json not null,
  wanted text not null default 'running'::text,
  wanted_reason text,
  wanted_by text not null,
  wanted_at timestamp with time zone not null default now(),
  epoch integer not null default 0,
  session text,
  generation integer not null default 1,
  session_ended boolean not null default false,
  next_sequence bigint not null default 1,
  next_answer bigint not null default 1,
  takes_any boolean not null default false,
  kept_pause json,
  constraint feed_epoch_check CHECK ((epoch >= 0)),
  constraint feed_feed_check CHECK ((feed ~ '^[a-z0-9][a-z0-9-]{0,39}$'::text)),
  constraint feed_generation_check CHECK ((generation > 0)),
  constraint feed_next_answer_check CHECK ((next_answer > 0)),
  constraint feed_next_sequence_check CHECK ((next_sequence > 0)),
  constraint feed_pkey PRIMARY KEY (feed),
  constraint feed_wanted_check CHECK ((wanted = ANY (ARRAY['running'::text, 'paused'::text, 'removed'::text])))
);

create table feed_altered (
  altered_id bigint not null generated always as identity,
  feed text not null,
  session text not null,
  sequence bigint not null,
  received_at timestamp with time zone not null,
  raw bytea not null,
  constraint feed_altered_pkey PRIMARY KEY (altered_id)
);

create table feed_basis (
  basis_id integer not null generated always as identity,
  rule_set_version text not null,
  register_version text not null,
  submitted_on date not null,
  constraint feed_basis_pkey PRIMARY KEY (basis_id),
  constraint feed_basis_rule_set_version_register_version_submitted_on_key UNIQUE (rule_set_version, register_version, submitted_on)
);

create table feed_gap (
  feed text not null,
  session text not null,
  from_sequence bigint not null,
  to_sequence bigint not null,
  found_at timestamp with time zone not null default now(),
  filled_at timestamp with time zone,
  problem_code text,
  problem_params json,
  constraint feed_gap_from_sequence_check CHECK ((from_sequence > 0)),
  constraint feed_gap_pkey PRIMARY KEY (feed, session, from_sequence),
  constraint feed_gap_range CHECK ((from_sequence < to_sequence))
);

CREATE INDEX feed_gap_open ON public.feed_gap USING btree (feed) WHERE (filled_at IS NULL);

create table feed_journal (
  feed text not null,
  session text not null,
  sequence bigint not null,
  received_at timestamp with time zone not null,
  raw bytea not null,
  verdict text not null,
  record_key text,
  issues json,
  basis_id integer not null,
  committed_at timestamp with time zone not null default now(),
  constraint feed_journal_pkey PRIMARY KEY (feed, session, sequence),
  constraint feed_journal_sequence_check CHECK ((sequence > 0)),
  constraint feed_journal_verdict_check CHECK ((verdict = ANY (ARRAY['accepted'::text, 'rejected'::text])))
);

CREATE INDEX feed_journal_rejected ON public.feed_journal USING btree (received_at) WHERE (verdict = 'rejected'::text);

CREATE TRIGGER feed_journal_append_only BEFORE UPDATE ON public.feed_journal FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change();

create table feed_latency (
  feed text not null,
  minute timestamp with time zone not null,
  counts bigint[] not null,
  sum_ms double precision not null,
  max_ms double precision not null,
  constraint feed_latency_pkey PRIMARY KEY (feed, minute)
);

create table feed_status (
  feed text not null,
  epoch integer not null,
  state text not null,
  problem_code text,
  problem_params json,
  lag_messages integer not null,
  lag_ms double precision not null,
  p50_ms double precision,
  p99_ms double precision,
  rate double precision not null default 0,
  seen_at timestamp with time zone not null default now(),
  constraint feed_status_lag_messages_check CHECK ((lag_messages >= 0)),
  constraint feed_status_lag_ms_check CHECK ((lag_ms >= (0)::double precision)),
  constraint feed_status_pkey PRIMARY KEY (feed),
  constraint feed_status_state_check CHECK ((state = ANY (ARRAY['connecting'::text, 'connected'::text, 'waiting'::text, 'stopped'::text, 'ended'::text, 'paused'::text])))
);

create table governor_state (
  only_row boolean not null default true,
  level text not null default 'none'::text,
  reason_code text,
  reason_params json,
  since timestamp with time zone,
  batch_pace bigint,
  background_pace bigint,
  watch json,
  seen json,
  alarms json not null default '[]'::json,
  is_queue_held boolean,
  training_problem text,
  override_kind text,
  override_by text,
  override_why text,
  override_at timestamp with time zone,
  override_until timestamp with time zone,
  looked_at timestamp with time zone,
  constraint governor_override CHECK ((num_nulls(override_kind, override_by, override_why, override_at, override_until) = ANY (ARRAY[0, 5]))),
  constraint governor_reason CHECK (((level = 'none'::text) = (reason_code IS NULL))),
  constraint governor_since CHECK (((level = 'none'::text) OR (since IS NOT NULL))),
  constraint governor_state_background_pace_check CHECK ((background_pace > 0)),
  constraint governor_state_batch_pace_check CHECK ((batch_pace > 0)),
  constraint governor_state_level_check CHECK ((level = ANY (ARRAY['none'::text, 'hold'::text, 'freeze'::text, 'preempt'::text]))),
  constraint governor_state_only_row_check CHECK (only_row),
  constraint governor_state_override_kind_check CHECK ((override_kind = ANY (ARRAY['hold'::text, 'release'::text]))),
  constraint governor_state_pkey PRIMARY KEY (only_row)
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

create table ledger_source (
  source_id bigint not null generated always as identity,
  name text not null,
  file_id bigint,
  revision integer,
  feed text,
  session text,
  entered_at timestamp with time zone not null default now(),
  constraint ledger_source_kind CHECK ((((num_nonnulls(file_id, revision) = 2) AND (num_nonnulls(feed, session) = 0)) OR ((num_nonnulls(file_id, revision) = 0) AND (num_nonnulls(feed, session) = 2)))),
  constraint ledger_source_name_key UNIQUE (name),
  constraint ledger_source_pkey PRIMARY KEY (source_id),
  constraint ledger_source_revision_check CHECK ((revision > 0))
);

create table outbound_answer (
  target text not null,
  session text not null,
  sequence bigint not null,
  received_at timestamp with time zone not null default now(),
  raw bytea not null,
  kind text not null,
  subject text,
  verdict text,
  issues json,
  effect text not null,
  constraint outbound_answer_effect_check CHECK ((effect = ANY (ARRAY['applied'::text, 'repeated'::text, 'contradicts'::text, 'unknown'::text]))),
  constraint outbound_answer_kind_check CHECK ((kind = ANY (ARRAY['receipt'::text, 'file'::text, 'record'::text, 'unreadable'::text]))),
  constraint outbound_answer_pkey PRIMARY KEY (target, session, sequence),
  constraint outbound_answer_sequence_check CHECK ((sequence > 0)),
  constraint outbound_answer_verdict_check CHECK ((verdict = ANY (ARRAY['received'::text, 'accepted'::text, 'refused'::text])))
);

CREATE INDEX outbound_answer_subject ON public.outbound_answer USING btree (subject);

create table outbound_answer_file (
  target text not null,
  name text not null,
  generation integer not null,
  version text not null,
  size_bytes bigint not null,
  line_count bigint not null,
  sha256 text not null,
  is_read boolean not null default false,
  constraint outbound_answer_file_generation_check CHECK ((generation > 0)),
  constraint outbound_answer_file_pkey PRIMARY KEY (target, name)
);

create table outbound_message (
  message_id text not null,
  part smallint not null,
  kind text not null,
  asset_class text,
  source_id bigint not null,
  "position" bigint not null,
  attempt integer not null default 1,
  subject_key text not null,
  subject_kind text not null,
  action text not null,
  business_date date,
  day_version integer,
  leaves_on date,
  leaves_version integer,
  ordinal integer not null,
  submitter text,
  reported_at timestamp with time zone not null,
  elements text,
  state text not null default 'pending'::text,
  held_by text,
  resubmits text,
  corrects text,
  due_at timestamp with time zone,
  obligation text,
  sent_at timestamp with time zone,
  received_at timestamp with time zone,
  answered_at timestamp with time zone,
  delivery_id text,
  reason text,
  issues json,
  given_up_at timestamp with time zone,
  constraint outbound_message_attempt_check CHECK ((attempt > 0)),
  constraint outbound_message_check CHECK (((part = 45) = (num_nonnulls(business_date, day_version) = 2))),
  constraint outbound_message_check1 CHECK (((state = 'held'::text) = (held_by IS NOT NULL))),
  constraint outbound_message_kind_check CHECK ((kind = ANY (ARRAY['transaction'::text, 'valuation'::text, 'collateral'::text]))),
  constraint outbound_message_ordinal_check CHECK ((ordinal > 0)),
  constraint outbound_message_part_check CHECK ((part = ANY (ARRAY[43, 45]))),
  constraint outbound_message_pkey PRIMARY KEY (message_id),
  constraint outbound_message_source_id_position_part_attempt_key UNIQUE (source_id, "position", part, attempt),
  constraint outbound_message_state_check CHECK ((state = ANY (ARRAY['held'::text, 'pending'::text, 'sent'::text, 'acknowledged'::text, 'refused'::text, 'resubmitted'::text, 'withdrawn'::text]))),
  constraint outbound_message_subject_kind_check CHECK ((subject_kind = ANY (ARRAY['swap'::text, 'portfolio'::text])))
);

CREATE INDEX outbound_message_at_once ON public.outbound_message USING btree (reported_at, ordinal, message_id) WHERE ((part = 43) AND (state = 'pending'::text));

CREATE INDEX outbound_message_day ON public.outbound_message USING btree (business_date, kind, asset_class, subject_key, ordinal, message_id);

CREATE INDEX outbound_message_delivery ON public.outbound_message USING btree (delivery_id, state) WHERE (delivery_id IS NOT NULL);

CREATE INDEX outbound_message_due ON public.outbound_message USING btree (due_at, message_id) WHERE (due_at IS NOT NULL);

CREATE INDEX outbound_message_holder ON public.outbound_message USING btree (held_by) WHERE (held_by IS NOT NULL);

CREATE INDEX outbound_message_leaving ON public.outbound_message USING btree (leaves_on, kind, asset_class, subject_key, reported_at, ordinal, message_id);

CREATE INDEX outbound_message_loose ON public.outbound_message USING btree (message_id) WHERE ((part = 45) AND (state = 'pending'::text) AND (leaves_on IS NULL));

CREATE INDEX outbound_message_open ON public.outbound_message USING btree (part, state, due_at) WHERE (state = ANY (ARRAY['held'::text, 'pending'::text, 'sent'::text, 'refused'::text]));

CREATE INDEX outbound_message_subject ON public.outbound_message USING btree (subject_key, subject_kind, part);

create table outbound_session (
  target text not null,
  session text not null,
  next_answer bigint not null default 1,
  epoch integer not null default 0,
  problem_code text,
  problem_params json,
  seen_at timestamp with time zone,
  problem_since timestamp with time zone,
  constraint outbound_session_next_answer_check CHECK ((next_answer > 0)),
  constraint outbound_session_pkey PRIMARY KEY (target, session)
);

create table outbox_file (
  business_date date not null,
  version integer not null,
  name text not null,
  kind text not null,
  asset_class text,
  path text not null,
  row_count bigint not null,
  size_bytes bigint not null,
  sha256 text not null,
  written_at timestamp with time zone not null default now(),
  is_outbound boolean not null,
  constraint outbox_file_pkey PRIMARY KEY (business_date, version, name),
  constraint outbox_file_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

create table outbox_moved (
  message_id text not null,
  leaves_on date not null,
  leaves_version integer not null,
  constraint outbox_moved_pkey PRIMARY KEY (leaves_on, leaves_version, message_id)
);

create table record_correction (
  file_id bigint not null,
  revision integer not null,
  record_no bigint not null,
  reference text not null,
  corrected_file_id bigint,
  corrected_revision integer,
  corrected_record_no bigint,
  outcome text not null,
  linked_at timestamp with time zone not null default now(),
  constraint record_correction_corrected_file_id_fkey FOREIGN KEY (corrected_file_id) REFERENCES tb_bat_file_mst(file_id) ON DELETE CASCADE,
  constraint record_correction_file_id_fkey FOREIGN KEY (file_id) REFERENCES tb_bat_file_mst(file_id) ON DELETE CASCADE,
  constraint record_correction_link CHECK (((outcome = 'linked'::text) = (num_nulls(corrected_file_id, corrected_revision, corrected_record_no) = 0))),
  constraint record_correction_outcome_check CHECK ((outcome = ANY (ARRAY['linked'::text, 'unknown-file'::text, 'same-file'::text, 'unknown-record'::text, 'not-rejected'::text]))),
  constraint record_correction_pkey PRIMARY KEY (file_id, revision, record_no)
);

CREATE INDEX record_correction_corrected ON public.record_correction USING btree (corrected_file_id, corrected_revision, corrected_record_no);

create table register_part (
  version text not null,
  name text not null,
  part integer not null,
  content bytea not null,
  constraint register_part_name_check CHECK ((name = ANY (ARRAY['lei.csv'::text, 'mic.csv'::text, 'upi.csv'::text]))),
  constraint register_part_part_check CHECK ((part >= 0)),
  constraint register_part_pkey PRIMARY KEY (version, name, part),
  constraint register_part_version_fkey FOREIGN KEY (version) REFERENCES register_set(version) ON DELETE CASCADE
);

create table register_set (
  version text not null,
  stored_at timestamp with time zone not null default now(),
  constraint register_set_pkey PRIMARY KEY (version),
  constraint register_set_version_check CHECK ((version ~ '^[0-9a-f]{64}$'::text))
);

create table report (
  report_id text not null,
  request_hash text not null,
  kind text not null,
  format text not null,
  from_date date,
  to_date date,
  as_of date,
  known_at date,
  filters json not null,
  owner text not null,
  state text not null default 'waiting'::text,
  attempt integer not null default 1,
  epoch integer not null default 0,
  looked_at bigint not null default 0,
  of_total bigint,
  rows_written bigint not null default 0,
  path text,
  size_bytes bigint,
  sha256 text,
  problem_code text,
  problem_params json,
  created_at timestamp with time zone not null default now(),
  finished_at timestamp with time zone,
  expires_at timestamp with time zone,
  constraint report_attempt_check CHECK ((attempt > 0)),
  constraint report_file CHECK (((state = 'ready'::text) = (num_nonnulls(path, size_bytes, sha256, expires_at) = 4))),
  constraint report_format_check CHECK ((format = ANY (ARRAY['csv'::text, 'parquet'::text]))),
  constraint report_pkey PRIMARY KEY (report_id),
  constraint report_problem CHECK (((state = 'failed'::text) = (problem_code IS NOT NULL))),
  constraint report_report_id_check CHECK ((report_id ~ '^[0-9a-f]{32}$'::text)),
  constraint report_request_hash_check CHECK ((request_hash ~ '^[0-9a-f]{32}$'::text)),
  constraint report_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
  constraint report_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'writing'::text, 'ready'::text, 'failed'::text, 'cancelled'::text, 'expired'::text])))
);

CREATE INDEX report_expiry ON public.report USING btree (expires_at) WHERE (state = 'ready'::text);

CREATE INDEX report_open ON public.report USING btree (request_hash) WHERE (state = ANY (ARRAY['waiting'::text, 'writing'::text]));

CREATE INDEX report_owner ON public.report USING btree (owner, created_at, report_id);

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
  register_version text,
  applied_no bigint,
  applied_at timestamp with time zone,
  unplaced_count bigint not null default 0,
  constraint tb_bat_file_mst_applied CHECK (((applied_at IS NULL) OR ((applied_no IS NOT NULL) AND (applied_no = read_count)))),
  constraint tb_bat_file_mst_applied_no CHECK (((applied_no IS NULL) OR ((state = 'published'::text) AND (format = 'submission'::text) AND ((applied_no >= 0) AND (applied_no <= read_count))))),
  constraint tb_bat_file_mst_compression_check CHECK ((compression = ANY (ARRAY['none'::text, 'gzip'::text, 'zip'::text]))),
  constraint tb_bat_file_mst_conservation CHECK (((state <> 'published'::text) OR ((read_count = (accepted_count + rejected_count)) AND (next_offset = content_bytes)))),
  constraint tb_bat_file_mst_content_bytes_check CHECK ((content_bytes >= 0)),
  constraint tb_bat_file_mst_content_sha256_check CHECK ((content_sha256 ~ '^[0-9a-f]{64}$'::text)),
  constraint tb_bat_file_mst_expected_rows_check CHECK ((expected_rows >= 0)),
  constraint tb_bat_file_mst_format_check CHECK ((format = ANY (ARRAY['submission'::text, 'public-dissemination'::text]))),
  constraint tb_bat_file_mst_identity UNIQUE (folder_date, sha256),
  constraint tb_bat_file_mst_pkey PRIMARY KEY (file_id),
  constraint tb_bat_file_mst_problem CHECK (
CASE
    WHEN (state = 'published'::text) THEN ((problem_code IS NULL) OR ((applied_no IS NOT NULL) AND (applied_at IS NULL)))
    ELSE ((state = ANY (ARRAY['refused'::text, 'held'::text])) = (problem_code IS NOT NULL))
END),
  constraint tb_bat_file_mst_revision_check CHECK ((revision > 0)),
  constraint tb_bat_file_mst_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
  constraint tb_bat_file_mst_size_bytes_check CHECK ((size_bytes >= 0)),
  constraint tb_bat_file_mst_state CHECK ((state = ANY (ARRAY['waiting'::text, 'ingesting'::text, 'published'::text, 'refused'::text, 'held'::text]))),
  constraint tb_bat_file_mst_unplaced CHECK ((((unplaced_count >= 0) AND (unplaced_count <= accepted_count)) AND ((unplaced_count = 0) OR (applied_no IS NOT NULL))))
);

CREATE INDEX tb_bat_file_mst_name ON public.tb_bat_file_mst USING btree ("left"(sha256, 32));

CREATE INDEX tb_bat_file_mst_open ON public.tb_bat_file_mst USING btree (state, received_at, file_id) WHERE (state = ANY (ARRAY['waiting'::text, 'ingesting'::text]));

CREATE INDEX tb_bat_file_mst_unapplied ON public.tb_bat_file_mst USING btree (received_at, file_id) WHERE ((state = 'published'::text) AND (format = 'submission'::text) AND (applied_at IS NULL));

create table tb_on_hist (
  source_id bigint not null,
  "position" bigint not null,
  subject_key text not null,
  subject_kind text not null,
  fold_time text not null,
  event_time text not null,
  fold_rank smallint not null,
  content_hash bytea not null,
  part smallint,
  elements text not null,
  accepted_at timestamp with time zone not null default now(),
  constraint tb_on_hist_content_hash_check CHECK ((octet_length(content_hash) = 32)),
  constraint tb_on_hist_part_check CHECK ((part = ANY (ARRAY[43, 45]))),
  constraint tb_on_hist_pkey PRIMARY KEY (source_id, "position"),
  constraint tb_on_hist_subject_kind_check CHECK ((subject_kind = ANY (ARRAY['swap'::text, 'portfolio'::text])))
);

CREATE INDEX tb_on_hist_subject ON public.tb_on_hist USING btree (subject_key, subject_kind);

CREATE TRIGGER tb_on_hist_append_only BEFORE UPDATE ON public.tb_on_hist FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change();

create table tb_on_mst (
  subject_key text not null,
  subject_kind text not null,
  status text,
  state text not null,
  fold_time text not null,
  event_time text not null,
  fold_rank smallint not null,
  content_hash bytea not null,
  revision integer not null default 1,
  constraint tb_on_mst_content_hash_check CHECK ((octet_length(content_hash) = 32)),
  constraint tb_on_mst_pkey PRIMARY KEY (subject_key, subject_kind),
  constraint tb_on_mst_revision_check CHECK ((revision > 0)),
  constraint tb_on_mst_status CHECK (((subject_kind = 'swap'::text) = (status IS NOT NULL))),
  constraint tb_on_mst_status_check CHECK ((status = ANY (ARRAY['none'::text, 'open'::text, 'terminated'::text, 'errored'::text, 'transferred-out'::text]))),
  constraint tb_on_mst_subject_kind_check CHECK ((subject_kind = ANY (ARRAY['swap'::text, 'portfolio'::text])))
);

CREATE INDEX tb_on_mst_portfolios ON public.tb_on_mst USING btree (subject_key) WHERE (subject_kind = 'portfolio'::text);

CREATE INDEX tb_on_mst_rare ON public.tb_on_mst USING btree (status, subject_key) WHERE (status = ANY (ARRAY['none'::text, 'errored'::text, 'transferred-out'::text]));

create table verification (
  entity text not null,
  verified_on date not null,
  report_name text not null,
  report_sha256 text not null,
  compared bigint not null,
  breaks bigint not null,
  recorded_by text not null,
  recorded_at timestamp with time zone not null default now(),
  constraint verification_entity_check CHECK ((entity ~ '^[0-9A-Z]{20}$'::text)),
  constraint verification_pkey PRIMARY KEY (entity, verified_on, report_sha256),
  constraint verification_report_sha256_check CHECK ((report_sha256 ~ '^[0-9a-f]{64}$'::text))
);

CREATE OR REPLACE FUNCTION public.append_audit(actor text, role text, action text, subject text, before jsonb, after jsonb, reason text)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  head  record;
  entry audit_log;
begin
  perform pg_advisory_xact_lock(hashtext('audit_log'), 0);
  select last.seq, last.hash into head from audit_log as last order by last.seq desc limit 1;
  entry := row(coalesce(head.seq, 0) + 1, clock_timestamp(), actor, role, action, subject, before, after, reason,
               coalesce(head.hash, repeat('0', 64)), '');
  entry.hash := encode(sha256(convert_to(
    audit_field(entry.prev_hash) || audit_field(entry.seq::text)
    || audit_field(to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || audit_field(entry.actor) || audit_field(entry.role) || audit_field(entry.action) || audit_field(entry.subject)
    || audit_field(entry.before::text) || audit_field(entry.after::text) || audit_field(entry.reason), 'UTF8')), 'hex');
  insert into audit_log select entry.*;
  return entry.seq;
end
$function$;

CREATE OR REPLACE FUNCTION public.audit_field(field text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE
AS $function$ select coalesce(octet_length(field) || ':' || field, '-') || E'\n' $function$;

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

CREATE OR REPLACE FUNCTION public.refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'audit_log is append only: % refused', tg_op using errcode = 'integrity_constraint_violation';
end
$function$;

CREATE OR REPLACE FUNCTION public.refuse_event_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'tb_on_hist is append only: % refused', tg_op using errcode = 'integrity_constraint_violation';
end
$function$;

CREATE OR REPLACE FUNCTION public.refuse_journal_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'feed_journal is append only: % refused', tg_op using errcode = 'integrity_constraint_violation';
end
$function$;
