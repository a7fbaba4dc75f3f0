"""placeholder"""

from pathlib import Path
from rhflow.simulator.renders.dice import Dice


def write(path: Path, prompt: str, seconds: float, dice: Dice) -> Path:
    return path
