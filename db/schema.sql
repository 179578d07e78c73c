-- What the migrations make. Generated: npm run generate

create table allocation_history (
  "position" bigint not null default next_gpu_position(),
  at timestamp with time zone not null,
  kind text not null,
  allocation_id bigint not null,
  after jsonb not null,
  constraint allocation_history_allocation_id_fkey FOREIGN KEY (allocation_id) REFERENCES gpu_allocations(allocation_id),
  constraint allocation_history_allocation_id_kind_key UNIQUE (allocation_id, kind),
  constraint allocation_history_kind_check CHECK ((kind = ANY (ARRAY['allocated'::text, 'released'::text]))),
  constraint allocation_history_pkey PRIMARY KEY ("position")
);

CREATE TRIGGER allocation_history_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.allocation_history FOR EACH STATEMENT EXECUTE FUNCTION refuse_gpu_change();

CREATE TRIGGER gpu_use_noted AFTER INSERT ON public.allocation_history FOR EACH ROW WHEN ((new.kind = 'released'::text)) EXECUTE FUNCTION note_gpu_use();

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

create table gpu_allocations (
  allocation_id bigint not null generated always as identity,
  claim_id bigint not null,
  job_id text not null,
  device text not null,
  slices int4range not null,
  mig_profile text,
  mig_instance text,
  is_media boolean not null default false,
  cells int8range not null,
  allocated_at timestamp with time zone not null default clock_timestamp(),
  released_at timestamp with time zone,
  constraint gpu_allocations_claim_id_fkey FOREIGN KEY (claim_id) REFERENCES gpu_claims(claim_id),
  constraint gpu_allocations_device_fkey FOREIGN KEY (device) REFERENCES gpu_devices(device),
  constraint gpu_allocations_job_id_fkey FOREIGN KEY (job_id) REFERENCES gpu_job(job_id),
  constraint gpu_allocations_mig_instance_fkey FOREIGN KEY (mig_instance) REFERENCES mig_instances(instance),
  constraint gpu_allocations_once EXCLUDE USING gist (cells WITH &&) WHERE ((released_at IS NULL)),
  constraint gpu_allocations_pkey PRIMARY KEY (allocation_id),
  constraint gpu_allocations_slices_check CHECK (((NOT isempty(slices)) AND (lower(slices) >= 0)))
);

CREATE INDEX gpu_allocations_claim ON public.gpu_allocations USING btree (claim_id);

CREATE INDEX gpu_allocations_device ON public.gpu_allocations USING btree (device, allocated_at);

CREATE INDEX gpu_allocations_held ON public.gpu_allocations USING btree (allocation_id) WHERE (released_at IS NULL);

CREATE INDEX gpu_allocations_job ON public.gpu_allocations USING btree (job_id);

CREATE UNIQUE INDEX gpu_allocations_media ON public.gpu_allocations USING btree (device) WHERE (is_media AND (released_at IS NULL));

CREATE INDEX gpu_allocations_released ON public.gpu_allocations USING btree (released_at);

CREATE TRIGGER gpu_allocations_noted AFTER INSERT OR UPDATE ON public.gpu_allocations FOR EACH ROW EXECUTE FUNCTION note_gpu_allocation();

CREATE TRIGGER gpu_allocations_placed BEFORE INSERT ON public.gpu_allocations FOR EACH ROW EXECUTE FUNCTION place_gpu_allocation();

CREATE TRIGGER gpu_allocations_released BEFORE DELETE OR UPDATE ON public.gpu_allocations FOR EACH ROW EXECUTE FUNCTION check_gpu_release();

create table gpu_capacity_event (
  "position" bigint not null default next_gpu_position(),
  at timestamp with time zone not null default clock_timestamp(),
  kind text not null,
  subject text not null,
  actor text not null,
  role text not null,
  reason text,
  after jsonb not null,
  constraint gpu_capacity_event_kind_check CHECK ((kind = ANY (ARRAY['node'::text, 'device'::text, 'instance'::text]))),
  constraint gpu_capacity_event_pkey PRIMARY KEY ("position")
);

CREATE INDEX gpu_capacity_event_subject ON public.gpu_capacity_event USING btree (kind, subject, "position");

CREATE TRIGGER gpu_capacity_event_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.gpu_capacity_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_gpu_change();

create table gpu_claims (
  claim_id bigint not null generated always as identity,
  job_id text not null,
  attempt integer not null,
  node text not null,
  cpu_millis integer not null,
  memory_mib bigint not null,
  decision bigint not null,
  claimed_at timestamp with time zone not null default clock_timestamp(),
  released_at timestamp with time zone,
  cause text,
  kept_until timestamp with time zone,
  constraint gpu_claims_attempt_check CHECK ((attempt > 0)),
  constraint gpu_claims_cpu_millis_check CHECK ((cpu_millis > 0)),
  constraint gpu_claims_job_id_attempt_node_key UNIQUE (job_id, attempt, node),
  constraint gpu_claims_job_id_fkey FOREIGN KEY (job_id) REFERENCES gpu_job(job_id),
  constraint gpu_claims_memory_mib_check CHECK ((memory_mib > 0)),
  constraint gpu_claims_node_fkey FOREIGN KEY (node) REFERENCES gpu_nodes(node),
  constraint gpu_claims_pkey PRIMARY KEY (claim_id)
);

CREATE UNIQUE INDEX gpu_claims_held ON public.gpu_claims USING btree (job_id, node) WHERE (released_at IS NULL);

CREATE INDEX gpu_claims_node ON public.gpu_claims USING btree (node) WHERE (released_at IS NULL);

CREATE INDEX gpu_claims_released ON public.gpu_claims USING btree (released_at);

CREATE TRIGGER gpu_claims_checked BEFORE INSERT ON public.gpu_claims FOR EACH ROW EXECUTE FUNCTION check_gpu_claim();

CREATE TRIGGER gpu_claims_release_devices AFTER UPDATE ON public.gpu_claims FOR EACH ROW EXECUTE FUNCTION release_gpu_devices();

CREATE TRIGGER gpu_claims_released BEFORE DELETE OR UPDATE ON public.gpu_claims FOR EACH ROW EXECUTE FUNCTION check_gpu_release();

create table gpu_decision (
  "position" bigint not null default next_gpu_position(),
  at timestamp with time zone not null default clock_timestamp(),
  as_of bigint not null,
  clock_ms bigint not null,
  planner text not null,
  input_sha256 text not null,
  plan text not null,
  constraint gpu_decision_as_of CHECK ((as_of < "position")),
  constraint gpu_decision_input_sha256_check CHECK ((input_sha256 ~ '^[0-9a-f]{64}$'::text)),
  constraint gpu_decision_pkey PRIMARY KEY ("position")
);

CREATE INDEX gpu_decision_at ON public.gpu_decision USING brin (at);

CREATE TRIGGER gpu_decision_append_only BEFORE UPDATE OR TRUNCATE ON public.gpu_decision FOR EACH STATEMENT EXECUTE FUNCTION refuse_gpu_change();

CREATE TRIGGER gpu_decision_kept BEFORE DELETE ON public.gpu_decision FOR EACH ROW WHEN ((old.at > (now() - '30 days'::interval))) EXECUTE FUNCTION refuse_gpu_change();

create table gpu_devices (
  device text not null,
  device_no bigint not null generated always as identity,
  node text not null,
  device_index smallint not null,
  model text not null,
  sharing text not null default 'whole'::text,
  slices smallint not null default 1,
  in_service_on date not null default CURRENT_DATE,
  state text not null default 'ready'::text,
  reason text,
  changed_by text not null,
  changed_role text not null,
  changed_at timestamp with time zone not null default clock_timestamp(),
  withheld text,
  drained text,
  constraint gpu_devices_device_check CHECK (((device ~ '^[A-Za-z0-9][A-Za-z0-9.-]*$'::text) AND (length(device) <= 260))),
  constraint gpu_devices_device_index_check CHECK (((device_index >= 0) AND (device_index <= 255))),
  constraint gpu_devices_device_no_key UNIQUE (device_no),
  constraint gpu_devices_model_fkey FOREIGN KEY (model) REFERENCES gpu_models(model),
  constraint gpu_devices_node_fkey FOREIGN KEY (node) REFERENCES gpu_nodes(node),
  constraint gpu_devices_pkey PRIMARY KEY (device),
  constraint gpu_devices_reason CHECK (((state = 'ready'::text) OR (reason IS NOT NULL))),
  constraint gpu_devices_sharing_check CHECK ((sharing = ANY (ARRAY['whole'::text, 'mig'::text, 'shared'::text]))),
  constraint gpu_devices_slices_check CHECK (((slices >= 1) AND (slices <= 64))),
  constraint gpu_devices_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'unhealthy'::text, 'retired'::text]))),
  constraint gpu_devices_whole CHECK (((sharing <> 'whole'::text) OR (slices = 1)))
);

CREATE UNIQUE INDEX gpu_devices_place ON public.gpu_devices USING btree (node, device_index) WHERE (state <> 'retired'::text);

CREATE TRIGGER gpu_devices_checked BEFORE INSERT OR UPDATE ON public.gpu_devices FOR EACH ROW EXECUTE FUNCTION check_gpu_device();

CREATE TRIGGER gpu_devices_noted AFTER INSERT OR DELETE OR UPDATE ON public.gpu_devices FOR EACH ROW EXECUTE FUNCTION note_gpu_capacity('device');

create table gpu_job (
  job_id text not null,
  "position" bigint not null default next_gpu_position(),
  submitted_at timestamp with time zone not null default clock_timestamp(),
  owner text not null,
  team text not null,
  submitted_by text not null,
  submitted_role text not null,
  request_key text,
  array_id text,
  array_index integer,
  array_limit integer,
  template text not null,
  params jsonb not null default '{}'::jsonb,
  config_path text not null,
  workdir text not null,
  nodes smallint not null default 1,
  gpus smallint not null,
  model text,
  mig_profile text,
  shares smallint,
  cpu_millis integer not null,
  memory_mib bigint not null,
  walltime_s integer not null,
  grace_s integer not null,
  checkpoint_s integer,
  min_run_s integer not null default 0,
  is_preemptible boolean not null,
  qos text not null,
  nice integer not null default 0,
  is_held boolean not null default false,
  expires_at timestamp with time zone,
  max_infra integer not null,
  max_user integer not null,
  request jsonb,
  constraint gpu_job_array CHECK (((num_nulls(array_id, array_index) = ANY (ARRAY[0, 2])) AND ((array_id IS NOT NULL) OR (array_limit IS NULL)))),
  constraint gpu_job_array_id_array_index_key UNIQUE (array_id, array_index),
  constraint gpu_job_array_index_check CHECK ((array_index >= 0)),
  constraint gpu_job_array_limit_check CHECK ((array_limit > 0)),
  constraint gpu_job_check CHECK (((request IS NULL) OR (request_key IS NOT NULL))),
  constraint gpu_job_checkpoint_s_check CHECK ((checkpoint_s > 0)),
  constraint gpu_job_cpu_millis_check CHECK ((cpu_millis > 0)),
  constraint gpu_job_gpus_check CHECK (((gpus >= 1) AND (gpus <= 64))),
  constraint gpu_job_grace_s_check CHECK (((grace_s >= 0) AND (grace_s <= 3600))),
  constraint gpu_job_job_id_check CHECK ((job_id ~ '^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$'::text)),
  constraint gpu_job_max_infra_check CHECK ((max_infra >= 0)),
  constraint gpu_job_max_user_check CHECK ((max_user >= 0)),
  constraint gpu_job_memory_mib_check CHECK ((memory_mib > 0)),
  constraint gpu_job_min_run_s_check CHECK ((min_run_s >= 0)),
  constraint gpu_job_model_fkey FOREIGN KEY (model) REFERENCES gpu_models(model),
  constraint gpu_job_nice_check CHECK (((nice >= '-10000'::integer) AND (nice <= 10000))),
  constraint gpu_job_nodes_check CHECK (((nodes >= 1) AND (nodes <= 256))),
  constraint gpu_job_parts CHECK (((num_nonnulls(mig_profile, shares) <= 1) AND ((shares IS NULL) OR (gpus = 1)))),
  constraint gpu_job_pkey PRIMARY KEY (job_id),
  constraint gpu_job_position_key UNIQUE ("position"),
  constraint gpu_job_request_key_key UNIQUE (request_key),
  constraint gpu_job_shares_check CHECK (((shares >= 1) AND (shares <= 64))),
  constraint gpu_job_walltime_s_check CHECK ((walltime_s > 0))
);

CREATE INDEX gpu_job_owner ON public.gpu_job USING btree (owner, submitted_at DESC);

CREATE INDEX gpu_job_workdir ON public.gpu_job USING btree (workdir);

CREATE TRIGGER gpu_job_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.gpu_job FOR EACH STATEMENT EXECUTE FUNCTION refuse_gpu_change();

create table gpu_job_dependency (
  job_id text not null,
  on_job_id text not null,
  condition text not null,
  constraint gpu_job_dependency_condition_check CHECK ((condition = ANY (ARRAY['success'::text, 'any'::text]))),
  constraint gpu_job_dependency_job_id_fkey FOREIGN KEY (job_id) REFERENCES gpu_job(job_id),
  constraint gpu_job_dependency_on_job_id_fkey FOREIGN KEY (on_job_id) REFERENCES gpu_job(job_id),
  constraint gpu_job_dependency_pkey PRIMARY KEY (job_id, on_job_id)
);

CREATE INDEX gpu_job_dependency_on ON public.gpu_job_dependency USING btree (on_job_id);

CREATE TRIGGER gpu_job_dependency_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.gpu_job_dependency FOR EACH STATEMENT EXECUTE FUNCTION refuse_gpu_change();

CREATE TRIGGER gpu_job_dependency_checked BEFORE INSERT ON public.gpu_job_dependency FOR EACH ROW EXECUTE FUNCTION check_gpu_dependency();

create table gpu_job_event (
  "position" bigint not null default next_gpu_position(),
  job_id text not null,
  at timestamp with time zone not null default clock_timestamp(),
  kind text not null,
  state text,
  cause text,
  actor text not null,
  role text not null,
  reason text,
  facts jsonb not null default '{}'::jsonb,
  after jsonb not null,
  constraint gpu_job_event_cause_check CHECK ((cause = ANY (ARRAY['resource-short'::text, 'preempted'::text, 'infrastructure'::text, 'user-error'::text, 'walltime'::text, 'cancelled'::text, 'requeued'::text, 'dependency'::text, 'expired'::text]))),
  constraint gpu_job_event_job_id_fkey FOREIGN KEY (job_id) REFERENCES gpu_job(job_id),
  constraint gpu_job_event_kind_check CHECK ((kind = ANY (ARRAY['submitted'::text, 'moved'::text, 'ready'::text, 'held'::text, 'released'::text, 'reprioritised'::text, 'extended'::text, 'wanted'::text, 'frozen'::text, 'thawed'::text, 'checkpointed'::text]))),
  constraint gpu_job_event_pkey PRIMARY KEY ("position"),
  constraint gpu_job_event_state CHECK (((kind = ANY (ARRAY['submitted'::text, 'moved'::text])) = (state IS NOT NULL)))
);

CREATE INDEX gpu_job_event_favoured ON public.gpu_job_event USING btree (((facts ->> 'inFavourOf'::text))) WHERE (facts ? 'inFavourOf'::text);

CREATE INDEX gpu_job_event_job ON public.gpu_job_event USING btree (job_id, "position");

CREATE INDEX gpu_job_event_news ON public.gpu_job_event USING btree (job_id, "position") WHERE (kind <> 'checkpointed'::text);

CREATE INDEX gpu_job_event_planned ON public.gpu_job_event USING btree ("position") WHERE ((state = 'queued'::text) AND (facts ? 'plannedMs'::text));

CREATE INDEX gpu_job_event_short ON public.gpu_job_event USING btree (at) WHERE (cause = 'resource-short'::text);

CREATE TRIGGER gpu_job_event_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.gpu_job_event FOR EACH STATEMENT EXECUTE FUNCTION refuse_gpu_change();

CREATE TRIGGER gpu_job_event_followed BEFORE INSERT ON public.gpu_job_event FOR EACH ROW EXECUTE FUNCTION follow_gpu_job_event();

CREATE TRIGGER gpu_job_event_returned BEFORE INSERT ON public.gpu_job_event FOR EACH ROW WHEN (((new.kind = 'held'::text) OR ((new.kind = 'moved'::text) AND (new.state = 'queued'::text)))) EXECUTE FUNCTION follow_gpu_return();

CREATE TRIGGER gpu_run_noted AFTER INSERT ON public.gpu_job_event FOR EACH ROW WHEN ((new.state = 'completed'::text)) EXECUTE FUNCTION note_gpu_run();

create table gpu_job_move (
  from_state text not null,
  to_state text not null,
  constraint gpu_job_move_pkey PRIMARY KEY (from_state, to_state)
);

create table gpu_job_state (
  job_id text not null,
  "position" bigint not null,
  state text not null,
  state_at timestamp with time zone not null,
  attempt integer not null default 0,
  is_held boolean not null,
  is_ready boolean not null,
  eligible_at timestamp with time zone,
  qos text not null,
  nice integer not null,
  walltime_s integer not null,
  wanted text,
  started_at timestamp with time zone,
  frozen_at timestamp with time zone,
  frozen_ms bigint not null default 0,
  checkpoint_at timestamp with time zone,
  checkpoint_step bigint,
  short_count integer not null default 0,
  preempted_count integer not null default 0,
  infra_count integer not null default 0,
  user_count integer not null default 0,
  cause text,
  finished_at timestamp with time zone,
  summary jsonb,
  away_ms bigint not null default 0,
  pause_count integer not null default 0,
  constraint gpu_job_state_job_id_fkey FOREIGN KEY (job_id) REFERENCES gpu_job(job_id),
  constraint gpu_job_state_pkey PRIMARY KEY (job_id),
  constraint gpu_job_state_wanted_check CHECK ((wanted = ANY (ARRAY['cancel'::text, 'requeue'::text, 'preempt'::text])))
);

CREATE INDEX gpu_job_state_open ON public.gpu_job_state USING btree (state, job_id) WHERE (state <> ALL (ARRAY['completed'::text, 'failed'::text, 'cancelled'::text, 'expired'::text]));

CREATE TRIGGER gpu_job_state_follows BEFORE INSERT OR DELETE OR UPDATE ON public.gpu_job_state FOR EACH ROW WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION refuse_gpu_change();

create table gpu_models (
  model text not null,
  memory_gb integer,
  memory_slices smallint not null default 0,
  compute_slices smallint not null default 0,
  tdp_watts integer,
  idle_watts integer,
  constraint gpu_models_compute_slices_check CHECK ((compute_slices = ANY (ARRAY[0, 4, 7]))),
  constraint gpu_models_idle_watts_check CHECK ((idle_watts >= 0)),
  constraint gpu_models_memory_gb_check CHECK ((memory_gb > 0)),
  constraint gpu_models_memory_slices_check CHECK ((memory_slices = ANY (ARRAY[0, 4, 8]))),
  constraint gpu_models_model_check CHECK ((model ~ '^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$'::text)),
  constraint gpu_models_pkey PRIMARY KEY (model),
  constraint gpu_models_slices CHECK (((((memory_slices = 0) AND (compute_slices = 0)) OR ((memory_slices = 4) AND (compute_slices = 4))) OR ((memory_slices = 8) AND (compute_slices = 7)))),
  constraint gpu_models_tdp_watts_check CHECK ((tdp_watts > 0))
);

create table gpu_nodes (
  node text not null,
  cpu_millis integer not null,
  memory_mib bigint not null,
  state text not null default 'open'::text,
  reason text,
  changed_by text not null,
  changed_role text not null,
  changed_at timestamp with time zone not null default clock_timestamp(),
  in_cluster boolean not null default false,
  withheld text,
  constraint gpu_nodes_cpu_millis_check CHECK ((cpu_millis >= 0)),
  constraint gpu_nodes_memory_mib_check CHECK ((memory_mib >= 0)),
  constraint gpu_nodes_node_check CHECK ((node ~ '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$'::text)),
  constraint gpu_nodes_pkey PRIMARY KEY (node),
  constraint gpu_nodes_reason CHECK (((state = 'open'::text) OR (reason IS NOT NULL))),
  constraint gpu_nodes_state_check CHECK ((state = ANY (ARRAY['open'::text, 'draining'::text, 'retired'::text])))
);

CREATE TRIGGER gpu_nodes_noted AFTER INSERT OR DELETE OR UPDATE ON public.gpu_nodes FOR EACH ROW EXECUTE FUNCTION note_gpu_capacity('node');

create table gpu_policy (
  "position" bigint not null default next_gpu_position(),
  at timestamp with time zone not null default clock_timestamp(),
  actor text not null,
  role text not null,
  reason text not null,
  policy jsonb not null,
  constraint gpu_policy_pkey PRIMARY KEY ("position")
);

CREATE TRIGGER gpu_policy_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.gpu_policy FOR EACH STATEMENT EXECUTE FUNCTION refuse_gpu_change();

create table gpu_rates (
  "position" bigint not null default next_gpu_position(),
  model text not null,
  effective_on date not null,
  purchase_micros bigint not null,
  salvage_micros bigint not null,
  life_years numeric not null,
  maintenance_share numeric not null,
  actor text not null,
  role text not null,
  constraint gpu_rates_check CHECK (((salvage_micros >= 0) AND (salvage_micros <= purchase_micros))),
  constraint gpu_rates_life_years_check CHECK ((life_years > (0)::numeric)),
  constraint gpu_rates_maintenance_share_check CHECK (((maintenance_share >= (0)::numeric) AND (maintenance_share <= (1)::numeric))),
  constraint gpu_rates_model_fkey FOREIGN KEY (model) REFERENCES gpu_models(model),
  constraint gpu_rates_pkey PRIMARY KEY ("position"),
  constraint gpu_rates_purchase_micros_check CHECK ((purchase_micros >= 0))
);

CREATE TRIGGER gpu_rates_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.gpu_rates FOR EACH STATEMENT EXECUTE FUNCTION refuse_gpu_change();

create table gpu_run (
  "position" bigint not null,
  owner text not null,
  template text not null,
  at timestamp with time zone not null,
  ran_ms double precision,
  constraint gpu_run_pkey PRIMARY KEY ("position")
);

CREATE INDEX gpu_run_last ON public.gpu_run USING btree (owner, template, "position");

CREATE TRIGGER gpu_run_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.gpu_run FOR EACH STATEMENT EXECUTE FUNCTION refuse_gpu_change();

create table gpu_site_rates (
  "position" bigint not null default next_gpu_position(),
  effective_on date not null,
  currency text not null,
  pue numeric not null,
  kwh_micros bigint not null,
  labour_micros bigint not null,
  infra_micros bigint not null,
  actor text not null,
  role text not null,
  constraint gpu_site_rates_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
  constraint gpu_site_rates_infra_micros_check CHECK ((infra_micros >= 0)),
  constraint gpu_site_rates_kwh_micros_check CHECK ((kwh_micros >= 0)),
  constraint gpu_site_rates_labour_micros_check CHECK ((labour_micros >= 0)),
  constraint gpu_site_rates_pkey PRIMARY KEY ("position"),
  constraint gpu_site_rates_pue_check CHECK ((pue >= (1)::numeric))
);

CREATE TRIGGER gpu_site_rates_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.gpu_site_rates FOR EACH STATEMENT EXECUTE FUNCTION refuse_gpu_change();

create table gpu_usage_daily (
  day timestamp with time zone not null,
  device text not null,
  instance text not null,
  job_id text not null,
  samples integer not null,
  gpu_percent real,
  gpu_peak real,
  memory_used_mib bigint,
  memory_peak_mib bigint,
  power_watts real,
  power_samples integer not null,
  constraint gpu_usage_daily_pkey PRIMARY KEY (day, device, instance, job_id),
  constraint gpu_usage_hourly_samples_check CHECK ((samples > 0))
);

create table gpu_usage_hourly (
  hour timestamp with time zone not null,
  device text not null,
  instance text not null,
  job_id text not null,
  samples integer not null,
  gpu_percent real,
  gpu_peak real,
  memory_used_mib bigint,
  memory_peak_mib bigint,
  power_watts real,
  power_samples integer not null,
  constraint gpu_usage_hourly_pkey PRIMARY KEY (hour, device, instance, job_id),
  constraint gpu_usage_hourly_samples_check CHECK ((samples > 0))
);

create table gpu_usage_metrics (
  at timestamp with time zone not null,
  device text not null,
  instance text not null default ''::text,
  job_id text not null default ''::text,
  gpu_percent real,
  memory_used_mib bigint,
  power_watts real,
  temperature_c real,
  cpu_percent real,
  host_memory_mib bigint,
  constraint gpu_usage_metrics_cpu_percent_check CHECK ((cpu_percent >= (0)::double precision)),
  constraint gpu_usage_metrics_gpu_percent_check CHECK (((gpu_percent >= (0)::double precision) AND (gpu_percent <= (100)::double precision))),
  constraint gpu_usage_metrics_host_memory_mib_check CHECK ((host_memory_mib >= 0)),
  constraint gpu_usage_metrics_memory_used_mib_check CHECK ((memory_used_mib >= 0)),
  constraint gpu_usage_metrics_pkey PRIMARY KEY (device, instance, job_id, at),
  constraint gpu_usage_metrics_power_watts_check CHECK ((power_watts >= (0)::double precision))
) partition by RANGE (at);

CREATE INDEX gpu_usage_metrics_at ON ONLY public.gpu_usage_metrics USING brin (at);

create table gpu_use (
  "position" bigint not null default next_gpu_position(),
  owner text not null,
  team text not null,
  model text not null,
  part double precision,
  held_ms bigint,
  at_ms bigint not null,
  half_life_ms double precision,
  used_s double precision,
  constraint gpu_use_half_life_ms_check CHECK ((half_life_ms > (0)::double precision)),
  constraint gpu_use_held CHECK ((num_nulls(part, held_ms) = ANY (ARRAY[0, 2]))),
  constraint gpu_use_held_ms_check CHECK ((held_ms >= 0)),
  constraint gpu_use_kept CHECK ((num_nulls(half_life_ms, used_s) = ANY (ARRAY[0, 2]))),
  constraint gpu_use_part_check CHECK ((part > (0)::double precision)),
  constraint gpu_use_pkey PRIMARY KEY ("position"),
  constraint gpu_use_used_s_check CHECK ((used_s >= (0)::double precision))
);

CREATE INDEX gpu_use_account ON public.gpu_use USING btree (owner, team, model, "position");

CREATE TRIGGER gpu_use_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.gpu_use FOR EACH STATEMENT EXECUTE FUNCTION refuse_gpu_change();

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

create table mig_instances (
  instance text not null,
  device text not null,
  profile text not null,
  slices int4range not null,
  cells int8range not null,
  is_media boolean not null,
  state text not null default 'there'::text,
  reason text,
  changed_by text not null,
  changed_role text not null,
  changed_at timestamp with time zone not null default clock_timestamp(),
  withheld text,
  constraint mig_instances_apart EXCLUDE USING gist (cells WITH &&) WHERE ((state = 'there'::text)),
  constraint mig_instances_device_fkey FOREIGN KEY (device) REFERENCES gpu_devices(device),
  constraint mig_instances_instance_check CHECK (((instance ~ '^[A-Za-z0-9][A-Za-z0-9.-]*$'::text) AND (length(instance) <= 264))),
  constraint mig_instances_pkey PRIMARY KEY (instance),
  constraint mig_instances_slices_check CHECK ((NOT isempty(slices))),
  constraint mig_instances_state_check CHECK ((state = ANY (ARRAY['there'::text, 'gone'::text])))
);

CREATE UNIQUE INDEX mig_instances_media ON public.mig_instances USING btree (device) WHERE (is_media AND (state = 'there'::text));

CREATE INDEX mig_instances_there ON public.mig_instances USING btree (device) WHERE (state = 'there'::text);

CREATE TRIGGER mig_instances_noted AFTER INSERT OR DELETE OR UPDATE ON public.mig_instances FOR EACH ROW EXECUTE FUNCTION note_gpu_capacity('instance');

CREATE TRIGGER mig_instances_placed BEFORE INSERT OR UPDATE ON public.mig_instances FOR EACH ROW EXECUTE FUNCTION place_mig_instance();

create table mig_profiles (
  model text not null,
  profile text not null,
  compute_slices smallint not null,
  memory_slices smallint not null,
  starts smallint[] not null,
  most smallint not null,
  is_media boolean not null default false,
  constraint mig_profiles_compute_slices_check CHECK (((compute_slices >= 1) AND (compute_slices <= 7))),
  constraint mig_profiles_memory_slices_check CHECK (((memory_slices >= 1) AND (memory_slices <= 8))),
  constraint mig_profiles_model_fkey FOREIGN KEY (model) REFERENCES gpu_models(model),
  constraint mig_profiles_most_check CHECK (((most >= 1) AND (most <= 7))),
  constraint mig_profiles_pkey PRIMARY KEY (model, profile),
  constraint mig_profiles_profile_check CHECK ((profile ~ '^[1-7]g\.[0-9]+gb(\+me)?$'::text))
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

CREATE OR REPLACE FUNCTION public.check_gpu_claim()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  place gpu_nodes;
  held  record;
begin
  select * into place from gpu_nodes where node = new.node for update;
  if place.state <> 'open' or place.withheld is not null then
    raise exception '% is %', new.node, case place.state when 'open' then 'withheld: ' || place.withheld else place.state end
      using errcode = 'check_violation', constraint = 'gpu_node_open';
  end if;
  select coalesce(sum(cpu_millis), 0) as cpu, coalesce(sum(memory_mib), 0) as memory into held
  from gpu_claims where node = new.node and released_at is null;
  if held.cpu + new.cpu_millis > place.cpu_millis or held.memory + new.memory_mib > place.memory_mib then
    raise exception '% has not so much CPU or memory left', new.node
      using errcode = 'check_violation', constraint = 'gpu_node_room';
  end if;
  return new;
end
$function$;

CREATE OR REPLACE FUNCTION public.check_gpu_dependency()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if exists (select from gpu_job as later join gpu_job as earlier on earlier.job_id = new.on_job_id
             where later.job_id = new.job_id and later.position <= earlier.position) then
    raise exception '% cannot wait for %, which is not older', new.job_id, new.on_job_id
      using errcode = 'check_violation', constraint = 'gpu_job_dependency_order';
  end if;
  if exists (select from gpu_job_state where job_id = new.job_id) then
    raise exception '% is submitted: what it waits for cannot change', new.job_id
      using errcode = 'check_violation', constraint = 'gpu_job_dependency_late';
  end if;
  return new;
end
$function$;

CREATE OR REPLACE FUNCTION public.check_gpu_device()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.sharing = 'mig' and new.slices is distinct from
     (select nullif(memory_slices, 0) from gpu_models where model = new.model) then
    raise exception '% cannot be cut into % memory slices', new.model, new.slices
      using errcode = 'check_violation', constraint = 'gpu_mig_profile';
  end if;
  if tg_op = 'UPDATE'
     and (new.node, new.model, new.sharing, new.slices, new.state = 'retired')
         is distinct from (old.node, old.model, old.sharing, old.slices, old.state = 'retired')
     and exists (select from gpu_allocations where device = new.device and released_at is null) then
    raise exception '% is held', new.device using errcode = 'check_violation', constraint = 'gpu_device_held';
  end if;
  return new;
end
$function$;

CREATE OR REPLACE FUNCTION public.check_gpu_release()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'DELETE' or old.released_at is not null or new.released_at is null
     or to_jsonb(new) - '{released_at,cause,kept_until}'::text[] <> to_jsonb(old) - '{released_at,cause,kept_until}'::text[] then
    raise exception '% can only be released, once: % refused', tg_table_name, tg_op
      using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end
$function$;

CREATE OR REPLACE FUNCTION public.check_mig_place(card gpu_devices, wanted text, place int4range)
 RETURNS mig_profiles
 LANGUAGE plpgsql
 STABLE
AS $function$
declare
  found_profile mig_profiles;
begin
  select * into found_profile from mig_profiles where model = card.model and profile = wanted;
  if not found then
    raise exception '% has no MIG profile %', card.model, wanted using errcode = 'check_violation', constraint = 'gpu_mig_profile';
  end if;
  if not lower(place) = any (found_profile.starts) or upper(place) - lower(place) <> found_profile.memory_slices then
    raise exception '% cannot lie at % of %', wanted, place, card.device
      using errcode = 'check_violation', constraint = 'gpu_mig_place';
  end if;
  return found_profile;
end
$function$;

CREATE OR REPLACE FUNCTION public.ensure_month_partition(parent regclass, day date)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
declare
  first_day date := date_trunc('month', day)::date;
  next_day  date := (date_trunc('month', day) + interval '1 month')::date;
  child     text := format('%s_%s', parent, to_char(first_day, 'YYYYMM'));
  zone      text := '';
  by_column name;
begin
  if to_regclass(child) is not null then
    return child;
  end if;
  perform pg_advisory_xact_lock(hashtext('ensure_month_partition'), hashtext(child));
  -- Asked of the table, not by to_regclass: its cache does not notice what others did while we waited for the lock.
  if exists (select from pg_inherits join pg_class on oid = inhrelid where inhparent = parent and relname = child) then
    return child;
  end if;
  select attname, case when atttypid = 'timestamptz'::regtype then ' 00:00+00' else '' end into by_column, zone
  from pg_partitioned_table join pg_attribute on attrelid = partrelid and attnum = partattrs[0]
  where partrelid = parent;
  execute format('create table %I (like %s including all)', child, parent);
  execute format('alter table %I add constraint %I check (%I >= %L and %I < %L)',
                 child, child || '_month', by_column, first_day || zone, by_column, next_day || zone);
  execute format('alter table %s attach partition %I for values from (%L) to (%L)',
                 parent, child, first_day || zone, next_day || zone);
  execute format('alter table %I drop constraint %I', child, child || '_month');
  return child;
end
$function$;

CREATE OR REPLACE FUNCTION public.follow_gpu_job_event()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  job gpu_job;
  was text;
  s   gpu_job_state;
  is_end constant boolean := new.state in ('completed', 'failed', 'cancelled', 'expired');
begin
  select * into s from gpu_job_state where job_id = new.job_id for update;
  was := s.state;
  if new.kind = 'submitted' then
    select * into job from gpu_job where job_id = new.job_id;
    if found and was is null and new.state = 'requested' then
      insert into gpu_job_state (job_id, position, state, state_at, is_held, is_ready, qos, nice, walltime_s)
      values (new.job_id, new.position, new.state, new.at, job.is_held,
              not exists (select from gpu_job_dependency where job_id = new.job_id), job.qos, job.nice, job.walltime_s)
      returning * into s;
      new.after := to_jsonb(s);
      return new;
    end if;
  end if;
  if was is null or new.kind = 'submitted'
     or (new.kind = 'moved' and not exists (select from gpu_job_move where from_state = was and to_state = new.state))
     or (new.kind <> 'moved' and not exists (select from gpu_job_move where from_state = was)) then
    raise exception '% cannot be % % from %', new.job_id, new.kind, coalesce(new.state, ''), coalesce(was, 'nothing')
      using errcode = 'check_violation', constraint = 'gpu_job_move';
  end if;
  s.position := new.position;
  case new.kind
    when 'moved' then
      s.state := new.state;
      s.state_at := new.at;
      s.cause := coalesce(new.cause, s.cause);
      if new.state = 'reserved' then
        s.attempt := s.attempt + 1;
        s.started_at := null;
        s.frozen_ms := 0;
        s.cause := null;
      elsif new.state = 'running' then
        s.started_at := new.at;
      elsif new.state = 'queued' and was <> 'validated' then
        s.short_count := s.short_count + (new.cause is not distinct from 'resource-short')::int;
        s.preempted_count := s.preempted_count + (new.cause is not distinct from 'preempted')::int;
        s.infra_count := s.infra_count + (new.cause is not distinct from 'infrastructure')::int;
        s.user_count := s.user_count + (new.cause is not distinct from 'user-error')::int;
        s.wanted := null;
      elsif is_end then
        s.finished_at := new.at;
        s.summary := new.facts;
        s.wanted := null;
      end if;
    when 'ready' then s.is_ready := true;
    when 'held' then s.is_held := true;
    when 'released' then s.is_held := false;
    when 'reprioritised' then
      s.qos := coalesce(new.facts ->> 'qos', s.qos);
      s.nice := coalesce((new.facts ->> 'nice')::int, s.nice);
    when 'extended' then s.walltime_s := (new.facts ->> 'walltimeS')::int;
    when 'wanted' then s.wanted := new.facts ->> 'what';
    when 'frozen' then s.frozen_at := coalesce(s.frozen_at, new.at);
    when 'thawed' then null;
    when 'checkpointed' then
      s.checkpoint_at := new.at;
      s.checkpoint_step := (new.facts ->> 'step')::bigint;
  end case;
  -- A frozen program that has ended is not frozen any more.
  if s.frozen_at is not null and (new.kind = 'thawed' or new.state in ('cleaning', 'collecting')) then
    s.frozen_ms := s.frozen_ms + greatest(0, extract(epoch from new.at - s.frozen_at) * 1000)::bigint;
    s.frozen_at := null;
  end if;
  if s.is_held and s.state in ('queued', 'validated', 'requested') then s.eligible_at := null;
  elsif s.state = 'queued' and s.is_ready then s.eligible_at := coalesce(s.eligible_at, new.at);
  end if;
  if (is_end or new.state = 'queued') and exists (
    select from gpu_claims where job_id = new.job_id and released_at is null) then
    raise exception '% cannot be % while it holds devices', new.job_id, new.state
      using errcode = 'check_violation', constraint = 'gpu_job_holds';
  end if;
  if new.state in ('reserved', 'starting', 'running') and not exists (
    select from gpu_claims where job_id = new.job_id and attempt = s.attempt and released_at is null) then
    raise exception '% cannot be % without devices', new.job_id, new.state
      using errcode = 'check_violation', constraint = 'gpu_job_holds_nothing';
  end if;
  update gpu_job_state set (
    position, state, state_at, attempt, is_held, is_ready, eligible_at, qos, nice, walltime_s, wanted, started_at,
    frozen_at, frozen_ms, checkpoint_at, checkpoint_step, short_count, preempted_count, infra_count, user_count, cause,
    finished_at, summary) = (
    select s.position, s.state, s.state_at, s.attempt, s.is_held, s.is_ready, s.eligible_at, s.qos, s.nice, s.walltime_s,
           s.wanted, s.started_at, s.frozen_at, s.frozen_ms, s.checkpoint_at, s.checkpoint_step, s.short_count,
           s.preempted_count, s.infra_count, s.user_count, s.cause, s.finished_at, s.summary)
  where job_id = new.job_id;
  new.after := to_jsonb(s);
  return new;
end
$function$;

CREATE OR REPLACE FUNCTION public.follow_gpu_return()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  s gpu_job_state;
begin
  select * into s from gpu_job_state where job_id = new.job_id;
  if new.kind = 'moved' then
    s.away_ms := s.away_ms + coalesce((
      select greatest(0, extract(epoch from new.at - min(claimed_at)) * 1000)::bigint
      from gpu_claims where job_id = new.job_id and attempt = s.attempt), 0);
    if s.cause is distinct from 'resource-short' and s.cause is distinct from 'infrastructure' then
      s.pause_count := 0;
    elsif new.at - s.started_at >= interval '10 minutes' then
      s.pause_count := 1;
    else
      s.pause_count := s.pause_count + 1;
    end if;
  end if;
  -- Who was held begins to wait anew.
  if s.eligible_at is null then
    s.away_ms := 0;
  end if;
  update gpu_job_state set (away_ms, pause_count) = (select s.away_ms, s.pause_count) where job_id = new.job_id;
  new.after := to_jsonb(s);
  return new;
end
$function$;

CREATE OR REPLACE FUNCTION public.gpu_cells(device_no bigint, slices int4range)
 RETURNS int8range
 LANGUAGE sql
 IMMUTABLE
AS $function$ select int8range(device_no * 64 + lower(slices), device_no * 64 + upper(slices)) $function$;

CREATE OR REPLACE FUNCTION public.gpu_use_fade(elapsed_ms double precision, half_life_ms double precision)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select case when elapsed_ms > 50 * half_life_ms then 0 else power(2, -greatest(0, elapsed_ms) / half_life_ms) end
$function$;

CREATE OR REPLACE FUNCTION public.gpu_use_made(part double precision, held_ms double precision, half_life_ms double precision)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select part / 1000 * half_life_ms * (1 - gpu_use_fade(held_ms, half_life_ms)) / ln(2::double precision)
$function$;

CREATE OR REPLACE FUNCTION public.gpu_use_of(released allocation_history)
 RETURNS TABLE(owner text, team text, model text, part double precision, held_ms bigint, at_ms bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select job.owner, job.team, card.after ->> 'model',
         (upper(held.slices) - lower(held.slices))::double precision / (card.after ->> 'slices')::int,
         greatest(0, span.until - span.since - still.stood)::bigint, span.until
  from gpu_allocations as held
  join gpu_job as job on job.job_id = held.job_id
  join allocation_history as given on given.allocation_id = held.allocation_id and given.kind = 'allocated'
  cross join lateral (
    select after from gpu_capacity_event
    where kind = 'device' and subject = held.device and position < given.position
    order by position desc limit 1) as card
  cross join lateral (
    select floor(extract(epoch from held.allocated_at) * 1000)::bigint as since,
           floor(extract(epoch from held.released_at) * 1000)::bigint as until) as span
  cross join lateral (
    select coalesce(sum(greatest(0, coalesce(stop_ms, span.until) - start_ms)), 0) as stood
    from (
      select kind, at, (extract(epoch from at) * 1000)::bigint as start_ms,
             (extract(epoch from lead(at) over (order by position)) * 1000)::bigint as stop_ms
      from gpu_job_event as event
      where event.job_id = held.job_id and event.position < released.position and kind <> 'checkpointed'
        and (kind in ('frozen', 'thawed') or state in ('collecting', 'cleaning'))) as freezes
    where kind = 'frozen' and at >= held.allocated_at and at < held.released_at) as still
  where held.allocation_id = released.allocation_id
$function$;

CREATE OR REPLACE FUNCTION public.next_gpu_position()
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_advisory_xact_lock(hashtext('gpu_position'), 0);
  return nextval('gpu_position');
end
$function$;

CREATE OR REPLACE FUNCTION public.note_gpu_allocation()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into allocation_history (at, kind, allocation_id, after)
  select coalesce(new.released_at, new.allocated_at), case when new.released_at is null then 'allocated' else 'released' end,
         new.allocation_id, to_jsonb(new) || jsonb_build_object('claim', to_jsonb(claim))
  from gpu_claims as claim where claim.claim_id = new.claim_id;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.note_gpu_capacity()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_op = 'DELETE' then
    raise exception '% keeps what it had: retire it', tg_table_name using errcode = 'integrity_constraint_violation';
  end if;
  insert into gpu_capacity_event (kind, subject, actor, role, reason, after)
  values (tg_argv[0], to_jsonb(new) ->> tg_argv[0], new.changed_by, new.changed_role, new.reason, to_jsonb(new));
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.note_gpu_run()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into gpu_run
  select new.position, owner, template, new.at, (new.facts ->> 'ranMs')::double precision
  from gpu_job where job_id = new.job_id;
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.note_gpu_use()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  line gpu_use;
  last gpu_use;
begin
  select new.position, use.owner, use.team, use.model, use.part, use.held_ms, use.at_ms
    into line.position, line.owner, line.team, line.model, line.part, line.held_ms, line.at_ms
  from gpu_use_of(new) as use;
  select * into last from gpu_use
  where owner = line.owner and team = line.team and model = line.model order by position desc limit 1;
  line.at_ms := greatest(line.at_ms, last.at_ms);
  line.half_life_ms := (select half_life_ms from gpu_use order by position desc limit 1);
  if line.half_life_ms is not null then
    line.used_s := gpu_use_made(line.part, line.held_ms, line.half_life_ms);
    -- What was not carried over, or is hardly anything, counts for nothing.
    if last.half_life_ms = line.half_life_ms and last.used_s > 1e-9 then
      line.used_s := line.used_s + last.used_s * gpu_use_fade(line.at_ms - last.at_ms, line.half_life_ms);
    end if;
  end if;
  insert into gpu_use values (line.*);
  return null;
end
$function$;

CREATE OR REPLACE FUNCTION public.place_gpu_allocation()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  card  gpu_devices;
  claim gpu_claims;
  part  mig_instances;
begin
  select * into claim from gpu_claims where claim_id = new.claim_id;
  select * into card from gpu_devices where device = new.device for update;
  new.job_id := claim.job_id;
  new.cells := gpu_cells(card.device_no, new.slices);
  if claim.released_at is not null or card.node <> claim.node or card.state <> 'ready' or card.withheld is not null then
    raise exception '% is not there for %', new.device, claim.job_id
      using errcode = 'check_violation', constraint = 'gpu_device_there';
  end if;
  if upper(new.slices) > card.slices or (card.sharing = 'mig') <> (new.mig_profile is not null) then
    raise exception '% of % are no part that it is given out in', new.slices, new.device
      using errcode = 'check_violation', constraint = 'gpu_device_part';
  end if;
  if card.sharing = 'mig' then
    new.is_media := (check_mig_place(card, new.mig_profile, new.slices)).is_media;
    -- A card that is cut already gives out what it is cut into.
    select * into part from mig_instances
    where device = new.device and state = 'there' and slices = new.slices and profile = new.mig_profile;
    if not found and exists (select from mig_instances where device = new.device and state = 'there') then
      raise exception '% is cut otherwise than into % at %', new.device, new.mig_profile, new.slices
        using errcode = 'check_violation', constraint = 'gpu_device_part';
    end if;
    if part.withheld is not null then
      raise exception '% is not there for %', part.instance, claim.job_id
        using errcode = 'check_violation', constraint = 'gpu_device_there';
    end if;
    new.mig_instance := part.instance;
  end if;
  return new;
end
$function$;

CREATE OR REPLACE FUNCTION public.place_mig_instance()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  card gpu_devices;
begin
  if tg_op = 'UPDATE'
     and (new.device, new.profile, new.slices, new.state) = (old.device, old.profile, old.slices, old.state) then
    return new;
  end if;
  select * into card from gpu_devices where device = new.device for update;
  if tg_op = 'INSERT' and card.sharing <> 'mig' then
    raise exception '% is not cut by MIG', new.device using errcode = 'check_violation', constraint = 'gpu_mig_profile';
  end if;
  if exists (select from gpu_allocations where device = new.device and released_at is null) then
    raise exception '% is held: its layout cannot change', new.device
      using errcode = 'check_violation', constraint = 'gpu_device_held';
  end if;
  if new.state = 'there' then
    new.is_media := (check_mig_place(card, new.profile, new.slices)).is_media;
  end if;
  new.cells := gpu_cells(card.device_no, new.slices);
  return new;
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

CREATE OR REPLACE FUNCTION public.refuse_gpu_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% is append only: % refused', tg_table_name, tg_op using errcode = 'integrity_constraint_violation';
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

CREATE OR REPLACE FUNCTION public.release_gpu_devices()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update gpu_allocations set released_at = new.released_at where claim_id = new.claim_id and released_at is null;
  return null;
end
$function$;
