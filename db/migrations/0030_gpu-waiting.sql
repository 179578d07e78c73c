-- How long a job really waited, and how often in a row it came back without having run. Both follow from its events, like all
-- of gpu_job_state: `after` has them as of a position, and of events of before has them not.
alter table gpu_job_state
  -- Of the time since eligible_at: in which it held devices, until it came back into the queue.
  add column away_ms     bigint  not null default 0,
  -- Tries in a row that the machine was to blame for, without one in between that ran for ten minutes or ended for another
  -- cause. The counts by cause are of all that there were.
  add column pause_count integer not null default 0;

create function follow_gpu_return() returns trigger
language plpgsql as $$
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
$$;

-- Behind gpu_job_event_followed, by its name.
create trigger gpu_job_event_returned before insert on gpu_job_event
  for each row when (new.kind = 'held' or (new.kind = 'moved' and new.state = 'queued'))
  execute function follow_gpu_return();
