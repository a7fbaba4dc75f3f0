"""RunningHub over HTTP: the only room that speaks the vendor's language.

`client` sends and never sends a purchase twice, `wire` reads the vendor's JSON, `verdicts` says
what a code or a broken connection means, `reading` joins the two. `goods` tells what an endpoint
names and `spelling` how it is bought (`chat` for what answers at once), `calls/` has all that is free
to ask. `transfers` and `staging` bring bytes there, `downloads` brings them back, `provider` is the
face. What may never leave: the key, and the vendor's words. What may never enter: a blind retry of
a request that costs money.

Meet `provider.RunningHubProvider` first, then the table in `verdicts`.
"""
