"""Making one film of many clips: what the film-making steps share.

In order of use: `clip` looks at what came, `shape` decides size and frame rate, `cut` which frames of
which clip stand where, `captions` draws the words, `segments` codes (or copies) piece by piece,
`soundtrack` lays the sound, `assembly` joins it all, `inspection` looks whether it came out as meant.

Frames are the unit of time: every length is a whole number of them, and sound is cut to match, so
that pictures and sound cannot drift apart however many clips there are.
"""
