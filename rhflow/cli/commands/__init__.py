"""One file per command; each has a function `command` whose parameters are its options.

Never imported as a whole: `cli/main.py` loads one by name when it is called.
"""
