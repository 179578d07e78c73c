-- Nodes that come from a cluster. Names are as long as Kubernetes allows; a node may have nothing left for runs; of a model
-- that nobody has described, only what its label says is known.
alter table gpu_nodes
  -- Whether the cluster has it: then the cluster says what it has, and it is taken out of service there.
  add column in_cluster boolean not null default false,
  -- Why the cluster has no run start there; null: it does. An operator's drain is `state`: neither of the two undoes the other.
  add column withheld text,
  drop constraint gpu_nodes_node_check,
  add constraint gpu_nodes_node_check check (node ~ '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$'),
  drop constraint gpu_nodes_cpu_millis_check,
  add constraint gpu_nodes_cpu_millis_check check (cpu_millis >= 0),
  drop constraint gpu_nodes_memory_mib_check,
  add constraint gpu_nodes_memory_mib_check check (memory_mib >= 0);

alter table gpu_devices
  -- Why no run gets it: others have it, or its node does not give it out. A run that has it keeps it.
  add column withheld text,
  drop constraint gpu_devices_device_check,
  add constraint gpu_devices_device_check check (device ~ '^[A-Za-z0-9][A-Za-z0-9.-]*$' and length(device) <= 260);

alter table gpu_models
  drop constraint gpu_models_model_check,
  add constraint gpu_models_model_check check (model ~ '^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$'),
  -- Null: not known. Electricity of such a model counts where it was measured.
  alter column memory_gb drop not null,
  alter column tdp_watts drop not null;

create or replace function check_gpu_claim() returns trigger
language plpgsql as $$
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
$$;

create or replace function place_gpu_allocation() returns trigger
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
    new.mig_instance := part.instance;
  end if;
  return new;
end
$$;
