"""The air of a clip: soft noise that suits the words, made by ffmpeg itself."""

from __future__ import annotations

from rhflow.simulator.renders import words
from rhflow.simulator.renders.dice import Dice

_AIRS: dict[str, str] = {
    "sea": "anoisesrc=color=brown:amplitude=0.5:{noise},lowpass=f=900,tremolo=f=0.14:d=0.75",
    "rain": "anoisesrc=color=pink:amplitude=0.22:{noise},highpass=f=900,lowpass=f=7000",
    "city": "anoisesrc=color=brown:amplitude=0.42:{noise},lowpass=f=420,tremolo=f=0.22:d=0.4",
    "wind": "anoisesrc=color=pink:amplitude=0.26:{noise},bandpass=f=520:w=420,tremolo=f=0.17:d=0.7",
}


def source(prompt: str, seconds: float, dice: Dice) -> list[str]:
    """Ffmpeg input arguments for a quiet sound track of this length."""
    reading = words.read(prompt)
    if reading.has("rain", "storm"):
        air = "rain"
    elif reading.has("sea", "lake", "boat", "ship", "lighthouse", "whale", "underwater"):
        air = "sea"
    elif reading.has("city", "car", "train"):
        air = "city"
    else:
        air = "wind"
    seed = dice.split("air").whole(1, 2**31 - 1)
    text = _AIRS[air].format(noise=f"seed={seed}:r=44100:d={seconds:.3f}")
    ends = min(1.0, seconds / 4)
    text += f",afade=t=in:d={ends:.3f},afade=t=out:st={seconds - ends:.3f}:d={ends:.3f},volume=0.7"
    return ["-f", "lavfi", "-i", text]
