-- name: list-directories-at
-- 1 paths
select id, path, alias from directories where path in (select value from json_each(?1));

-- name: list-directories-by-id
-- 1 directories
select id, path, alias from directories where id in (select value from json_each(?1));

-- name: find-directory
-- 1 project, 2 alias
select id, path, alias from directories where project_id = ?1 and alias = ?2;

-- name: list-moves
-- 1 project: where its directories, and those of the server, were before
select f.path as came_from, d.path, f.until from former_directories f join directories d on d.id = f.directory_id
where d.project_id in (0, ?1) order by f.until, f.path;

-- name: list-directories
-- 1 project, 2 after (alias), 3 limit: those with a name; ~ begins what was removed
select id, path, alias from directories where project_id = ?1 and alias > ?2 and alias < '~'
order by alias limit (select ?3);

-- name: remove-directory
-- 1 directory
update directories set alias = '~' || id where id = ?1;

-- name: list-folders
-- 1 jobs: the folder in which each works
select j.id, coalesce(json_extract(d.body, '$.directory'), p.directory) as folder
from jobs j join documents d on d.job_id = j.id join projects p on p.id = j.project_id
where j.id in (select value from json_each(?1));

-- name: list-makers-at
-- 1 job and place, a blank between: what another job made last at each place, 2 made before
with wanted (job_id, place) as (
  select cast(value as integer), substr(value, instr(value, ' ') + 1) from json_each(?1)
), found (file) as (
  select (
    select f.id from files f
    where f.place = w.place and f.place is not null and f.made_at is not null and f.made_at <= ?2 and f.job_id <> w.job_id
    order by f.made_at desc, f.id desc limit 1)
  from wanted w
)
select distinct f.id, f.job_id, f.attempt, f.made_at, f.place, f.sha256 from found join files f on f.id = found.file;

-- name: list-makers-of
-- 1 job and digest, a blank between: what another job made last with each content, 2 made before
with wanted (job_id, sha256) as (
  select cast(value as integer), substr(value, instr(value, ' ') + 1) from json_each(?1)
), found (file) as (
  select (
    select f.id from files f
    where f.sha256 = w.sha256 and f.sha256 is not null and f.made_at is not null and f.made_at <= ?2 and f.job_id <> w.job_id
    order by f.made_at desc, f.id desc limit 1)
  from wanted w
)
select distinct f.id, f.job_id, f.attempt, f.made_at, f.place, f.sha256 from found join files f on f.id = found.file;

-- name: list-descendants
-- 1 job: all that rest on it
with recursive below (job_id) as (
  select t.job_id from ties t where t.producer_job = ?1 and t.cyclic = 0
  union select t.job_id from below b join ties t on t.producer_job = b.job_id where t.cyclic = 0
)
select job_id from below;

-- name: insert-ties
-- 1 job, 2 attempt, 3 file, 4 producer, 5 its attempt, 6 its file, 7 found by, 8 provisional, 9 cyclic
insert into ties (job_id, attempt, file_id, producer_job, producer_attempt, producer_file, found_by, provisional, cyclic)
values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9);

-- name: delete-ties
-- 1 job, 2 attempt
delete from ties where job_id = ?1 and attempt = ?2;

-- name: list-ties-of
-- 1 job, 2 files: what each was made by, attempt after attempt
select t.file_id, t.attempt, t.producer_attempt, t.found_by, t.provisional, t.cyclic, p.name as project, j.number
from ties t join jobs j on j.id = t.producer_job join projects p on p.id = j.project_id
where t.job_id = ?1 and t.file_id in (select value from json_each(?2)) order by t.attempt;
