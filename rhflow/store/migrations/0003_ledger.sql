-- Version 3: the ledger knows its far side, and what was charged in which money.

alter table attempts add column realm text not null default '';      -- '': an older rhflow wrote it
alter table attempts add column charged_currency text;               -- where it is not `currency`
alter table attempts add column coins text;                          -- the vendor's own, beside money

-- What is proven to have come to nothing cost nothing; until now that was read out of the outcome.
update attempts set charged = '0' where outcome = 'refused' and charged is null;

-- The simulator, the vendor's hosts, or host and port of anything else.
update attempts set realm = 'simulator' where provider = 'simulator';
update attempts set realm = 'local' where provider = 'local';
update attempts set realm = coalesce((
    select
        case
            when address like '%runninghub.cn%' or address like '%runninghub.ai%' then 'runninghub'
            when instr(address, '/') > 0 then substr(address, 1, instr(address, '/') - 1)
            else address
        end
    from (
        select replace(replace(json_extract(body, '$.base_url'), 'https://', ''), 'http://', '') as address
        from runs
        where id = attempts.run
    )
), '')
where provider = 'runninghub';

create index attempts_by_realm on attempts (realm, at);
