-- Version 2: what people want kept, what was let go of, and quick ways to ask for both, and for the money.

-- What is never pruned: a whole run, or the result of one key.
create table pins (
    kind text not null check (kind in ('run', 'key')),
    name text not null,
    at   real not null,
    primary key (kind, name)
) strict, without rowid;

-- Results that were let go of on purpose. What they were and cost stays known, so that a plan can say so.
create table let_go (
    key       text primary key,
    run       text not null,
    task      text not null,
    model     text not null,
    artifacts text not null,          -- JSON list
    usage     text not null,
    estimated text,
    made      real not null,
    at        real not null,          -- when it was let go of
    why       text not null check (why in ('pruned', 'forgotten'))
) strict, without rowid;

-- Every purchase counts the earlier ones of its key; the ledger asks by day.
create index attempts_by_key on attempts (key, at);
create index attempts_by_time on attempts (at, provider);

-- A result that is damaged here may lie whole in the output folder.
create index placed_by_bytes on placed (sha256);
