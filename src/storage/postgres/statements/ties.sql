-- name: list-directories-at
-- 1 paths
select id, path, alias from labkeep.directories where path = any($1::text[]);

-- name: list-directories-by-id
-- 1 directories
select id, path, alias from labkeep.directories where id = any($1::bigint[]);

-- name: find-directory
-- 1 project, 2 alias
select id, path, alias from labkeep.directories where project_id = $1 and alias = $2;

-- name: list-moves
-- 1 project: where its directories, and those of the server, were before
select f.path as came_from, d.path, f.until
from labkeep.former_directories f join labkeep.directories d on d.id = f.directory_id
where d.project_id in (0, $1) order by f.until, f.path collate "C";

-- name: list-directories
-- 1 project, 2 after (alias), 3 limit: those with a name; ~ begins what was removed
select id, path, alias from labkeep.directories where project_id = $1 and alias > $2 and alias < '~'
order by alias limit $3;

-- name: remove-directory
-- 1 directory
update labkeep.directories set alias = '~' || directories.id from unnest($1::bigint[]) as given (id)
where directories.id = given.id;

-- name: list-folders
-- 1 jobs: the folder in which each works
select j.id, coalesce(d.body::json ->> 'directory', p.directory) as folder
from labkeep.jobs j join labkeep.documents d on d.job_id = j.id join labkeep.projects p on p.id = j.project_id
where j.id = any($1::bigint[]);

-- name: list-makers-at
-- 1 job and place, a blank between: what another job made last at each place, 2 made before
select distinct f.id, f.job_id, f.attempt, f.made_at, f.place, f.sha256
from unnest($1::text[]) as given (pair)
cross join lateral (
  select f.id, f.job_id, f.attempt, f.made_at, f.place, f.sha256 from labkeep.files f
  where f.place = substr(given.pair, strpos(given.pair, ' ') + 1) and f.made_at is not null and f.made_at <= $2
    and f.job_id <> split_part(given.pair, ' ', 1)::bigint
  order by f.made_at desc, f.id desc limit 1
) as f;

-- name: list-makers-of
-- 1 job and digest, a blank between: what another job made last with each content, 2 made before
select distinct f.id, f.job_id, f.attempt, f.made_at, f.place, f.sha256
from unnest($1::text[]) as given (pair)
cross join lateral (
  select f.id, f.job_id, f.attempt, f.made_at, f.place, f.sha256 from labkeep.files f
  where f.sha256 = substr(given.pair, strpos(given.pair, ' ') + 1) and f.made_at is not null and f.made_at <= $2
    and f.job_id <> split_part(given.pair, ' ', 1)::bigint
  order by f.made_at desc, f.id desc limit 1
) as f;

-- name: list-descendants
-- 1 job: all that rest on it
with recursive below (job_id) as (
  select t.job_id from labkeep.ties t where t.producer_job = $1 and t.cyclic = 0
  union select t.job_id from below b join labkeep.ties t on t.producer_job = b.job_id where t.cyclic = 0
)
select job_id from below;

-- name: insert-ties
-- 1 job, 2 attempt, 3 file, 4 producer, 5 its attempt, 6 its file, 7 found by, 8 provisional, 9 cyclic
insert into labkeep.ties (job_id, attempt, file_id, producer_job, producer_attempt, producer_file, found_by, provisional,
  cyclic)
select *
from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[],
  $8::bigint[], $9::bigint[]);

-- name: delete-ties
-- 1 job, 2 attempt
delete from labkeep.ties using unnest($1::bigint[], $2::bigint[]) as given (job_id, attempt)
where ties.job_id = given.job_id and ties.attempt = given.attempt;

-- name: list-ties-of
-- 1 job, 2 files: what each was made by, attempt after attempt
select t.file_id, t.attempt, t.producer_attempt, t.found_by, t.provisional, t.cyclic, p.name as project, j.number
from labkeep.ties t join labkeep.jobs j on j.id = t.producer_job join labkeep.projects p on p.id = j.project_id
where t.job_id = $1 and t.file_id = any($2::bigint[]) order by t.attempt;
