-- Jobs of GPU training: what was submitted, what became of it and by whom, and what is the case now.
--
-- Whoever moves a job inserts an event, in the transaction of what it is about (gpu_claims for reserved, queued and the
-- ends); the trigger refuses a move that the lifecycle has not, and writes gpu_job_state. The planner reads gpu_job with
-- gpu_job_state; as of a position, `after` of the last event up to it.

-- A training as it was submitted; it does not change. What becomes of it: gpu_job_event, and gpu_job_state for now.
create table gpu_job (
  job_id         text        collate "C" primary key check (job_id ~ '^[a-z0-9]([a-z0-9-]{0,51}[a-z0-9])?$'),
  position       bigint      not null unique default next_gpu_position(),
  submitted_at   timestamptz not null default clock_timestamp(),
  -- Whose it is, in which team, and who asked for it.
  owner          text        collate "C" not null,
  team           text        collate "C" not null,
  submitted_by   text        not null,
  submitted_role text        not null,
  -- Names a submission, so that a repeated one is the same job.
  request_key    text        collate "C" unique,
  -- A task of an array: its number, and how many of the array may run at once.
  array_id       text        collate "C",
  array_index    integer     check (array_index >= 0),
  array_limit    integer     check (array_limit > 0),
  -- What is run: commands come from templates only.
  template       text        not null,
  params         jsonb       not null default '{}',
  config_path    text        not null,
  workdir        text        not null,
  -- What it needs on each of its nodes. Of GPUs: whole cards, or instances of a MIG profile, or so many shares of one.
  nodes          smallint    not null default 1 check (nodes between 1 and 256),
  gpus           smallint    not null check (gpus between 1 and 64),
  model          text        collate "C" references gpu_models,
  mig_profile    text,
  shares         smallint    check (shares between 1 and 64),
  cpu_millis     integer     not null check (cpu_millis > 0),
  memory_mib     bigint      not null check (memory_mib > 0),
  -- When it is killed; how long it is let to save its work before; how often it saves it, null: never.
  walltime_s     integer     not null check (walltime_s > 0),
  grace_s        integer     not null check (grace_s between 0 and 3600),
  checkpoint_s   integer     check (checkpoint_s > 0),
  min_run_s      integer     not null default 0 check (min_run_s >= 0),
  is_preemptible boolean     not null,
  qos            text        not null,
  nice           integer     not null default 0 check (nice between -10000 and 10000),
  is_held        boolean     not null default false,
  -- When it is given up if it has not started; null: never.
  expires_at     timestamptz,
  -- How often it may be tried again for each cause that counts against it. Preemption does not.
  max_short      integer     not null check (max_short >= 0),
  max_infra      integer     not null check (max_infra >= 0),
  max_user       integer     not null check (max_user >= 0),
  constraint gpu_job_array check (num_nulls(array_id, array_index) in (0, 2) and (array_id is not null or array_limit is null)),
  constraint gpu_job_parts check (num_nonnulls(mig_profile, shares) <= 1 and (shares is null or gpus = 1)),
  unique (array_id, array_index)
);

create index gpu_job_owner on gpu_job (owner, submitted_at desc);

-- What must end before a job may start. Only of jobs that were there before: there are no cycles.
create table gpu_job_dependency (
  job_id    text collate "C" not null references gpu_job,
  on_job_id text collate "C" not null references gpu_job,
  condition text not null check (condition in ('success', 'any')),
  primary key (job_id, on_job_id)
);

create index gpu_job_dependency_on on gpu_job_dependency (on_job_id);

create function check_gpu_dependency() returns trigger
language plpgsql as $$
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
$$;

create trigger gpu_job_dependency_checked before insert on gpu_job_dependency
  for each row execute function check_gpu_dependency();

-- The lifecycle: from where to where a job may move. Ends are where nothing leads on.
create table gpu_job_move (
  from_state text not null,
  to_state   text not null,
  primary key (from_state, to_state)
);

insert into gpu_job_move
select from_state, to_state
from (values
  ('requested', '{validated,failed,cancelled}'::text[]),
  ('validated', '{queued,failed,cancelled,expired}'),
  -- Waiting; also for what it depends on, which may never come (failed), and for whoever holds it.
  ('queued', '{reserved,failed,cancelled,expired}'),
  -- Devices are allocated. What was short at the last look goes back, by its cause.
  ('reserved', '{starting,queued,cleaning}'),
  ('starting', '{running,cleaning}'),
  ('running', '{collecting,cleaning}'),
  -- Logs and results; then resources removed in reverse order, and either an end or another try.
  ('collecting', '{cleaning}'),
  ('cleaning', '{queued,completed,failed,cancelled,expired}')
) as moves (from_state, states), unnest(states) as to_state;

-- What is the case now, made from the events by their trigger and by nothing else.
create table gpu_job_state (
  job_id       text        collate "C" primary key references gpu_job,
  position     bigint      not null,
  state        text        not null,
  state_at     timestamptz not null,
  -- Tries begun: the number of the one that is under way, or was last. Counts up when devices are allocated.
  attempt      integer     not null default 0,
  is_held      boolean     not null,
  -- Whether what it depends on has ended as it must.
  is_ready     boolean     not null,
  -- Since when it could start as far as it is concerned: its age for the priority. Kept over preemption and retries.
  eligible_at  timestamptz,
  qos          text        not null,
  nice         integer     not null,
  walltime_s   integer     not null,
  -- What somebody wants of a job that holds devices, until it has moved.
  wanted       text        check (wanted in ('cancel', 'requeue', 'preempt')),
  started_at   timestamptz,
  frozen_at    timestamptz,
  -- Of the try that is under way or was last: walltime and bill stand still meanwhile.
  frozen_ms    bigint      not null default 0,
  checkpoint_at   timestamptz,
  checkpoint_step bigint,
  -- Retries by their cause.
  short_count     integer  not null default 0,
  preempted_count integer  not null default 0,
  infra_count     integer  not null default 0,
  user_count      integer  not null default 0,
  -- Why the last try, or the job, ended as it did.
  cause        text,
  finished_at  timestamptz,
  summary      jsonb
);

create index gpu_job_state_open on gpu_job_state (state, job_id)
  where state not in ('completed', 'failed', 'cancelled', 'expired');

-- Who did what to a job, and why. `after` is the row of gpu_job_state behind it.
create table gpu_job_event (
  position bigint      primary key default next_gpu_position(),
  job_id   text        collate "C" not null references gpu_job,
  at       timestamptz not null default clock_timestamp(),
  kind     text        not null check (kind in (
    -- The first of each job; from state to state; what it depends on has ended as it must.
    'submitted', 'moved', 'ready',
    -- What people do. With facts: reprioritised {qos, nice}, extended {walltimeS}; wanted {what}: cancel, requeue, preempt.
    'held', 'released', 'reprioritised', 'extended', 'wanted',
    -- What the run tells. With facts: checkpointed {step}.
    'frozen', 'thawed', 'checkpointed')),
  -- The state that it enters.
  state    text,
  cause    text        check (cause in (
    'resource-short', 'preempted', 'infrastructure', 'user-error', 'walltime', 'cancelled', 'requeued', 'dependency', 'expired')),
  actor    text        not null,
  role     text        not null,
  reason   text,
  -- Of an end: the summary, like exit code and where the results are.
  facts    jsonb       not null default '{}',
  after    jsonb       not null,
  constraint gpu_job_event_state check ((kind in ('submitted', 'moved')) = (state is not null))
);

create index gpu_job_event_job on gpu_job_event (job_id, position);

create function follow_gpu_job_event() returns trigger
language plpgsql as $$
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
$$;

create trigger gpu_job_event_followed before insert on gpu_job_event
  for each row execute function follow_gpu_job_event();

-- Facts stay, and the row of what is now follows them alone: one level below the trigger of an event.
create trigger gpu_job_append_only before update or delete or truncate on gpu_job
  for each statement execute function refuse_gpu_change();
create trigger gpu_job_dependency_append_only before update or delete or truncate on gpu_job_dependency
  for each statement execute function refuse_gpu_change();
create trigger gpu_job_event_append_only before update or delete or truncate on gpu_job_event
  for each statement execute function refuse_gpu_change();
create trigger gpu_job_state_follows before insert or update or delete on gpu_job_state
  for each row when (pg_trigger_depth() = 0) execute function refuse_gpu_change();
