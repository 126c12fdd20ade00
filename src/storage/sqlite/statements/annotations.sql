-- name: set-annotations
-- 1 job, 2 project, 3 rating, 4 tags (JSON), 5 numbers (JSON), 6 comments (how many)
insert into annotations (job_id, project_id, rating, tags, numbers, comments) values (?1, ?2, ?3, ?4, ?5, ?6)
on conflict (job_id) do update set rating = excluded.rating, tags = excluded.tags, numbers = excluded.numbers,
  comments = excluded.comments;

-- name: insert-tags
-- 1 project, 2 tag, 3 job
insert into job_tags (project_id, tag, job_id) values (?1, ?2, ?3);

-- name: delete-tags
-- 1 project, 2 tag, 3 job
delete from job_tags where project_id = ?1 and tag = ?2 and job_id = ?3;

-- name: insert-numbers
-- 1 project, 2 name, 3 value, 4 job
insert into job_numbers (project_id, name, value, job_id) values (?1, ?2, ?3, ?4);

-- name: delete-numbers
-- 1 project, 2 name, 3 value, 4 job
delete from job_numbers where project_id = ?1 and name = ?2 and value = ?3 and job_id = ?4;

-- name: insert-words
-- 1 project, 2 word, 3 job, 4 source (0 for the title, else a comment)
insert into words (project_id, word, job_id, source) values (?1, ?2, ?3, ?4);

-- name: delete-words
-- 1 job, 2 source
delete from words where job_id = ?1 and source = ?2;

-- name: insert-comment
-- 1 id, 2 job, 3 author, 4 now, 5 text
insert into comments (id, job_id, author, created_at, text) values (?1, ?2, ?3, ?4, ?5);

-- name: edit-comment
-- 1 id, 2 now, 3 text
update comments set edited_at = ?2, text = ?3 where id = ?1;

-- name: delete-comment
-- 1 id
delete from comments where id = ?1;

-- name: find-comment
-- 1 job, 2 id
select id, author, created_at, edited_at, text from comments where job_id = ?1 and id = ?2;

-- name: list-comments
-- 1 job, 2 after (id), 3 limit
select id, author, created_at, edited_at, text from comments where job_id = ?1 and id > ?2
order by id limit (select ?3);

-- name: touch-live
-- 1 job: something that is kept elsewhere changed of an unfinished job
update live set revision = revision + 1 where job_id = ?1;

-- name: touch-ended
-- 1 job: the same of one that has ended
update jobs set revision = revision + 1 where id = ?1;
