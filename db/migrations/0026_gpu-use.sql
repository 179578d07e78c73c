-- What a plan reads of jobs that have ended must not grow with their number: it read all that was held for ten half-lives to
-- know who used how much, and all that ran for ninety days to predict two runs. Both are kept as what is looked up at once.

-- ---- Use by account, for fairness -----------------------------------------------------------------------------------

-- A ledger: each card that is given back adds a line with what was held of it, and what its account has used until then,
-- faded by the half-life that holds. Under another half-life each account is carried over to a line of its own. So what is
-- left of all use, as of a position, is the last line up to there of each account, and stays the same bytes.
create table gpu_use (
  -- Of the release in allocation_history; of a line that carries over, its own.
  position     bigint           primary key default next_gpu_position(),
  owner        text             collate "C" not null,
  team         text             collate "C" not null,
  -- Of the card when it was given; what it weighs is the policy's.
  model        text             collate "C" not null,
  -- Of the card, and how long without what stood still; null: nothing, carried over.
  part         double precision check (part > 0),
  held_ms      bigint           check (held_ms >= 0),
  -- The last instant at which the account gave something back: a clock that was set back does not count.
  at_ms        bigint           not null,
  -- Seconds of whole cards that count at this instant, unweighted; null: no half-life held yet.
  half_life_ms double precision check (half_life_ms > 0),
  used_s       double precision check (used_s >= 0),
  constraint gpu_use_held check (num_nulls(part, held_ms) in (0, 2)),
  constraint gpu_use_kept check (num_nulls(half_life_ms, used_s) in (0, 2))
);

create index gpu_use_account on gpu_use (owner, team, model, position);

create trigger gpu_use_append_only before update or delete or truncate on gpu_use
  for each statement execute function refuse_gpu_change();

-- What is left of a second of use, as in domain/gpu/decay.ts. Behind fifty half-lives nothing counts: power() fails where
-- its result is too small.
create function gpu_use_fade(elapsed_ms double precision, half_life_ms double precision) returns double precision
language sql immutable as $$
  select case when elapsed_ms > 50 * half_life_ms then 0 else power(2, -greatest(0, elapsed_ms) / half_life_ms) end
$$;

-- Seconds of whole cards that a part of one comes to at its release, faded while it was held: `accrued` of domain/gpu/decay.ts.
create function gpu_use_made(part double precision, held_ms double precision, half_life_ms double precision)
returns double precision
language sql immutable as $$
  select part / 1000 * half_life_ms * (1 - gpu_use_fade(held_ms, half_life_ms)) / ln(2::double precision)
$$;

-- Whose the use of a release is, and how much: by the shape that the card had when it was given, without what stood still.
create function gpu_use_of(released allocation_history)
returns table (owner text, team text, model text, part double precision, held_ms bigint, at_ms bigint)
language sql stable as $$
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
$$;

create function note_gpu_use() returns trigger
language plpgsql as $$
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
$$;

-- What was given back before; the planner carries it over to the half-life that holds.
insert into gpu_use (position, owner, team, model, part, held_ms, at_ms)
select back.position, use.*
from allocation_history as back cross join lateral gpu_use_of(back) as use
where back.kind = 'released';

create trigger gpu_use_noted after insert on allocation_history
  for each row when (new.kind = 'released') execute function note_gpu_use();

-- ---- Runs that came to their end, for predictions -------------------------------------------------------------------

create table gpu_run (
  -- Of the event of its end.
  position bigint           primary key,
  owner    text             collate "C" not null,
  template text             not null,
  at       timestamptz      not null,
  -- Null: it did not tell.
  ran_ms   double precision
);

create index gpu_run_last on gpu_run (owner, template, position);

create trigger gpu_run_append_only before update or delete or truncate on gpu_run
  for each statement execute function refuse_gpu_change();

create function note_gpu_run() returns trigger
language plpgsql as $$
begin
  insert into gpu_run
  select new.position, owner, template, new.at, (new.facts ->> 'ranMs')::double precision
  from gpu_job where job_id = new.job_id;
  return null;
end
$$;

insert into gpu_run
select event.position, owner, template, event.at, (event.facts ->> 'ranMs')::double precision
from gpu_job_event as event join gpu_job using (job_id) where event.state = 'completed';

create trigger gpu_run_noted after insert on gpu_job_event
  for each row when (new.state = 'completed') execute function note_gpu_run();

drop index gpu_job_event_completed;

-- ---- Decisions are kept so many days (TAIN_GPU_DECISION_KEEP_DAYS) ----------------------------------------------------

-- The number stays with the claim and in the timeline of the job.
alter table gpu_claims drop constraint gpu_claims_decision_fkey;

drop trigger gpu_decision_append_only on gpu_decision;
create trigger gpu_decision_append_only before update or truncate on gpu_decision
  for each statement execute function refuse_gpu_change();
-- None of the last thirty days goes, whatever is set.
create trigger gpu_decision_kept before delete on gpu_decision
  for each row when (old.at > now() - interval '30 days') execute function refuse_gpu_change();

create index gpu_decision_at on gpu_decision using brin (at);
