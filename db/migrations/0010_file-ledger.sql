-- Where the accepted records of a published file stand on their way into the ledger.

alter table tb_bat_file_mst
  -- The last record that was applied or passed over. Null before the file is let through to the ledger, and for ever
  -- where it tells of nobody's own swaps.
  add column applied_no     bigint,
  -- When all of them were, and their outcomes added up.
  add column applied_at     timestamptz,
  -- Accepted records that name neither a swap nor a portfolio.
  add column unplaced_count bigint not null default 0,
  add constraint tb_bat_file_mst_applied_no check (
    applied_no is null
    or (state = 'published' and format = 'submission' and applied_no between 0 and read_count)),
  add constraint tb_bat_file_mst_applied check (
    applied_at is null or (applied_no is not null and applied_no = read_count)),
  add constraint tb_bat_file_mst_unplaced check (
    unplaced_count between 0 and accepted_count and (unplaced_count = 0 or applied_no is not null));

-- A published file has a problem where the ledger contradicts it, until that is put right.
alter table tb_bat_file_mst
  drop constraint tb_bat_file_mst_problem,
  add constraint tb_bat_file_mst_problem check (
    case when state = 'published'
      then problem_code is null or (applied_no is not null and applied_at is null)
      else (state in ('refused', 'held')) = (problem_code is not null)
    end);

-- Asked many times a second, and nearly empty.
create index tb_bat_file_mst_unapplied on tb_bat_file_mst (received_at, file_id)
  where state = 'published' and format = 'submission' and applied_at is null;
