-- What is held so that realtime stays fast, why, since when, and what an operator forces. The audit log has every change.

create table governor_state (
  -- There is one.
  only_row       boolean     primary key default true check (only_row),
  -- How far training is held; each level includes those before it. Whoever runs training reads this.
  level          text        not null default 'none' check (level in ('none', 'hold', 'freeze', 'preempt')),
  reason_code    text,
  reason_params  json,
  since          timestamptz,
  -- WAL that batch may write, and work that can wait, in bytes a second; null: as much as they can.
  batch_pace     bigint      check (batch_pace > 0),
  background_pace bigint     check (background_pace > 0),
  -- What the governor remembers from look to look, what it saw last, and what people must know.
  watch          json,
  seen           json,
  alarms         json        not null default '[]',
  -- Whether the server lets nothing of the queue of training start; null: not known.
  is_queue_held  boolean,
  -- Why the queue could not be asked or set, or running training not told; null: they could.
  training_problem text,
  override_kind  text        check (override_kind in ('hold', 'release')),
  override_by    text,
  override_why   text,
  override_at    timestamptz,
  override_until timestamptz,
  -- The last look; old when nobody governs, null before the first.
  looked_at      timestamptz,
  constraint governor_reason check ((level = 'none') = (reason_code is null)),
  constraint governor_since check (level = 'none' or since is not null),
  constraint governor_override check (
    num_nulls(override_kind, override_by, override_why, override_at, override_until) in (0, 5))
) with (fillfactor = 50);

insert into governor_state default values;
