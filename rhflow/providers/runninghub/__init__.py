"""RunningHub over HTTP: the only room that speaks the vendor's language.

`client` sends and never sends a purchase twice, `wire` reads the vendor's JSON, `verdicts` says
what a code or a broken connection means, `reading` joins the two, `transfers` and `staging` bring
bytes there and back, `provider` is the face. What may never leave: the key, and the vendor's
words. What may never enter: a blind retry of a request that costs money.

Meet `provider.RunningHubProvider` first, then the table in `verdicts`.
"""
