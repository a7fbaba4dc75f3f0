"""The composition root: the only room that knows every other.

Opens a home, hands the runner its provider, journal and clock, reads the author's files, and puts results
where people find them. Meet `session.Session`, then `planned.plan_file` and `running.run_plan`.
"""
