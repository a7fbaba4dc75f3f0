"""A voice: text becomes speech sounds, and these become sound, by rule and without a recording.

`english` and `mandarin` say which sounds a text has, `sentence` how long and how high each is, `mouth` makes
them: a buzz or a hiss, sent through four resonances that move as a tongue moves them. `singing` gives each
syllable the pitch and the length of a note. It is plainly a machine, and its words can be made out.
"""

from __future__ import annotations

from rhflow.simulator.renders.voice.mouth import RATE
from rhflow.simulator.renders.voice.sentence import syllables, syllables_of
from rhflow.simulator.renders.voice.singing import Note, sing
from rhflow.simulator.renders.voice.speaker import Speaker, somebody
from rhflow.simulator.renders.voice.speaking import speak

__all__ = ["RATE", "Note", "Speaker", "sing", "somebody", "speak", "syllables", "syllables_of"]
