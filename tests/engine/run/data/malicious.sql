-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2
-- Statements that must be refused, one each line, through the real worker with all data sets permitted. {secret} is a
-- file beside the permitted ones, {folder} their folder, {env} the environment variable with the planted secret.
-- other sources of rows
select * from read_parquet('{secret}')
select * from '{secret}'
select * from "{secret}"
from '{folder}/*.parquet'
select * from parquet_scan('{secret}')
select * from read_csv('/etc/passwd')
select * from read_csv_auto('/etc/passwd')
select * from read_text('/etc/passwd')
select * from read_blob('{secret}')
select * from read_json('/etc/passwd')
select * from read_json_auto('/etc/passwd')
select * from read_json_objects('/etc/passwd')
select * from read_ndjson('/etc/passwd')
select * from read_xlsx('{secret}')
select * from st_read('{secret}')
select * from st_read_meta('{secret}')
select * from st_readosm('{secret}')
select * from st_readshp('{secret}')
select * from shapefile_meta('{secret}')
select * from st_drivers()
select * from sniff_csv('/etc/passwd')
select * from glob('/*')
select * from parquet_metadata('{secret}')
select * from parquet_schema('{secret}')
select * from parquet_file_metadata('{secret}')
select * from parquet_kv_metadata('{secret}')
select * from parquet_full_metadata('{secret}')
select * from parquet_bloom_probe('{secret}', 'pw', 1)
select * from read_duckdb('{folder}/x.db')
select * from sqlite_scan('{folder}/counts.sqlite', 'secret')
select * from sqlite_query('src_counts', 'select * from secret')
select * from sqlite_attach('{folder}/counts.sqlite')
select * from postgres_scan('host=127.0.0.1', 'public', 't')
select * from postgres_scan_pushdown('host=127.0.0.1', 'public', 't')
select * from postgres_query('far', 'select 1')
select * from postgres_execute('far', 'select 1')
select * from postgres_attach('host=127.0.0.1')
select * from postgres_configure_pool(max_connections=9)
select * from mysql_query('far', 'select 1')
select * from mysql_execute('far', 'select 1')
select * from read_postgres_binary('{secret}')
select * from query('select 1')
select * from query_table('town.trees')
select * from query_table('src_counts.secret')
select * from query_table(['town.trees'])
select * from json_execute_serialized_sql(json_serialize_sql('select 1'))
select json_serialize_sql('select 1')
select json_deserialize_sql('{{}}')
select json_serialize_plan('select 1')
select * from python_map_function(1, 2)
select * from pandas_scan(0)
select * from arrow_scan(1, 2, 3)
select * from arrow_scan_dumb(1, 2, 3)
select * from seq_scan('x')
select * from repeat('x', 3)
select * from repeat_row(1, num_rows=3)
select * from summary((select 1))
select * from test_all_types()
select * from checkpoint()
select * from force_checkpoint('x')
select * from which_secret('s3://x', 's3')
select * from regexp_split_to_table('a b', ' ')
-- the machinery
select * from duckdb_tables()
select * from duckdb_databases()
select * from duckdb_secrets()
select * from duckdb_secrets(redact=false)
select * from duckdb_settings()
select * from duckdb_views()
select * from duckdb_columns()
select * from duckdb_functions()
select * from duckdb_schemas()
select * from duckdb_extensions()
select * from duckdb_logs()
select * from duckdb_variables()
select * from duckdb_temporary_files()
select * from duckdb_external_file_cache()
select * from duckdb_prepared_statements()
select * from duckdb_approx_database_count()
select * from pragma_table_info('town.trees')
select * from pragma_database_size()
select * from pragma_storage_info('x')
select * from pragma_show('x')
select * from pragma_user_agent()
select * from information_schema.tables
select * from information_schema.columns
select * from pg_catalog.pg_class
select * from pg_catalog.pg_tables
select * from pg_class
select * from sqlite_master
select * from main.sqlite_master
select * from duckdb_tables
select * from duckdb_settings
select * from pragma_database_list
select * from src_counts.secret
select * from src_counts.main.secret
select * from "src_counts"."secret"
select * from memory.town.trees
select * from system.main.duckdb_settings
select * from temp.main.x
select * from main.trees
select * from trees
select * from town.secret
select * from town."secret; drop"
select current_setting('memory_limit')
select main.current_setting('memory_limit')
select system.main.current_setting('memory_limit')
select "current_setting"('memory_limit')
select 'memory_limit'.current_setting()
select getenv('{env}')
select "getenv"('{env}')
select getvariable('x')
select current_query()
select current_database()
select pg_catalog.current_database()
select current_schemas(true)
select current_schema
select current_catalog
select current_user
select session_user
select current_role
select in_search_path('a', 'b')
select nextval('s')
select currval('s')
select txid_current()
select version()
select current_connection_id()
select current_transaction_id()
select pg_get_viewdef(1)
select pg_catalog.pg_get_viewdef(1)
select pg_sleep(100)
select sleep_ms(100000)
select write_log('x')
select setseed(0.1)
select error('x')
select stats(id) from town.trees
select alias(id) from town.trees
select __internal_compress_integral_utinyint(1, 1)
select create_sort_key('a', 'asc')
select combine(null, null)
select finalize(null)
select aggregate([1], 'sum')
select cast_to_type('a', null::integer)
select list_transform([1], x -> current_setting('threads'))
select list_transform([1], lambda x: getenv('{env}'))
select count(*) filter (where getenv('x') is null) from town.trees
select sum(id) over (order by current_setting('threads')) from town.trees
select sum(1 order by getvariable('x'))
select case when true then getvariable('x') end
select id from town.trees order by current_setting('threads')
select id from town.trees limit (select count(*) from duckdb_settings())
select id from town.trees limit 1 offset (select count(*) from src_counts.secret)
select id from town.trees group by getvariable('a'), id
select id from town.trees group by id having current_setting('a') = 'x'
select id from town.trees qualify current_setting('a') = 'x'
select id from town.trees where id in (select 1 from duckdb_tables())
select id from town.trees where exists (from src_counts.secret)
select id from town.trees where id = any (select 1 from src_counts.secret)
select (select max(pw) from src_counts.secret)
select array(select pw from src_counts.secret)
select [x for x in (select list(pw) from src_counts.secret)]
select {'a': (select max(pw) from src_counts.secret)}
select map {'a': (select max(pw) from src_counts.secret)}
select (select max(pw) from src_counts.secret)[1:3]
select try((select max(pw) from src_counts.secret))
select cast((select max(pw) from src_counts.secret) as varchar)
select (select max(pw) from src_counts.secret) collate nocase
select 1 between 0 and (select 1 from src_counts.secret)
values ((select max(pw) from src_counts.secret))
select * from (values ((select max(pw) from src_counts.secret))) v(x)
select * replace ((select max(pw) from src_counts.secret) as id) from town.trees
select * replace (getenv('x') as id) from town.trees
select columns(c -> (select true from src_counts.secret)) from town.trees
select columns((select list(pw) from src_counts.secret)) from town.trees
select columns(['pw']) from src_counts.secret
select * from town.trees t join src_counts.secret s on true
select * from town.trees, src_counts.secret
select * from town.trees, lateral (select * from src_counts.secret)
select * from town.trees positional join src_counts.secret
select * from town.trees asof join src_counts.secret on id >= pw
select * from town.trees join town.districts on (select count(*) from src_counts.secret) > 0
select * from unnest((select list(pw) from src_counts.secret))
select * from range((select 1 from src_counts.secret))
select * from json_each((select to_json(pw) from src_counts.secret))
select unnest((select list(pw) from src_counts.secret))
-- names
select * from secret, (with secret as (select 1) select * from secret)
with secret as (select 1) select * from (select * from secret) a, (select * from pw) b
with a as (select * from b), b as (select 1) select * from a
with a as (select * from a) select * from a
with recursive a as (select * from a union all select 1) select * from a
with recursive t(a, b) using key (a) as (select 1, 2 union select a, b from recurring.t) select * from t
(with x as (select 1) select * from x) union all select * from x
select (with x as (select 1 as a) select a from x), x.a from x
with duckdb_settings as (select 1) select * from duckdb_settings, (select * from duckdb_tables)
with sqlite_master as (select 1 a) select * from main.sqlite_master
select * from (select 1 as a) s, s
-- statements that are not one SELECT
select 1; select 2
select 1; drop table x
;
attach 'x.db'
attach '{folder}/counts.sqlite' as x (type sqlite)
detach src_counts
copy (select 1) to '{folder}/out.csv'
copy town.trees to '{folder}/out.csv'
copy x from '{secret}'
create table x as select 1
create view town.x as select 1
create macro m() as 1
create secret (type postgres)
create temp table x (a int)
create type t as enum ('a')
create schema x
insert into town.trees values (1)
update town.trees set id = 1
delete from town.trees
truncate town.trees
drop view town.trees
alter table town.trees rename to x
merge into town.trees using town.districts on true when matched then delete
set threads = 1
set memory_limit = '100GB'
reset threads
pragma database_list
pragma table_info('town.trees')
pragma threads = 1
use memory
load 'x'
install httpfs
call pragma_version()
call duckdb_settings()
explain select 1
explain analyze select 1
describe town.trees
describe select 1
show tables
show all tables
show databases
from (show all tables)
from (show databases)
from (describe town.trees)
from (summarize town.trees)
from (show town.trees)
summarize town.trees
select * from (describe select 1)
export database '{folder}/x'
import database '{folder}/x'
checkpoint
vacuum
begin
commit
prepare p as select 1
execute p
deallocate p
set variable x = 1
comment on table town.trees is 'x'
pivot town.counts on station using sum(bikes)
select * from (pivot town.counts on station using sum(bikes))
with a as (select 1) insert into town.trees select * from a
with a as (delete from town.trees returning *) select * from a
select * from town.trees into x
select * from town.trees at (version => 1)
select * from town.trees at (timestamp => now())
select $1
select ?
select $name
select default
select 1::town.secret
select cast(1 as nosuchtype)
select cast('x' as "information_schema"."x")
select nosuch(1)
select town.upper('x')
select "main"."read_text"('/etc/passwd')
select sum(1) export_state
select * from range(1, 10, 1, 1, 1)
select id from town.trees where rowid = 1
select filename from town.trees
select t.file_row_number from town.trees t
select pw from town.trees
select town.secret.pw from town.trees
select src_counts.secret.pw from town.trees
select 'a' collate nosuch
select 1 from
select 'unterminated
select /* unterminated
select "unterminated
select $$unterminated
select (1
)))
select * from town..trees
select * from .town.trees
select * from town.trees.
select * from "".trees
select * from town.""
select * from "town.trees"
select * from town."tre
select * from тown.trees
select * from town.ſecret
select * from "town
