-- Why a file was refused is stored as a code of the error table and its parameters; the words are made when it is read.

alter table tb_bat_file_mst drop column problem_detail;
alter table tb_bat_file_mst add column problem_params jsonb;
