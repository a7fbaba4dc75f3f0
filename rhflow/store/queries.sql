-- Every question to the journal, by name; the tables are in migrations/. Values are named parameters.

-- name: begin_run
insert into runs (id, pipeline, file, provider, started, status, body)
values (:id, :pipeline, :file, :provider, :started, :status, :body);

-- name: set_status
update runs set status = :status where id = :run;

-- name: set_body
update runs set body = :body where id = :run;

-- name: runs
select id, pipeline, file, provider, started, status, body
from runs;

-- name: any_run
select id
from runs
limit 1;

-- Nothing is inserted where the writer did not know all earlier events of the task.
-- name: append_event
insert into events (run, task, seq, at, name, body)
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

-- What has been done about a key: the purchases, and the result where there is one, whoever brought it.
-- name: known_of
select
    (select count(*) from attempts where key = :key)
    + (select count(*) from results where key = :key);

-- Of which nobody knows whether they were bought. Some were let go of by `on_doubt: repeat`.
-- name: doubts_of
select count(*)
from attempts
where key = :key and (state = 'doubtful' or (outcome = 'absent' and charged is null));

-- name: attempt
select state, job, outcome
from attempts
where attempt = :attempt;

-- name: holders
select run, task
from holders
where attempt = :attempt
order by run, task;

-- What jobs of a model took, newest first: only what somebody saw end says so, by a clock that went forward.
-- name: durations
select json_extract(events.body, '$.took')
from attempts join events
    on events.run = attempts.run and events.task = attempts.task and events.name = 'JobSucceeded'
    and json_extract(events.body, '$.attempt') = attempts.attempt
where
    attempts.endpoint = :endpoint and attempts.provider = :provider and attempts.outcome = 'collected'
    and json_extract(events.body, '$.took') > 0
order by attempts.at desc
limit :most;

-- Work on this machine is no purchase, and so in no ledger.
-- name: ledger
select
    attempt, key, run, task, endpoint, provider, realm, state, at, currency,
    reserved, charged, charged_currency, coins, job, outcome, owner
from attempts
where at >= :since and provider <> 'local'
order by at, attempt;

-- name: ledger_of_run
select
    attempt, key, run, task, endpoint, provider, realm, state, at, currency,
    reserved, charged, charged_currency, coins, job, outcome, owner
from attempts
where run = :run and provider <> 'local'
order by at, attempt;

-- What counts against a cap: each amount, and how often. Amounts are texts: they are added up as decimals, not here.
-- name: committed_run
select coalesce(charged, reserved) as amount, count(*)
from attempts
where run = :run and provider <> 'local' and coalesce(charged_currency, currency) = :currency
group by amount having amount is not null;

-- name: committed_step
select coalesce(charged, reserved) as amount, count(*)
from attempts
where
    run = :run and task in (select value from json_each(:tasks)) and provider <> 'local'
    and coalesce(charged_currency, currency) = :currency
group by amount having amount is not null;

-- A purchase of an older rhflow, beside us in the home, does not say its realm: it counts by its provider.
-- What bears a later date counts as well: a clock that was set back makes no room.
-- name: committed_day
select coalesce(charged, reserved) as amount, count(*)
from attempts
where
    realm in (:realm, '') and (realm <> '' or provider = :provider) and at >= :since
    and coalesce(charged_currency, currency) = :currency
group by amount having amount is not null;

-- name: committed_later
select coalesce(charged, reserved) as amount, count(*)
from attempts
where
    realm in (:realm, '') and (realm <> '' or provider = :provider) and at >= :until
    and coalesce(charged_currency, currency) = :currency
group by amount having amount is not null;

-- name: committed_project
select coalesce(charged, reserved) as amount, count(*)
from attempts
where
    realm in (:realm, '') and (realm <> '' or provider = :provider)
    and coalesce(charged_currency, currency) = :currency
group by amount having amount is not null;

-- name: cache_hits
select run, task, at, json_extract(body, '$.model')
from events
where
    name = 'CacheHit' and at >= :since
    and run not in (select id from runs where json_extract(body, '$.imported') is not null)
order by at, run, task;

-- When each job was accepted, seen to run, and seen to have ended.
-- name: moments
select json_extract(body, '$.attempt'), name, min(at)
from events
where name in ('Accepted', 'Found', 'JobStarted', 'JobSucceeded') and at >= :since
group by 1, 2;

-- What is drawn from events ---------------------------------------------------------------------

-- What is bought after a purchase is not dated before it, where the clock was set back by less than two days.
-- name: intend
insert into attempts (
    attempt, key, run, task, endpoint, provider, realm, owner, state, at, reserved, currency
)
values (
    :attempt, :key, :run, :task, :endpoint, :provider, :realm, :owner, 'submitting',
    max(:at, coalesce((select max(at) from attempts where at < :at + 172800), 0)), :reserved, :currency
);

-- name: hold
insert or ignore into holders (attempt, run, task) values (:attempt, :run, :task);

-- name: let_go_of_purchase
delete from holders
where attempt = :attempt and run = :run and task = :task;

-- name: is_its_buyer
select attempt
from attempts
where attempt = :attempt and run = :run and task = :task;

-- name: accept
update attempts set state = 'submitted', job = :job
where attempt = :attempt and state <> 'closed';

-- name: doubt
update attempts set state = 'doubtful'
where attempt = :attempt and state <> 'closed';

-- name: charge
update attempts set
    charged = coalesce(:charged, charged), charged_currency = coalesce(:charged_currency, charged_currency),
    coins = coalesce(:coins, coins)
where attempt = :attempt;

-- "proven": what it cost where nobody said, and something proves it.
-- name: close
update attempts set
    state = 'closed', outcome = :outcome, charged = coalesce(:charged, charged, :proven),
    charged_currency = coalesce(:charged_currency, charged_currency), coins = coalesce(:coins, coins)
where attempt = :attempt and state <> 'closed';

-- name: keep_result
insert or replace into results (key, run, task, model, artifacts, usage, estimated, at)
values (
    :key, :run, :task, :model, :artifacts, :usage,
    (select reserved from attempts where attempt = :attempt), :at
);

-- name: keep_result_for
insert or ignore into results (key, run, task, model, artifacts, usage, estimated, at)
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

-- What was written off keeps what was set aside for it. What was bought elsewhere never had that.
-- name: bring_in
insert into attempts (attempt, key, run, task, endpoint, provider, realm, owner, job, state, at, currency)
values (
    :attempt, :key, :run, :task, :endpoint,
    coalesce((select provider from runs where id = :run), ''),
    coalesce((select realm from attempts where run = :run and provider <> 'local' and realm <> '' limit 1), ''),
    '', :job, 'submitted', :at, 'CNY'
)
on conflict (attempt) do update set
    state = 'submitted', job = excluded.job, outcome = null, charged = null, charged_currency = null;

-- Who works --------------------------------------------------------------------------------------

-- name: lease
insert or replace into leases (name, owner, at) values (:name, :owner, :at);

-- name: leased_by
select owner, at
from leases
where name = :name;

-- Memories that may be lost: one row each, the newest wins ------------------------------------------

-- name: upload
select url
from uploads
where realm = :realm and sha256 = :sha256 and expires > :now;

-- name: remember_uploads
insert or replace into uploads (realm, sha256, url, expires) values (?, ?, ?, ?);

-- name: remember_files
insert or replace into files (path, size, mtime, sha256, facts) values (?, ?, ?, ?, ?);

-- name: remember_urls
insert or replace into urls (url, sha256, at) values (?, ?, ?);

-- name: remember_placed
insert or replace into placed (path, sha256, size, mtime) values (?, ?, ?, ?);

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

-- What is kept, let go of, used -------------------------------------------------------------------

-- name: holdings
select results.key, results.run, results.task, results.model, results.artifacts, results.usage,
    results.estimated, results.at, runs.provider,
    coalesce((select currency from attempts where attempts.run = results.run limit 1), 'CNY')
from results left join runs on runs.id = results.run
order by results.at desc, results.key;

-- name: uses
select json_extract(body, '$.key'), count(*), max(at)
from events
where name = 'CacheHit'
group by 1;

-- Which bytes each run ended its tasks with, whoever bought them.
-- name: bytes_of_runs
select events.run, events.task, json_extract(events.body, '$.key'), item.key,
    json_extract(item.value, '$.sha256'), json_extract(item.value, '$.kind'),
    json_extract(item.value, '$.bytes'), json_extract(events.body, '$.model'), runs.provider, events.at
from events join json_each(events.body, '$.artifacts') as item left join runs on runs.id = events.run
where events.name in ('Collected', 'CacheHit')
order by events.run, events.task, events.seq, item.key;

-- name: request_of
select body
from events
where name = 'Keyed' and run = :run and task = :task and json_extract(body, '$.key') = :key
order by seq desc
limit 1;

-- The job that made a result, whichever of its holders brought it home.
-- name: job_of_result
select attempts.job
from holders join attempts on attempts.attempt = holders.attempt
where holders.run = :run and holders.task = :task and attempts.outcome = 'collected'
    and attempts.job is not null
order by attempts.at desc
limit 1;

-- name: copies_of
select path
from placed
where sha256 = :sha256
order by path;

-- name: let_go_of
select run, task, model, artifacts, usage, estimated, made, at, why
from let_go
where key = :key;

-- name: all_let_go
select key
from let_go
order by key;

-- name: write_let_go
insert or replace into let_go (key, run, task, model, artifacts, usage, estimated, made, at, why)
select key, run, task, model, artifacts, usage, estimated, at, :at, :why
from results
where key = :key;

-- name: drop_result
delete from results
where key = :key;

-- name: pins
select kind, name, at
from pins
order by at, kind, name;

-- name: pin
insert or replace into pins (kind, name, at) values (:kind, :name, :at);

-- name: unpin
delete from pins
where kind = :kind and name = :name;

-- name: leases
select name, owner
from leases
order by at;

-- name: dead_uploads
select count(*)
from uploads
where expires <= :now;

-- name: drop_dead_uploads
delete from uploads
where expires <= :now;

-- What is brought in from another home ---------------------------------------------------------------

-- name: bring_event
insert into events (run, task, seq, at, name, body)
values (:run, :task, :seq, :at, :name, :body);

-- name: bring_result
insert or ignore into results (key, run, task, model, artifacts, usage, estimated, at)
values (:key, :run, :task, :model, :artifacts, :usage, :estimated, :at);
