"""Planning: what will be done, and what it will cost.

A checked pipeline and its inputs become a flat, acyclic set of Tasks; what the journal remembers
makes a verdict of each. Reads only, by functions handed in. Meet `plan.Plan` first.
"""
