-- Events that break the order of events need a person too.
drop index event_outcome_unsettled;
create index event_outcome_unsettled on event_outcome (outcome, source_id, position)
  where outcome in ('conflict', 'pending', 'violated');

-- When the newest came of what somebody settled by a word: what comes later is not settled with it.
alter table exception_note add column resolved_newest timestamptz;

-- How much of a cause was told last, when, and how often it was told again since it came: what grows is told again.
alter table exception_note add column told_count bigint;
alter table exception_note add column told_at timestamptz;
alter table exception_note add column told_more integer not null default 0 check (told_more >= 0);
update exception_note set told_count = substring(facts::text from '"count":([0-9]+)')::bigint, told_at = now()
where facts is not null and appearance > 0 and told_come = appearance;

-- The opener of days, as it looked last: what it goes by, and what keeps it from opening any.
create table day_opener (
  -- There is one.
  only_row       boolean     primary key default true check (only_row),
  -- Calendar, zone and cut time (minutes since midnight by the clocks of the zone) of the day file that it read last; null
  -- before the first one, and where days are opened by nobody.
  calendar       text,
  zone           text,
  cut_minute     smallint,
  -- Since when it goes by any.
  known_since    timestamptz,
  problem_code   text,
  problem_params json,
  problem_since  timestamptz,
  constraint day_opener_settings check (num_nulls(calendar, zone, cut_minute, known_since) in (0, 4)),
  constraint day_opener_problem check (num_nulls(problem_code, problem_params, problem_since) in (0, 3))
);
insert into day_opener default values;
