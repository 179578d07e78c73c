-- MIG instances of a cluster: places of cards as whole cards are, named by them; such as other pods have are given to no run.
alter table mig_instances
  -- Why no run gets it: others have it, or its node does not give it out. A run that has it keeps it.
  add column withheld text,
  drop constraint mig_instances_instance_check,
  add constraint mig_instances_instance_check
    check (instance ~ '^[A-Za-z0-9][A-Za-z0-9.-]*$' and length(instance) <= 264);

create index mig_instances_there on mig_instances (device) where state = 'there';

-- Why an operator has drained a card that the cluster has not for a while: it is drained still when it is back.
alter table gpu_devices add column drained text;

create or replace function place_mig_instance() returns trigger
language plpgsql as $$
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
    if part.withheld is not null then
      raise exception '% is not there for %', part.instance, claim.job_id
        using errcode = 'check_violation', constraint = 'gpu_device_there';
    end if;
    new.mig_instance := part.instance;
  end if;
  return new;
end
$$;
