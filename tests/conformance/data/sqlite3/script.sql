-- tables, indexes, joins, aggregates, recursive queries, windows, triggers, JSON, full-text search and R-trees
create table t(a integer primary key, b text, c real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000)
  insert into t select i, printf('name-%05d', i * 7919 % 5000), i * 0.37 from n;
create index tb on t(b); create index tc on t(c, b);
select count(*), sum(a), round(avg(c), 6), min(b), max(b) from t;
select * from t where b between 'name-00100' and 'name-00110' order by c desc;
select x.a, y.b from t x join t y on x.a = y.a * 3 where y.a < 20 order by 1;
select a % 10 g, count(*), group_concat(b, ',') from t where a < 40 group by g having count(*) > 3;
with recursive mandel(cx, cy, x, y, i) as (
  select xx.v, yy.v, 0.0, 0.0, 0 from (with recursive s(v) as (values(-2.0) union all select v + 0.1 from s where v < 1.0) select v from s) xx,
    (with recursive s(v) as (values(-1.0) union all select v + 0.25 from s where v < 1.0) select v from s) yy
  union all select cx, cy, x*x - y*y + cx, 2.0*x*y + cy, i + 1 from mandel where x*x + y*y < 4.0 and i < 20)
select group_concat(substr(' .+*#', 1 + min(m / 5, 4), 1), '') from (select cy, cx, max(i) m from mandel group by cy, cx) group by cy;
select a, sum(a) over (order by a rows between 2 preceding and 2 following), rank() over (order by a % 3), lag(b) over (order by a) from t where a < 12;
create table log(m); create trigger tr after update on t begin insert into log values(old.b || '>' || new.b); end;
update t set b = 'x' || b where a < 6; select * from log;
begin; delete from t where a > 10; select count(*) from t; savepoint s; delete from t; rollback to s; select count(*) from t; rollback; select count(*) from t;
select json_extract('{"a":[1,2,{"b":"c"}]}', '$.a[2].b'), json_group_array(a) from t where a < 5;
select key, value, type from json_tree('{"a":[1,2.5,null,true],"b":{"c":"d"}}');
create virtual table f using fts4(x); insert into f select b || ' word' || (a % 7) from t where a < 200; select count(*) from f where f match 'word3';
create virtual table r using rtree(id, x0, x1); insert into r select a, a, a + 10 from t where a < 500; select id from r where x0 > 100 and x1 < 120;
select quote(x'00ff'), typeof(1.0), cast('12abc' as integer), 9223372036854775807 + 1, round(2.5), sqrt(2.0), pow(2, 10), abs(-5);
select date('2024-02-29', '+1 year'), strftime('%j %W %s', '2020-06-15 12:34:56'), julianday('2000-01-01');
select sum(length(b)) from (select b from t union select upper(b) from t order by 1);
create table e(x unique, y check(y > 0)); insert into e values(1, 1); insert into e values(1, 2); insert into e values(2, -1);
select * from nosuch; select 1 +; select * from e;
explain query plan select * from t where b = 'q' and c > 3;
.mode box
select a, b, c from t limit 3;
.mode json
select a, b, c from t limit 3;
.dump e
pragma integrity_check;
