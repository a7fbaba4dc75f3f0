-- Version 4: a quick way to how long the jobs of a model took (`durations`), newest first.

create index attempts_by_endpoint on attempts (endpoint, provider, at);
