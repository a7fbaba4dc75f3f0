"""The simulator: a RunningHub on this machine that draws real pictures and keeps a bill.

An annex: it speaks the vendor's documented wire and knows only the ground, the catalogue and the hands
for media files; never the client, so that two independent readings of the contract keep each other honest.
"""
