-- What is read at each plan, and each second of each run, must not take longer the more there was before: the facts of
-- jobs that have ended stay, and those of checkpoints are most of them. Beyond transaction_timeout nothing would be planned
-- any more.

-- All that happens to a job but its checkpoints: when it was wanted to end, stood still, moved; its timeline.
create index gpu_job_event_news on gpu_job_event (job_id, position) where kind <> 'checkpointed';
-- The last runs of a user and template, by which those to come are predicted.
create index gpu_job_event_completed on gpu_job_event (at) where state = 'completed';
-- How long jobs waited against what was planned, the newest first.
create index gpu_job_event_planned on gpu_job_event (position) where state = 'queued' and facts ? 'plannedMs';
-- Cards that something else was on.
create index gpu_job_event_short on gpu_job_event (at) where cause = 'resource-short';

-- What is held; and what was held until some time ago, for shares and bills.
create index gpu_allocations_held on gpu_allocations (allocation_id) where released_at is null;
create index gpu_allocations_released on gpu_allocations (released_at);
create index gpu_allocations_job on gpu_allocations (job_id);

-- Who works in a folder.
create index gpu_job_workdir on gpu_job (workdir);
