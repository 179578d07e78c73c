-- What was asked for with a request key, field by field: a key that comes again with another order is refused, and neither
-- taken for the first one in silence nor, of an array, entered in half.
alter table gpu_job add column request jsonb check (request is null or request_key is not null);
