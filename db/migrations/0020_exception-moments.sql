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
update exception_note set told_count = (facts ->> 'count')::bigint, told_at = now()
where facts is not null and appearance > 0 and told_come = appearance;
