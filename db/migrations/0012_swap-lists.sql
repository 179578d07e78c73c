-- Lists of swaps go by their keys, which the primary key serves, for what most of them are: open or terminated. What is
-- rare would be looked for among all of them. Partial, so that the swaps which are written all the time are in neither.

create index tb_on_mst_rare on tb_on_mst (status, subject_key) where status in ('none', 'errored', 'transferred-out');

create index tb_on_mst_portfolios on tb_on_mst (subject_key) where subject_kind = 'portfolio';
