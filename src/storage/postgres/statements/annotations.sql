-- name: set-annotations
-- 1 job, 2 project, 3 rating, 4 tags (JSON), 5 numbers (JSON), 6 comments (how many)
insert into labkeep.annotations (job_id, project_id, rating, tags, numbers, comments)
select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[])
on conflict (job_id) do update set rating = excluded.rating, tags = excluded.tags, numbers = excluded.numbers,
  comments = excluded.comments;

-- name: insert-tags
-- 1 project, 2 tag, 3 job
insert into labkeep.job_tags (project_id, tag, job_id) select * from unnest($1::bigint[], $2::text[], $3::bigint[]);

-- name: delete-tags
-- 1 project, 2 tag, 3 job
delete from labkeep.job_tags using unnest($1::bigint[], $2::text[], $3::bigint[]) as given (project_id, tag, job_id)
where job_tags.project_id = given.project_id and job_tags.tag = given.tag and job_tags.job_id = given.job_id;

-- name: insert-numbers
-- 1 project, 2 name, 3 value, 4 job
insert into labkeep.job_numbers (project_id, name, value, job_id)
select * from unnest($1::bigint[], $2::text[], $3::double precision[], $4::bigint[]);

-- name: delete-numbers
-- 1 project, 2 name, 3 value, 4 job
delete from labkeep.job_numbers
using unnest($1::bigint[], $2::text[], $3::double precision[], $4::bigint[]) as given (project_id, name, value, job_id)
where job_numbers.project_id = given.project_id and job_numbers.name = given.name and job_numbers.value = given.value
  and job_numbers.job_id = given.job_id;

-- name: insert-words
-- 1 project, 2 word, 3 job, 4 source (0 for the title, else a comment)
insert into labkeep.words (project_id, word, job_id, source)
select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]);

-- name: delete-words
-- 1 job, 2 source
delete from labkeep.words using unnest($1::bigint[], $2::bigint[]) as given (job_id, source)
where words.job_id = given.job_id and words.source = given.source;

-- name: insert-comment
-- 1 id, 2 job, 3 author, 4 now, 5 text
insert into labkeep.comments (id, job_id, author, created_at, text)
select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[]);

-- name: edit-comment
-- 1 id, 2 now, 3 text
update labkeep.comments set edited_at = given.edited_at, text = given.text
from unnest($1::bigint[], $2::bigint[], $3::text[]) as given (id, edited_at, text)
where comments.id = given.id;

-- name: delete-comment
-- 1 id
delete from labkeep.comments where id = any($1::bigint[]);

-- name: find-comment
-- 1 job, 2 id
select id, author, created_at, edited_at, text from labkeep.comments where job_id = $1 and id = $2;

-- name: list-comments
-- 1 job, 2 after (id), 3 limit
select id, author, created_at, edited_at, text from labkeep.comments where job_id = $1 and id > $2
order by id limit $3;

-- name: touch-live
-- 1 job: something that is kept elsewhere changed of an unfinished job
update labkeep.live set revision = revision + 1 where job_id = any($1::bigint[]);

-- name: touch-ended
-- 1 job: the same of one that has ended
update labkeep.jobs set revision = revision + 1 where id = any($1::bigint[]);
