-- In whose favour a job was preempted is a fact of the event that told it: {what, inFavourOf, decision}. Plans read it of
-- the jobs that wait.
create index gpu_job_event_favoured on gpu_job_event ((facts ->> 'inFavourOf')) where facts ? 'inFavourOf';

-- A machine that is short of something is waited for, as long as it takes.
alter table gpu_job drop column max_short;
