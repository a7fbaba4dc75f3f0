"""Who does the work: one room per provider, each a stranger to the others.

A provider satisfies `ports.Provider` and knows nothing of journals, plans or money. What may
never enter: the store, the runner, and any word of one vendor outside that vendor's room. Which
name stands for which provider is decided in `rhflow/app.py`, the only place that knows everyone.
Meet `runninghub.provider.RunningHubProvider` first.
"""
