-- A card may turn out to be of another model: what it was cut into is then gone, whatever the new model can be cut into.
create or replace function place_mig_instance() returns trigger
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
  if new.state = 'there' then
    new.is_media := (check_mig_place(card, new.profile, new.slices)).is_media;
  end if;
  new.cells := gpu_cells(card.device_no, new.slices);
  return new;
end
$$;
