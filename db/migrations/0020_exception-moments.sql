-- Events that break the order of events need a person too.
drop index event_outcome_unsettled;
create index event_outcome_unsettled on event_outcome (outcome, source_id, position)
  where outcome in ('conflict', 'pending', 'violated');

-- When the newest came of what somebody settled by a word: what comes later is not settled with it.
alter table exception_note add column resolved_newest timestamptz;
