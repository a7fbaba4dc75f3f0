-- Every question to the journal, by name; the tables are in schema.sql. Values are named parameters.

-- name: begin_run
insert into runs values (:id, :pipeline, :file, :provider, :started, :status, :body);

-- name: set_status
update runs set status = :status where id = :run;

-- name: set_body
update runs set body = :body where id = :run;

-- name: runs
select id, pipeline, file, provider, started, status, body
from runs;

-- Nothing is inserted where the writer did not know all earlier events of the task.
-- name: append_event
insert into events
select :run, :task, :expected + 1, :at, :name, :body
where (select coalesce(max(seq), 0) from events where run = :run and task = :task) = :expected;

-- name: events_of_run
select task, seq, at, name, body
from events
where run = :run
order by task, seq;

-- name: events_of_task
select task, seq, at, name, body
from events
where run = :run and task = :task
order by seq;

-- name: last_request
select events.body, runs.provider
from events join runs on runs.id = events.run
where runs.pipeline = :pipeline and events.task = :task and events.name = 'Keyed'
order by events.at desc
limit 1;

-- name: recall
select run, task, model, artifacts, usage, estimated
from results
where key = :key;

-- name: open_attempt
select key, attempt, run, task, job, state, owner, at
from attempts
where key = :key and state <> 'closed';

-- name: open_attempts
select key, attempt, run, task, job, state, owner, at
from attempts
where state <> 'closed'
order by at, attempt;

-- name: purchases_of
select count(*)
from attempts
where key = :key;

-- name: attempt
select state, job, outcome
from attempts
where attempt = :attempt;

-- name: holders
select run, task
from holders
where attempt = :attempt
order by run, task;

-- name: ledger
select reserved, charged, currency, outcome
from attempts
where run = :run
order by at, attempt;

-- What is drawn from events ---------------------------------------------------------------------

-- name: intend
insert into attempts (attempt, key, run, task, endpoint, provider, owner, state, at, reserved, currency)
values (:attempt, :key, :run, :task, :endpoint, :provider, :owner, 'submitting', :at, :reserved, :currency);

-- name: hold
insert or ignore into holders values (:attempt, :run, :task);

-- name: accept
update attempts set state = 'submitted', job = :job
where attempt = :attempt and state <> 'closed';

-- name: doubt
update attempts set state = 'doubtful'
where attempt = :attempt and state <> 'closed';

-- name: charge
update attempts set charged = :charged
where attempt = :attempt;

-- name: close
update attempts set state = 'closed', outcome = :outcome, charged = coalesce(:charged, charged)
where attempt = :attempt and state <> 'closed';

-- name: keep_result
insert or replace into results
values (
    :key, :run, :task, :model, :artifacts, :usage,
    (select reserved from attempts where attempt = :attempt), :at
);

-- name: keep_result_for
insert or ignore into results
values (
    :key, :run, :task, :model, :artifacts, :usage,
    (select reserved from attempts where attempt = :attempt), :at
);

-- name: newest_key
select json_extract(body, '$.key'), json_extract(body, '$.endpoint')
from events
where run = :run and task = :task and name in ('Keyed', 'SubmitIntended')
order by seq desc
limit 1;

-- name: forget_attempt
delete from attempts
where attempt = :attempt;

-- name: bring_in
insert into attempts (attempt, key, run, task, endpoint, provider, owner, job, state, at, currency)
values (:attempt, :key, :run, :task, :endpoint, '', '', :job, 'submitted', :at, 'CNY');

-- Who works --------------------------------------------------------------------------------------

-- name: lease
insert or replace into leases values (:name, :owner, :at);

-- name: leased_by
select owner
from leases
where name = :name;

-- Memories that may be lost: one row each, the newest wins ------------------------------------------

-- name: upload
select url
from uploads
where realm = :realm and sha256 = :sha256 and expires > :now;

-- name: remember_uploads
insert or replace into uploads values (?, ?, ?, ?);

-- name: remember_files
insert or replace into files values (?, ?, ?, ?, ?);

-- name: remember_urls
insert or replace into urls values (?, ?, ?);

-- name: remember_placed
insert or replace into placed values (?, ?, ?, ?);

-- name: remembered_files
select path, size, mtime, sha256, facts
from files
where path = :name;

-- name: remembered_urls
select url, sha256, at
from urls
where url = :name;

-- name: remembered_placed
select path, sha256, size, mtime
from placed
where path = :name;
