"""A caption as a picture to lay over a clip, and where it goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rhflow.media.lettering import Lettering, NoFont, draw_text
from rhflow.providers.local.film.shape import Shape, even
from rhflow.providers.local.step import StepFailed


@dataclass(frozen=True, slots=True)
class Caption:
    """A picture file, its upper left corner in the frame."""

    path: Path
    x: int
    y: int


def draw_caption(text: str, shape: Shape, path: Path, label: str) -> Caption | None:
    """Draw a caption for a film of this shape, at the foot of the picture; None where the text is blank.

    Letters are about a twentieth of the picture high, larger on upright films (they are watched on
    telephones, where the foot of the picture also belongs to buttons).

    Raises:
        StepFailed: no font can draw it.
    """
    is_upright = shape.height > shape.width
    size = max(round(shape.width * 0.062 if is_upright else shape.height * 0.052), 12)
    lettering = Lettering(size, round(shape.width * 0.84), max_lines=4 if is_upright else 3)
    try:
        picture = draw_text(text, lettering)
    except NoFont as error:
        raise StepFailed(
            f"{label}: no font here can draw {error.letters[:12]!r}",
            "Install rhflow[cjk] for Chinese, Japanese and Korean, or name a font file in RHFLOW_FONT.",
        ) from None
    if picture is None:
        return None
    picture.thumbnail((shape.width, round(shape.height * 0.9)))
    picture.save(path, compress_level=1)
    foot = shape.height * (0.14 if is_upright else 0.065)
    y = max(shape.height - round(foot) - picture.height, 0)
    return Caption(path, even((shape.width - picture.width) / 2), even(y))
