"""The sounds of speech: where the resonances of the mouth are, how long it lasts, what drives it.

The vowels are those Peterson and Barney measured (1952); the rest follows Klatt's tables for synthesis by
rule (1980), simplified to three resonances and one band of noise.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phone:
    """One stretch of sound. Hertz, seconds, and strengths from 0 to 1."""

    first: float
    second: float
    third: float
    seconds: float
    buzz: float = 1.0
    """The voice."""
    breath: float = 0.0
    """Noise through the mouth's resonances."""
    hiss: float = 0.0
    """Noise of its own colour, in a band around `pitch_of_hiss`."""
    band: float = 0.0
    width: float = 1000.0
    is_vowel: bool = False
    is_free: bool = False
    """It takes its resonances from what comes next."""


def _vowels(text: str) -> dict[str, Phone]:
    """`name first second third milliseconds` per line."""
    found = {}
    for line in text.strip().splitlines():
        name, first, second, third, length = line.split()
        found[name] = Phone(float(first), float(second), float(third), float(length) / 1000, is_vowel=True)
    return found


VOWELS: dict[str, Phone] = _vowels(
    """
    IY 280 2250 2950 115
    IH 390 1990 2550 85
    EH 530 1840 2480 100
    AE 660 1720 2410 125
    AA 730 1120 2440 130
    AO 570 840 2410 130
    UH 440 1020 2240 85
    UW 310 870 2240 120
    AH 620 1200 2390 95
    ER 470 1300 1690 120
    AX 500 1450 2450 60
    EE 470 1150 2450 120
    YU 280 1850 2250 115
    IR 380 1550 2000 110
    IZ 380 1350 2600 110
    """
)
"""English ones by their ARPABET names; EE, YU, IR and IZ are the Mandarin vowels of ge, yu, shi and si."""

GLIDES: dict[str, tuple[str, str]] = {
    "EY": ("EH", "IY"),
    "AY": ("AA", "IH"),
    "OY": ("AO", "IH"),
    "AW": ("AA", "UH"),
    "OW": ("AO", "UH"),
}
"""Vowels that begin as one and end as another."""

OTHERS: dict[str, tuple[Phone, ...]] = {
    "W": (Phone(290, 610, 2150, 0.06, 0.7),),
    "Y": (Phone(260, 2070, 3020, 0.055, 0.7),),
    "R": (Phone(310, 1060, 1380, 0.065, 0.7),),
    "L": (Phone(310, 1050, 2880, 0.065, 0.65),),
    "M": (Phone(250, 1000, 2200, 0.07, 0.42),),
    "N": (Phone(250, 1500, 2500, 0.065, 0.42),),
    "NG": (Phone(250, 2000, 2600, 0.08, 0.42),),
    "HH": (Phone(500, 1500, 2500, 0.06, 0.0, breath=0.5, is_free=True),),
    "F": (Phone(340, 1100, 2080, 0.1, 0.0, hiss=0.16, band=5200, width=4500),),
    "V": (Phone(220, 1100, 2080, 0.06, 0.45, hiss=0.08, band=5200, width=4500),),
    "TH": (Phone(320, 1290, 2540, 0.09, 0.0, hiss=0.14, band=6000, width=4000),),
    "DH": (Phone(270, 1290, 2540, 0.045, 0.5, hiss=0.05, band=6000, width=4000),),
    "S": (Phone(320, 1390, 2530, 0.1, 0.0, hiss=0.55, band=6300, width=1500),),
    "Z": (Phone(240, 1390, 2530, 0.075, 0.4, hiss=0.32, band=6300, width=1500),),
    "SH": (Phone(300, 1840, 2750, 0.105, 0.0, hiss=0.6, band=3000, width=1300),),
    "ZH": (Phone(300, 1840, 2750, 0.075, 0.4, hiss=0.34, band=3000, width=1300),),
    "P": (
        Phone(300, 900, 2150, 0.065, 0.0),
        Phone(300, 900, 2150, 0.01, 0.0, hiss=0.35, band=900, width=1400),
        Phone(400, 1100, 2150, 0.035, 0.0, breath=0.5, is_free=True),
    ),
    "B": (
        Phone(200, 900, 2150, 0.05, 0.16),
        Phone(250, 900, 2150, 0.008, 0.3, hiss=0.25, band=900, width=1400),
    ),
    "T": (
        Phone(300, 1700, 2600, 0.06, 0.0),
        Phone(300, 1700, 2600, 0.014, 0.0, hiss=0.75, band=4200, width=2500),
        Phone(400, 1700, 2600, 0.035, 0.0, breath=0.45, is_free=True),
    ),
    "D": (
        Phone(200, 1700, 2600, 0.045, 0.16),
        Phone(250, 1700, 2600, 0.01, 0.3, hiss=0.4, band=4200, width=2500),
    ),
    "K": (
        Phone(300, 1900, 2300, 0.065, 0.0),
        Phone(300, 1900, 2300, 0.018, 0.0, hiss=0.6, band=1900, width=900),
        Phone(400, 1800, 2300, 0.04, 0.0, breath=0.5, is_free=True),
    ),
    "G": (
        Phone(200, 1900, 2300, 0.05, 0.16),
        Phone(250, 1900, 2300, 0.014, 0.3, hiss=0.35, band=1900, width=900),
    ),
    "CH": (
        Phone(300, 1800, 2600, 0.055, 0.0),
        Phone(300, 1800, 2700, 0.075, 0.0, hiss=0.7, band=3100, width=1300),
    ),
    "JH": (
        Phone(220, 1800, 2600, 0.04, 0.16),
        Phone(280, 1800, 2700, 0.05, 0.25, hiss=0.5, band=3100, width=1300),
    ),
}


def of(name: str, *, stressed: bool = False) -> list[Phone]:
    """The stretches of a named sound; unknown names are a short neutral vowel."""
    if name in GLIDES:
        first, last = (VOWELS[part] for part in GLIDES[name])
        share = 1.1 if stressed else 0.85
        return [_lasting(first, first.seconds * 0.75 * share), _lasting(last, last.seconds * 0.7 * share)]
    if name in VOWELS:
        vowel = VOWELS[name]
        return [_lasting(vowel, vowel.seconds * (1.15 if stressed else 0.8))]
    return list(OTHERS.get(name, (VOWELS["AX"],)))


def _lasting(phone: Phone, seconds: float) -> Phone:
    return Phone(
        phone.first, phone.second, phone.third, seconds, phone.buzz, phone.breath, phone.hiss, phone.band,
        phone.width, phone.is_vowel, phone.is_free,
    )  # fmt: skip
