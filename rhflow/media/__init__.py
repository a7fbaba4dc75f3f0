"""Hands for media files: run ffmpeg in a killable child, look into a file, draw letters.

Floor 6, beside `providers/` and `store/`, known to both the local steps and the simulator and knowing
neither. Nothing here decides anything. Meet `ffmpeg.run_async`, `probe.probe` and
`lettering.draw_text`.
"""
