"""Hands for media files: find ffmpeg, run it in a killable process, look into a file.

Floor 6, beside `providers/` and `store/`, known to both the local steps and the simulator and knowing
neither. Nothing here decides anything. Meet `ffmpeg.run` and `probe.probe`.
"""
