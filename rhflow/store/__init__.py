"""The store: where facts and bytes are remembered.

`journal.py` keeps events (SQLite, opened by `database.py`, brought up to date by `migrating.py`) and the
indexes drawn from them in the same transaction; `holdings.py` knows what there is and what may go; `blobs.py`
keeps bytes by digest; `alive.py` knows which process still lives. What cannot be read blocks with a sentence:
an unreadable state never leads to a purchase. Knows no provider. Meet `Journal` first.
"""
