"""What the API answers for nothing: a small typed catalogue of calls, a file per subject.

A `Call` is a value: where it goes, what it says, where the key stands in it, and how its answer is
read. `RunningHubProvider.ask` carries one out. Nothing here costs money, so any of it may be
asked again; what does cost money is in `spelling.py` and leaves by `client.submit` alone.

Meet `call.Call` first, then `tasks`, which every run uses.
"""
