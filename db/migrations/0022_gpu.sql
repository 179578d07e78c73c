-- GPU training: what machines there are, what is queued on them, who holds what, what it used, and what it costs.
--
-- Facts are only ever added: gpu_job and gpu_job_event, gpu_capacity_event, allocation_history, gpu_policy, gpu_rates,
-- gpu_site_rates, gpu_decision. Each has a position of one order, given under a lock that lasts until its transaction
-- ends: whoever sees a position sees all before it, and nothing comes in between later. So a decision that notes the
-- position it read as of can be made again from the facts up to there. Beside the facts stand rows with what is now
-- (gpu_job_state, gpu_nodes, gpu_devices, mig_instances, gpu_allocations); triggers keep both together, and each fact
-- of a change holds the row as it was behind it.

create sequence gpu_position;

create function next_gpu_position() returns bigint
language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtext('gpu_position'), 0);
  return nextval('gpu_position');
end
$$;

create function refuse_gpu_change() returns trigger
language plpgsql as $$
begin
  raise exception '% is append only: % refused', tg_table_name, tg_op using errcode = 'integrity_constraint_violation';
end
$$;

-- ---- Models -------------------------------------------------------------------------------------------------------

-- Figures of a model of GPU. Memory slices are those of MIG, 0 where there is none; shares are counted by them.
create table gpu_models (
  model          text     collate "C" primary key check (model ~ '^[A-Za-z0-9][A-Za-z0-9.-]{0,39}$'),
  -- As the maker counts it; what a card really has is told by the card.
  memory_gb      integer  not null check (memory_gb > 0),
  memory_slices  smallint not null default 0 check (memory_slices in (0, 4, 8)),
  compute_slices smallint not null default 0 check (compute_slices in (0, 4, 7)),
  tdp_watts      integer  not null check (tdp_watts > 0),
  -- What it draws when nothing runs on it; null: not known.
  idle_watts     integer  check (idle_watts >= 0),
  constraint gpu_models_slices check ((memory_slices, compute_slices) in ((0, 0), (4, 4), (8, 7)))
);

-- Profiles of GPU instances, with the memory slices that each takes and those that it may begin at (NVML's placement).
create table mig_profiles (
  model          text     collate "C" not null references gpu_models,
  profile        text     collate "C" not null check (profile ~ '^[1-7]g\.[0-9]+gb(\+me)?$'),
  compute_slices smallint not null check (compute_slices between 1 and 7),
  memory_slices  smallint not null check (memory_slices between 1 and 8),
  starts         smallint[] not null,
  most           smallint not null check (most between 1 and 7),
  -- With the media engines, of which a card has one set.
  is_media       boolean  not null default false,
  primary key (model, profile)
);

insert into gpu_models (model, memory_gb, memory_slices, compute_slices, tdp_watts, idle_watts) values
  ('A100-40GB', 40, 8, 7, 400, 72), ('A100-80GB', 80, 8, 7, 400, 72), ('H100-80GB', 80, 8, 7, 700, 95),
  ('H100-NVL-94GB', 94, 8, 7, 400, null), ('H200-141GB', 141, 8, 7, 700, null), ('B200-180GB', 180, 8, 7, 1000, 130),
  ('GB200-186GB', 186, 8, 7, 1200, null), ('B300-269GB', 269, 8, 7, 1400, null), ('A30-24GB', 24, 4, 4, 165, null),
  ('RTX-PRO-6000-96GB', 96, 4, 4, 600, null), ('RTX-4090-24GB', 24, 0, 0, 450, null);

-- Of cards with eight memory slices: memory of one, two, four and eight of them, in GB, as the profiles are named.
insert into mig_profiles
select model, kind || 'g.' || memory[part] || 'gb' || case when is_media then '+me' else '' end,
       kind, slices, starts, most, is_media
from (values
  ('A100-40GB', '{5,10,20,40}'::int[]), ('A100-80GB', '{10,20,40,80}'), ('H100-80GB', '{10,20,40,80}'),
  ('H100-NVL-94GB', '{12,24,47,94}'), ('H200-141GB', '{18,35,71,141}'), ('B200-180GB', '{23,45,90,180}'),
  ('GB200-186GB', '{23,47,93,186}'), ('B300-269GB', '{34,67,135,269}')
) as cards (model, memory), (values
  (1, 1, 1, '{0,1,2,3,4,5,6}'::smallint[], 7, false), (1, 1, 1, '{0,1,2,3,4,5,6}', 1, true),
  (1, 2, 2, '{0,2,4,6}', 4, false), (2, 2, 2, '{0,2,4}', 3, false), (3, 3, 4, '{0,4}', 2, false),
  (4, 3, 4, '{0}', 1, false), (7, 4, 8, '{0}', 1, false)
) as kinds (kind, part, slices, starts, most, is_media)
union all values
  ('A30-24GB', '1g.6gb', 1, 1, '{0,1,2,3}'::smallint[], 4, false), ('A30-24GB', '2g.12gb', 2, 2, '{0,2}', 2, false),
  ('A30-24GB', '4g.24gb', 4, 4, '{0}', 1, false), ('RTX-PRO-6000-96GB', '1g.24gb', 1, 1, '{0,1,2,3}', 4, false),
  ('RTX-PRO-6000-96GB', '2g.48gb', 2, 2, '{0,2}', 2, false), ('RTX-PRO-6000-96GB', '4g.96gb', 4, 4, '{0}', 1, false);

-- ---- Nodes, devices, instances: capacity ----------------------------------------------------------------------------

create table gpu_nodes (
  node         text        collate "C" primary key check (node ~ '^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$'),
  cpu_millis   integer     not null check (cpu_millis > 0),
  memory_mib   bigint      not null check (memory_mib > 0),
  -- A draining node starts nothing and lets what runs end; it is drained when nothing is left on it.
  state        text        not null default 'open' check (state in ('open', 'draining', 'retired')),
  reason       text,
  changed_by   text        not null,
  changed_role text        not null,
  changed_at   timestamptz not null default clock_timestamp(),
  constraint gpu_nodes_reason check (state = 'open' or reason is not null)
);

create table gpu_devices (
  device       text        collate "C" primary key check (device ~ '^[A-Za-z0-9][A-Za-z0-9-]{0,63}$'),
  -- Numbers the cells of all devices on one line, for the constraint against double allocation.
  device_no    bigint      generated always as identity unique,
  node         text        collate "C" not null references gpu_nodes,
  device_index smallint    not null check (device_index between 0 and 255),
  model        text        collate "C" not null references gpu_models,
  -- How it is given out: as a whole, in memory slices of MIG, or in equal shares of time.
  sharing      text        not null default 'whole' check (sharing in ('whole', 'mig', 'shared')),
  -- Into how many cells it is cut: 1, the memory slices of its model, or so many shares.
  slices       smallint    not null default 1 check (slices between 1 and 64),
  -- Since when it is written off.
  in_service_on date       not null default current_date,
  -- On an unhealthy one nothing starts; a retired one is there no more.
  state        text        not null default 'ready' check (state in ('ready', 'unhealthy', 'retired')),
  reason       text,
  changed_by   text        not null,
  changed_role text        not null,
  changed_at   timestamptz not null default clock_timestamp(),
  constraint gpu_devices_whole check (sharing <> 'whole' or slices = 1),
  constraint gpu_devices_reason check (state = 'ready' or reason is not null)
);

create unique index gpu_devices_place on gpu_devices (node, device_index) where state <> 'retired';

-- What is held does not change its shape, and is not retired.
create function check_gpu_device() returns trigger
language plpgsql as $$
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
$$;

create trigger gpu_devices_checked before insert or update on gpu_devices
  for each row execute function check_gpu_device();

-- Instances that a card is cut into now. Where a card has none, slices of it may be given out wherever they fit.
create table mig_instances (
  instance     text        collate "C" primary key check (instance ~ '^[A-Za-z0-9][A-Za-z0-9-]{0,63}$'),
  device       text        collate "C" not null references gpu_devices,
  profile      text        not null,
  slices       int4range   not null check (not isempty(slices)),
  cells        int8range   not null,
  is_media     boolean     not null,
  state        text        not null default 'there' check (state in ('there', 'gone')),
  reason       text,
  changed_by   text        not null,
  changed_role text        not null,
  changed_at   timestamptz not null default clock_timestamp(),
  constraint mig_instances_apart exclude using gist (cells with &&) where (state = 'there')
);

create unique index mig_instances_media on mig_instances (device) where is_media and state = 'there';

-- Every change of a node, device or instance, with its row behind it.
create table gpu_capacity_event (
  position bigint      primary key default next_gpu_position(),
  at       timestamptz not null default clock_timestamp(),
  kind     text        not null check (kind in ('node', 'device', 'instance')),
  subject  text        collate "C" not null,
  actor    text        not null,
  role     text        not null,
  reason   text,
  after    jsonb       not null
);

create index gpu_capacity_event_subject on gpu_capacity_event (kind, subject, position);

create function note_gpu_capacity() returns trigger
language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise exception '% keeps what it had: retire it', tg_table_name using errcode = 'integrity_constraint_violation';
  end if;
  insert into gpu_capacity_event (kind, subject, actor, role, reason, after)
  values (tg_argv[0], to_jsonb(new) ->> tg_argv[0], new.changed_by, new.changed_role, new.reason, to_jsonb(new));
  return null;
end
$$;

create trigger gpu_nodes_noted after insert or update or delete on gpu_nodes
  for each row execute function note_gpu_capacity('node');
create trigger gpu_devices_noted after insert or update or delete on gpu_devices
  for each row execute function note_gpu_capacity('device');
create trigger mig_instances_noted after insert or update or delete on mig_instances
  for each row execute function note_gpu_capacity('instance');

create trigger gpu_capacity_event_append_only before update or delete or truncate on gpu_capacity_event
  for each statement execute function refuse_gpu_change();

-- A place on a card: the cells of a device lie at 64 times its number and behind.
create function gpu_cells(device_no bigint, slices int4range) returns int8range
language sql immutable as $$ select int8range(device_no * 64 + lower(slices), device_no * 64 + upper(slices)) $$;

-- The place of a profile on a card, or an error that says why there is none.
create function check_mig_place(card gpu_devices, wanted text, place int4range) returns mig_profiles
language plpgsql stable as $$
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
$$;

create function place_mig_instance() returns trigger
language plpgsql as $$
declare
  card gpu_devices;
begin
  select * into card from gpu_devices where device = new.device for update;
  if tg_op = 'INSERT' and card.sharing <> 'mig' then
    raise exception '% is not cut by MIG', new.device using errcode = 'check_violation', constraint = 'gpu_mig_profile';
  end if;
  if exists (select from gpu_allocations where device = new.device and released_at is null) then
    raise exception '% is held: its layout cannot change', new.device
      using errcode = 'check_violation', constraint = 'gpu_device_held';
  end if;
  new.is_media := (check_mig_place(card, new.profile, new.slices)).is_media;
  new.cells := gpu_cells(card.device_no, new.slices);
  return new;
end
$$;

create trigger mig_instances_placed before insert or update on mig_instances
  for each row execute function place_mig_instance();
