-- SPDX-FileCopyrightText: 2026 Allmende contributors
-- SPDX-License-Identifier: EUPL-1.2
-- Questions the gate must let through, one each line; each must give plain DuckDB's answer exactly.
select 1 as one
select 1.5::decimal(10,2) as d, 'x' as s, true as b, null as n
select * from town.trees order by id
select count(*) from town.trees
select town.trees.id, trees.species from town.trees order by town.trees.id limit 5
select t.id, t.species from town.trees t where t.height > 10 order by t.id
select t.id from town.trees as t where t.planted between date '2000-01-01' and date '2010-12-31' order by 1
select species, count(*) as n, avg(height) as mean from town.trees group by species order by species
select species, count(*) n from town.trees group by all having count(*) > 3 order by all
select distinct species from town.trees order by species
select distinct on (species) species, id from town.trees order by species, id
select TOWN.TREES.ID from Town.Trees order by 1 limit 3
select "town"."trees"."id" from "Town"."TREES" order by 1 limit 3
from town.trees select id, height order by id limit 4
from town.districts order by id
select d.name, count(t.id) as n from town.districts d left join town.trees t on t.district = d.id group by d.name order by d.name
select d.name, t.id from town.districts d join town.trees t on t.district = d.id order by 1, 2
select name, id from town.districts natural join (select district as id, height from town.trees) x order by all
select * from town.districts join (select district as id, max(height) h from town.trees group by 1) x using (id) order by id
select count(*) from town.districts cross join town.trees
select count(*) from town.districts, town.trees
select d.name from town.districts d semi join town.trees t on t.district = d.id order by 1
select d.name from town.districts d anti join town.trees t on t.district = d.id order by 1
select count(*) from town.trees a full outer join town.districts b on a.district = b.id
select c.station, c.ts, e.kwh from town.counts c asof join works.energy e on c.ts >= e.day order by all limit 20
select a.id, b.id from (select id from town.trees order by id limit 3) a positional join (select id from town.districts order by id limit 3) b
select d.name, x.n from town.districts d, lateral (select count(*) as n from town.trees t where t.district = d.id) x order by 1
select d.name, (select max(height) from town.trees t where t.district = d.id) as tallest from town.districts d order by 1
select id from town.trees where district in (select id from town.districts where name like 'N%') order by id
select id from town.trees t where exists (select 1 from town.districts d where d.id = t.district and d.name = 'Nord') order by id
select id from town.trees where height > all (select height from town.trees where species = 'Eiche') order by id
select id from town.trees where height >= any (select max(height) from town.trees) order by id
select array(select id from town.districts order by id) as ids
with a as (select district, count(*) n from town.trees group by 1) select * from a order by 1
with a(x, y) as (select id, height from town.trees) select a.x, y from a order by 1 limit 7
with a as (select 1 x), b as (select x + 1 as x from a) select a.x, b.x from a, b
with a as materialized (select id from town.trees) select count(*) from a
with a as not materialized (select id from town.trees) select count(*) from a
with a as (with b as (select 2 as q) select q from b) select q from a
with trees as (select 42 as id) select id from trees
with trees as (select 42 as id) select a.id, count(b.id) from trees a, town.trees b group by 1
with recursive r(n) as (select 1 union all select n + 1 from r where n < 10) select sum(n) from r
with recursive r as (select 1 as n union select n * 2 % 7 from r) select n from r order by n
with recursive f(a, b) as (select 0, 1 union all select b, a + b from f where b < 100) select a from f order by a
select 1 as a union all select 2 union all select 3 order by a
select id from town.trees union select id from town.districts order by 1
select district from town.trees intersect select id from town.districts order by 1
select id from town.districts except select district from town.trees order by 1
select id, name from town.districts union all by name select 'x' as name, 99 as id order by id
(select id from town.trees order by id limit 2) union all (select id from town.trees order by id desc limit 2) order by 1
with x as (select 1 as a) (select a from x union all select a + 1 from x) order by 1
select row_number() over (partition by species order by height desc, id) as r, id from town.trees order by id
select id, rank() over (order by district), dense_rank() over (order by district), percent_rank() over (order by district), cume_dist() over (order by district), ntile(4) over (order by id) from town.trees order by id
select station, ts, bikes, lag(bikes) over w as before, lead(bikes, 2, 0) over w as after from town.counts window w as (partition by station order by ts) order by 1, 2
select station, ts, sum(bikes) over (partition by station order by ts rows between 2 preceding and current row) s from town.counts order by 1, 2
select station, ts, avg(bikes) over (partition by station order by ts range between interval 3 days preceding and interval 1 day following) s from town.counts order by 1, 2
select id, first_value(height) over (partition by species order by id), last_value(height) over (partition by species order by id rows between unbounded preceding and unbounded following), nth_value(height, 2) over (partition by species order by id) from town.trees order by id
select id, sum(height) over (order by id groups between 1 preceding and 1 following exclude current row) from town.trees order by id
select species, id from town.trees qualify row_number() over (partition by species order by id) = 1 order by 1
select count(*) filter (where height > 10) as tall, count(*) filter (where height <= 10) as small from town.trees
select species, district, count(*) from town.trees group by grouping sets ((species), (district), ()) order by all
select species, district, count(*), grouping(species) from town.trees group by rollup (species, district) order by all
select species, district, count(*) from town.trees group by cube (species, district) order by all
select station, date_trunc('month', ts) as month, sum(bikes) from town.counts group by 1, 2 order by 1, 2
select extract(year from ts) y, extract('hour' from ts) h, count(*) from town.counts group by 1, 2 order by 1, 2
select date_part('isodow', ts) d, sum(bikes) from town.counts group by d order by d
select ts::date as day, sum(bikes) from town.counts group by day order by day limit 10
select ts + interval 1 hour, ts - interval '2' day, age(ts, timestamp '2020-01-01') from town.counts order by 1 limit 5
select strftime(ts, '%d.%m.%Y'), dayname(ts), monthname(ts), week(ts), quarter(ts), last_day(ts) from town.counts order by ts limit 5
select strptime('01.02.2021', '%d.%m.%Y') as d, try_strptime('x', '%Y') as n
select date_diff('day', date '2021-01-01', date '2021-03-01'), date_sub('month', date '2021-01-01', date '2021-03-01'), make_date(2021, 2, 3), to_timestamp(0)
select time_bucket(interval '1 week', ts) w, sum(bikes) from town.counts group by w order by w
select epoch(ts), epoch_ms(ts), year(ts), month(ts), day(ts) from town.counts order by ts limit 3
select ts::timestamptz at time zone 'Europe/Berlin' as local from town.counts order by ts limit 3
select timestamptz '2021-06-01 12:00:00+02' as t, timezone('Europe/Berlin', timestamptz '2021-06-01 12:00:00+02') as l
select day, kwh, kwh * 2, kwh / 3, round(kwh, 1), floor(kwh), ceil(kwh) from works.energy order by meter, day limit 10
select sum(kwh), avg(kwh), min(kwh), max(kwh), median(kwh), stddev(kwh), var_samp(kwh), mode(meter) from works.energy
select quantile_cont(kwh, 0.9), quantile_disc(kwh, [0.1, 0.5]), mad(kwh), skewness(kwh), kurtosis(kwh) from works.energy
select corr(height, district), covar_pop(height, district), regr_slope(height, district), regr_r2(height, district) from town.trees
select approx_count_distinct(species) from town.trees
select arg_max(id, height), arg_min(id, height), max_by(species, height), min_by(species, height), max(height, 3) from town.trees
select string_agg(species, ', ' order by id) from town.trees
select list(id order by id), array_agg(distinct species order by species) from town.trees
select bool_and(height > 0), bool_or(height > 20), bit_and(id), bit_or(id), count_if(height > 5), product(1 + district) from town.trees
select histogram(district) from town.trees
select any_value(name), first(name order by id), last(name order by id) from town.districts
select entropy(species), favg(height), fsum(height) from town.trees
select upper(species), lower(species), length(species), substring(species, 1, 2), species[1:2], left(species, 1), right(species, 1), reverse(species) from town.trees order by id limit 5
select concat(species, '-', id), concat_ws('/', species, id), species || '!', repeat('ab', 3), lpad('7', 3, '0'), rpad('7', 3, '0') from town.trees order by id limit 2
select replace(species, 'i', 'y'), trim('  x '), ltrim(' x'), rtrim('x '), split_part('a,b,c', ',', 2), string_split('a,b', ','), starts_with(species, 'E'), species like 'E%', species ilike 'e%', species not like '%x%', species similar to 'E.*' from town.trees order by id limit 5
select regexp_matches(species, '^E'), regexp_replace(species, '[aeiou]', '_', 'g'), regexp_extract('a12', '(\d+)', 1), regexp_extract_all('a1b2', '\d'), species glob 'E*' from town.trees order by id limit 5
select levenshtein('Straße', 'Strasse'), jaro_winkler_similarity('Nord', 'Nort'), strip_accents('Bäume'), md5('x'), sha256('x'), base64('x'::blob), hex('x'), format('{} {}', 1, 'a'), printf('%05.2f', 3.14159), ascii('A'), chr(65)
select abs(-1), sqrt(2.0), power(2, 10), 2 ** 3, 7 % 3, 7 // 2, 7 / 2, ln(2.0), log10(100.0), exp(1.0), pi(), sin(1.0), greatest(1, 3, 2), least(3, 1), sign(-3), trunc(1.7), gcd(4, 6), factorial(5), isnan('nan'::double)
select 5 & 3, 5 | 3, xor(5, 3), 1 << 4, 16 >> 2, ~1, -(-1), +1, not true, 1 = 1 and 2 > 1 or false
select coalesce(null, 1), nullif(1, 1), ifnull(null, 2), case when 1 = 1 then 'a' else 'b' end, case district when 1 then 'eins' when 2 then 'zwei' end, if(true, 1, 2) from town.trees order by id limit 3
select height is null, height is not null, height is distinct from 3, height is not distinct from null, true is true, false is not true from town.trees order by id limit 3
select cast('12' as integer), try_cast('x' as integer), '1'::bigint, '2021-01-01'::date, 1::varchar, '[1,2]'::integer[], '1.5'::double, 'abc'::blob, 12345678901234567890::hugeint
select [1, 2, 3], [1, 2, 3][1], [1, 2, 3][2:3], [1, 2, 3][-1], len([1, 2]), list_contains([1, 2], 2), list_sort([3, 1, 2]), list_reverse([1, 2]), list_distinct([1, 1]), list_concat([1], [2]), flatten([[1], [2]]), array_slice([1, 2, 3], 1, 2), 1 in (1, 2), 2 not in (1, 3)
select list_transform([1, 2, 3], lambda x: x * 2), list_filter([1, 2, 3], lambda x: x > 1), list_reduce([1, 2, 3], lambda a, b: a + b), [x + 1 for x in [1, 2, 3] if x > 1]
select list_sum([1, 2]), list_avg([1, 2]), list_min([2, 1]), list_max([1, 2]), list_aggregate([1, 2], 'sum'), list_unique([1, 1, 2]), list_position([1, 2], 2), list_zip([1, 2], ['a', 'b']), range(3), generate_series(1, 3)
select id, unnest(tags) as tag from town.trees order by 1, 2
select id, tag from town.trees, unnest(tags) as u(tag) order by 1, 2
select tags[1], len(tags), list_contains(tags, 'alt'), tags && ['neu'], tags @> ['alt'] from town.trees order by id
select {'a': 1, 'b': 'x'} as s, struct_pack(x := 1, y := 2), row(1, 'a'), {'a': {'b': 2}}.a.b, struct_extract({'a': 5}, 'a')
select s.a, s.* from (select {'a': 1, 'b': 2} as s)
select unnest({'a': 1, 'b': 2})
select map(['a', 'b'], [1, 2]), map {'a': 1}['a'], map_keys(map {'a': 1}), map_values(map {'a': 1}), element_at(map {'a': 1}, 'a'), cardinality(map {'a': 1}), map_entries(map {'a': 1})
select info->>'mayor', info->'area', json_extract(info, '$.area')::double, json_extract_string(info, '$.mayor'), json_keys(info), json_type(info), json_valid(info), json_array_length(info->'codes') from town.districts order by id
select key, value, type from json_each('{"a": 1, "b": [2]}') order by key
select d.id, j.key from town.districts d, json_each(d.info) j order by 1, 2
select to_json({'a': 1}), json_object('a', 1), json_array(1, 'x'), json_group_array(id) from town.districts
select json_transform('{"a": 1}', '{"a": "INTEGER"}'), from_json('{"a": 1}', '{"a": "INTEGER"}')
select i from range(5) t(i) order by i
select i, i * i as q from generate_series(1, 5) g(i) order by i
select d::date as day, coalesce(sum(bikes), 0) n from range(date '2021-01-01', date '2021-01-10', interval 1 day) r(d) left join town.counts c on c.ts::date = d::date group by 1 order by 1
select * from (values (1, 'a'), (2, 'b')) v(x, y) order by x
values (1, 'a'), (2, 'b')
select * exclude (lon, lat) from town.trees order by id limit 3
select * replace (round(height) as height) from town.trees order by id limit 3
select * rename (height as hoehe) from town.trees order by id limit 3
select t.* exclude (tags) from town.trees t order by id limit 3
select columns('^l') from town.trees order by id limit 3
select columns(c -> c like 'l%') from town.trees order by all limit 3
select max(columns(* exclude (tags))) from town.trees
select count(*), count(distinct species), count(species) from town.trees
select min(ts), max(ts) from town.counts where station = 'Ost'
select * from town.counts order by ts desc nulls last, station asc nulls first limit 3 offset 2
select id from town.trees order by id limit 10%
select * from (pivot town.counts on station in ('Ost', 'West') using sum(bikes) group by ts) order by ts limit 5
select * from town.counts pivot (sum(bikes) as n for station in ('Ost', 'West') group by ts) order by ts limit 5
select * from (unpivot (select id, lon, lat from town.trees) on lon, lat into name k value v) order by all limit 6
select * from (select id, lon, lat from town.trees) unpivot include nulls (v for k in (lon, lat)) order by all limit 6
select st_astext(st_point(lon, lat)) from town.trees order by id limit 3
select d.name, count(*) n from town.trees t join town.districts d on st_contains(st_geomfromtext(d.wkt), st_point(t.lon, t.lat)) group by 1 order by 1
select name, round(st_area(st_geomfromtext(wkt)), 6), st_asgeojson(st_centroid(st_geomfromtext(wkt))) from town.districts order by id
select st_astext(st_transform(st_point(7.6, 51.9), 'EPSG:4326', 'EPSG:25832', always_xy := true)) as p
select st_distance(st_point(0, 0), st_point(3, 4)), st_dwithin(st_point(0, 0), st_point(0, 1), 2), st_x(st_point(1, 2)), st_buffer(st_point(0, 0), 1) is not null, st_isvalid(st_geomfromtext('POLYGON((0 0,1 0,1 1,0 0))'))
select st_astext(st_union_agg(st_point(lon, lat))) is not null from town.trees
select hash(1) is not null, typeof(1), typeof([1]), greatest('a', 'b'), nullif('a', 'b')
select e.meter, d.name, sum(e.kwh) from works.energy e join town.districts d on d.id = e.meter % 3 + 1 group by all order by all
select t.species, avg(c.bikes) from town.trees t join town.counts c on c.station = (case when t.district = 1 then 'Ost' else 'West' end) group by 1 order by 1
select a.id, b.id from town.trees a, town.trees b where a.id < b.id and a.species = b.species order by all limit 10
select id, height, height - avg(height) over () as diff from town.trees order by abs(diff), id limit 5
select species as art, count(*) as "Anzahl Bäume" from town.trees group by art order by "Anzahl Bäume" desc, art
select year(planted) as jahr, count(*) from town.trees group by jahr order by jahr
select sum(n) from (select count(*) n from town.trees group by species) x
select x.* from (select id, species from town.trees) as x order by 1 limit 2
select * from ((select 1 as a)) t
select a from (select 1 as a) t(a) group by a having max(a) = 1
select try(1 / 0), error_free from (select 1 as error_free)
select species collate nocase from town.trees order by species collate de, id limit 3
select greatest(date '2021-01-01', date '2022-01-01'), current_date = today(), now() is not null, random() between 0 and 1, uuid() is not null
select id from town.trees where (district, species) in ((1, 'Eiche'), (2, 'Linde')) order by id
select (id, district) from town.trees order by id limit 2
select distinct on (district) district, height from town.trees order by district, height desc
select sum(distinct district), avg(distinct district) from town.trees
select list_value(1, 2), array_value(1, 2), [1, 2]::integer[2], array_distance([1.0, 2.0]::float[2], [2.0, 3.0]::float[2])
select count(*) from town.trees tablesample reservoir(5 rows)
select trees from town.trees order by trees.id limit 2
select union_tag(union_value(k := 1)), enum_range(null::enum('a', 'b')), 'a'::enum('a', 'b')
select 'x' as "select", 1 as "from"
select (select count(*) from town.trees where town.trees.district = town.districts.id) n from town.districts order by 1
select town.districts.name, works.energy.kwh from town.districts, works.energy where town.districts.id = works.energy.meter order by all limit 4
select 1 where 'union' <> 'select' -- a comment
select /* a comment (((((((( */ 1 as x
select $$ dollar 'quoted' $$ as x, e'\n' as y, 'it''s' as z
select 1000 as a, 1e3 as b, .5 as d
select interval '1' month, interval 90 minutes, to_days(3), interval (2 + 1) days
