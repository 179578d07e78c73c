-- Who holds what of GPUs, what they used, what it costs, and by what rules and decisions they came to it.

-- Weights, quotas, qualities of service, teams: the whole of it each time; the last one counts.
create table gpu_policy (
  position bigint      primary key default next_gpu_position(),
  at       timestamptz not null default clock_timestamp(),
  actor    text        not null,
  role     text        not null,
  reason   text        not null,
  policy   jsonb       not null
);

-- What the planner decided, with what is needed to decide it again: the facts up to `as_of`, its clock, and the hash of
-- the input that they make. `plan` is canonical JSON: the same bytes each time.
create table gpu_decision (
  position      bigint      primary key default next_gpu_position(),
  at            timestamptz not null default clock_timestamp(),
  as_of         bigint      not null,
  clock_ms      bigint      not null,
  planner       text        not null,
  input_sha256  text        not null check (input_sha256 ~ '^[0-9a-f]{64}$'),
  plan          text        not null,
  constraint gpu_decision_as_of check (as_of < position)
);

-- A try of a job on one of its nodes: the CPU and memory that it holds there; its devices are in gpu_allocations.
create table gpu_claims (
  claim_id    bigint      generated always as identity primary key,
  job_id      text        collate "C" not null references gpu_job,
  attempt     integer     not null check (attempt > 0),
  node        text        collate "C" not null references gpu_nodes,
  cpu_millis  integer     not null check (cpu_millis > 0),
  memory_mib  bigint      not null check (memory_mib > 0),
  decision    bigint      not null references gpu_decision,
  claimed_at  timestamptz not null default clock_timestamp(),
  released_at timestamptz,
  -- Why it was released before its end, as in gpu_job_event, and until when its work is kept; null: all, to the end.
  cause       text,
  kept_until  timestamptz,
  unique (job_id, attempt, node)
);

create unique index gpu_claims_held on gpu_claims (job_id, node) where released_at is null;
create index gpu_claims_node on gpu_claims (node) where released_at is null;
create index gpu_claims_released on gpu_claims (released_at);

-- A part of a device that a claim holds: memory slices with MIG, shares of a shared card, or all of it. While nobody
-- has released it, nobody else gets any of its cells.
create table gpu_allocations (
  allocation_id bigint    generated always as identity primary key,
  claim_id      bigint    not null references gpu_claims,
  job_id        text      collate "C" not null references gpu_job,
  device        text      collate "C" not null references gpu_devices,
  slices        int4range not null check (not isempty(slices) and lower(slices) >= 0),
  mig_profile   text,
  mig_instance  text      collate "C" references mig_instances,
  is_media      boolean   not null default false,
  cells         int8range not null,
  allocated_at  timestamptz not null default clock_timestamp(),
  released_at   timestamptz,
  constraint gpu_allocations_once exclude using gist (cells with &&) where (released_at is null)
);

create unique index gpu_allocations_media on gpu_allocations (device) where is_media and released_at is null;
create index gpu_allocations_claim on gpu_allocations (claim_id);
create index gpu_allocations_device on gpu_allocations (device, allocated_at);

create table allocation_history (
  position      bigint      primary key default next_gpu_position(),
  at            timestamptz not null,
  kind          text        not null check (kind in ('allocated', 'released')),
  allocation_id bigint      not null references gpu_allocations,
  after         jsonb       not null,
  unique (allocation_id, kind)
);

-- A node gives no more than it has, and nothing while it is drained: whoever drains it waits, or is waited for.
create function check_gpu_claim() returns trigger
language plpgsql as $$
declare
  place gpu_nodes;
  held  record;
begin
  select * into place from gpu_nodes where node = new.node for update;
  if place.state <> 'open' then
    raise exception '% is %', new.node, place.state using errcode = 'check_violation', constraint = 'gpu_node_open';
  end if;
  select coalesce(sum(cpu_millis), 0) as cpu, coalesce(sum(memory_mib), 0) as memory into held
  from gpu_claims where node = new.node and released_at is null;
  if held.cpu + new.cpu_millis > place.cpu_millis or held.memory + new.memory_mib > place.memory_mib then
    raise exception '% has not so much CPU or memory left', new.node
      using errcode = 'check_violation', constraint = 'gpu_node_room';
  end if;
  return new;
end
$$;

create trigger gpu_claims_checked before insert on gpu_claims for each row execute function check_gpu_claim();

create function place_gpu_allocation() returns trigger
language plpgsql as $$
declare
  card  gpu_devices;
  claim gpu_claims;
  part  mig_instances;
begin
  select * into claim from gpu_claims where claim_id = new.claim_id;
  select * into card from gpu_devices where device = new.device for update;
  new.job_id := claim.job_id;
  new.cells := gpu_cells(card.device_no, new.slices);
  if claim.released_at is not null or card.node <> claim.node or card.state <> 'ready' then
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
    new.mig_instance := part.instance;
  end if;
  return new;
end
$$;

create trigger gpu_allocations_placed before insert on gpu_allocations
  for each row execute function place_gpu_allocation();

-- What was released stays so, and nothing else of it changes.
create function check_gpu_release() returns trigger
language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.released_at is not null or new.released_at is null
     or to_jsonb(new) - '{released_at,cause,kept_until}'::text[] <> to_jsonb(old) - '{released_at,cause,kept_until}'::text[] then
    raise exception '% can only be released, once: % refused', tg_table_name, tg_op
      using errcode = 'integrity_constraint_violation';
  end if;
  return new;
end
$$;

create trigger gpu_claims_released before update or delete on gpu_claims
  for each row execute function check_gpu_release();
create trigger gpu_allocations_released before update or delete on gpu_allocations
  for each row execute function check_gpu_release();

create function release_gpu_devices() returns trigger
language plpgsql as $$
begin
  update gpu_allocations set released_at = new.released_at where claim_id = new.claim_id and released_at is null;
  return null;
end
$$;

create trigger gpu_claims_release_devices after update on gpu_claims
  for each row execute function release_gpu_devices();

create function note_gpu_allocation() returns trigger
language plpgsql as $$
begin
  insert into allocation_history (at, kind, allocation_id, after)
  select coalesce(new.released_at, new.allocated_at), case when new.released_at is null then 'allocated' else 'released' end,
         new.allocation_id, to_jsonb(new) || jsonb_build_object('claim', to_jsonb(claim))
  from gpu_claims as claim where claim.claim_id = new.claim_id;
  return null;
end
$$;

create trigger gpu_allocations_noted after insert or update on gpu_allocations
  for each row execute function note_gpu_allocation();

-- ---- Prices: the last row of a day counts, the last day that has begun ---------------------------------------------

-- Of a card of a model. Money is in millionths of the currency.
create table gpu_rates (
  position          bigint  primary key default next_gpu_position(),
  model             text    collate "C" not null references gpu_models,
  effective_on      date    not null,
  purchase_micros   bigint  not null check (purchase_micros >= 0),
  salvage_micros    bigint  not null check (salvage_micros between 0 and purchase_micros),
  life_years        numeric not null check (life_years > 0),
  -- Of the purchase price, in a year.
  maintenance_share numeric not null check (maintenance_share between 0 and 1),
  actor             text    not null,
  role              text    not null
);

-- Of all of them together, in a month, and of electricity.
create table gpu_site_rates (
  position       bigint  primary key default next_gpu_position(),
  effective_on   date    not null,
  currency       text    not null check (currency ~ '^[A-Z]{3}$'),
  -- Power that the building takes for each of the machines.
  pue            numeric not null check (pue >= 1),
  kwh_micros     bigint  not null check (kwh_micros >= 0),
  labour_micros  bigint  not null check (labour_micros >= 0),
  infra_micros   bigint  not null check (infra_micros >= 0),
  actor          text    not null,
  role           text    not null
);

-- ---- Use ----------------------------------------------------------------------------------------------------------

-- What was measured, every 30 s: of a device, or of an instance or a job on it ('': of all of it). Null is not known,
-- which is not 0.
create table gpu_usage_metrics (
  at              timestamptz not null,
  device          text        collate "C" not null,
  instance        text        collate "C" not null default '',
  job_id          text        collate "C" not null default '',
  gpu_percent     real        check (gpu_percent between 0 and 100),
  memory_used_mib bigint      check (memory_used_mib >= 0),
  power_watts     real        check (power_watts >= 0),
  temperature_c   real,
  cpu_percent     real        check (cpu_percent >= 0),
  host_memory_mib bigint      check (host_memory_mib >= 0),
  primary key (device, instance, job_id, at)
) partition by range (at);

create index gpu_usage_metrics_at on gpu_usage_metrics using brin (at);

-- The same by hour and by day (UTC): means and peaks of what was known.
create table gpu_usage_hourly (
  hour            timestamptz not null,
  device          text        collate "C" not null,
  instance        text        collate "C" not null,
  job_id          text        collate "C" not null,
  samples         integer     not null check (samples > 0),
  gpu_percent     real,
  gpu_peak        real,
  memory_used_mib bigint,
  memory_peak_mib bigint,
  power_watts     real,
  power_samples   integer     not null,
  primary key (hour, device, instance, job_id)
);

create table gpu_usage_daily (like gpu_usage_hourly including all);
alter table gpu_usage_daily rename column hour to day;

-- Whatever the column that a table is cut by is called: a date, or an instant, whose months are those of UTC.
create or replace function ensure_month_partition(parent regclass, day date) returns text
language plpgsql as $$
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
$$;

do $$
declare
  facts text;
begin
  foreach facts in array '{gpu_policy,gpu_decision,allocation_history,gpu_rates,gpu_site_rates}'::text[] loop
    execute format('create trigger %I before update or delete or truncate on %I
                    for each statement execute function refuse_gpu_change()', facts || '_append_only', facts);
  end loop;
end
$$;
