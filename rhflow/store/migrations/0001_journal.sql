-- Version 1: the journal. Events are the truth; every other table is an index drawn from them in the same
-- transaction, or a memory that may be lost without harm (uploads, files, placed).
--
-- "if not exists": the first rhflow wrote the tables and their version in two moves, and may have died between.

create table if not exists runs (
    id       text primary key,
    pipeline text not null,
    file     text not null,
    provider text not null,
    started  real not null,
    status   text not null,
    body     text not null            -- JSON: consent, plan digest, folder of the outputs
) strict;

create table if not exists events (
    run  text not null,
    task text not null,
    seq  integer not null,            -- from 1, without gaps, per task
    at   real not null,               -- seconds since 1970
    name text not null,
    body text not null,               -- JSON
    primary key (run, task, seq)
) strict, without rowid;

-- One row per purchase. At most one open row per key: the lock on money.
create table if not exists attempts (
    attempt  text primary key,
    key      text not null,
    run      text not null,
    task     text not null,
    endpoint text not null,
    provider text not null,
    owner    text not null,
    job      text,
    state    text not null check (state in ('submitting', 'doubtful', 'submitted', 'closed')),
    at       real not null,
    reserved text,
    currency text not null,
    charged  text,                    -- what the far side said it cost
    outcome  text                     -- refused, absent, abandoned, failed, lost, collected
) strict;

create unique index if not exists one_open_attempt_per_key on attempts (key) where state <> 'closed';
create index if not exists attempts_by_run on attempts (run);

-- Which tasks wait for a purchase: the one that made it and all that adopted it.
create table if not exists holders (
    attempt text not null,
    run     text not null,
    task    text not null,
    primary key (attempt, run, task)
) strict, without rowid;

create table if not exists results (
    key       text primary key,
    run       text not null,
    task      text not null,
    model     text not null,
    artifacts text not null,          -- JSON list
    usage     text not null,
    estimated text,
    at        real not null
) strict, without rowid;

create table if not exists uploads (
    realm   text not null,
    sha256  text not null,
    url     text not null,
    expires real not null,
    primary key (realm, sha256)
) strict, without rowid;

-- What the author's own files were when somebody last read them: saves hashing, decides nothing else.
create table if not exists files (
    path   text primary key,
    size   integer not null,
    mtime  integer not null,          -- nanoseconds
    sha256 text not null,
    facts  text not null              -- JSON: kind, seconds
) strict, without rowid;

-- What an https input was when it was last fetched.
create table if not exists urls (
    url    text primary key,
    sha256 text not null,
    at     real not null
) strict, without rowid;

-- Copies in the output folder that are ours, so that a person's own file is never overwritten.
create table if not exists placed (
    path   text primary key,
    sha256 text not null,
    size   integer not null,
    mtime  integer not null
) strict, without rowid;

create table if not exists leases (
    name  text primary key,
    owner text not null,
    at    real not null
) strict, without rowid;

create index if not exists events_by_task on events (task, name, at);
