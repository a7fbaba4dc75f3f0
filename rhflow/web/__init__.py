"""What listens: small servers on this machine that tell a run something, or tell of it.

Opens ports on the loopback unless somebody says otherwise, trusts nothing that comes in, and decides nothing:
it hands on. What may never enter: the runner, the store, and any vendor's words (readers are handed in).
Meet `webhooks.Receiver`.
"""
