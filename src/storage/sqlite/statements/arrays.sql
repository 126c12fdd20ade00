-- name: set-limits
-- 1 job without work of its own, 2 how many of its children are with workers at one time, at most
update containers set at_once = ?2 where job_id = ?1;

-- name: find-limit
-- 1 job
select at_once from containers where job_id = ?1;

-- name: count-at-work
-- how many jobs of each class are with workers
select class_id, count(*) as jobs from live where worker_id is not null and class_id is not null group by class_id;

-- name: find-children
-- 1 job without work of its own: how its children stand
select open, succeeded, failed, cancelled from containers where job_id = ?1;

-- name: count-children
-- 1 job: its children by state
select coalesce(l.state, j.state) as state, count(*) as jobs from jobs j left join live l on l.job_id = j.id
where j.parent_id = ?1 group by 1;
