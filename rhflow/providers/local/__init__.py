"""Steps done on this machine, as a provider: free, repeatable, in killable child processes.

`provider.LocalProvider` is the provider, `registry` lists what it can do, `steps/` holds one file per
step (a `Model` and `run`), `film/` what the film-making ones share. Nothing here knows a pipeline, a
run or another provider. Meet `step.Step` first.
"""
