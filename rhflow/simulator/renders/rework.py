"""Pictures made out of pictures: which edit an order asks for, and its results."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import company, edits, enlarge, picture, words
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.request import Request
from rhflow.simulator.renders.still import Still

Edit = Callable[[Still, str, Dice], Still]
Tool = Callable[[Still], Image.Image]

_TOOLS: tuple[tuple[str, str, Tool], ...] = (
    (
        r"background-remov|remove-background|remove-bg|rembg|matting|cutout|cut-out",
        (
            r"remove (?:the |its |all )?(?:back)?ground|transparent (?:back)?ground|no background|cut ?out"
            r"|抠图|抠出|去(?:除|掉)?背景|移除背景|透明背景"
        ),
        Still.alone,
    ),
    (r"depth", r"depth map|深度图", edits.depth),
    (
        r"canny|lineart|line-art|sketch",
        r"line ?art|line drawing|outlines? only|canny|pencil sketch|线稿|素描",
        edits.drawn,
    ),
)
"""What a path says, what a prompt says, and a tool whose result is no longer that picture."""
_EDITS: tuple[tuple[str, str, Edit], ...] = (
    (
        r"$^",
        (
            r"(?:change|replace|swap|new|different) (?:the |its )?background"
            r"|(?:换|更换|替换)(?:一个)?背景|背景(?:换成|改成|变成)"
        ),
        edits.moved_house,
    ),
    (
        r"$^",
        r"blur(?:red|ry)? (?:the )?background|bokeh|out of focus|背景虚化|虚化背景|模糊背景",
        edits.blurred_ground,
    ),
    (
        r"eras|inpaint|object-remov|remove-object",
        r"\b(?:remove|erase|delete|get rid of|take away)\b|去掉|移除|删除|擦除|消除",
        edits.emptied,
    ),
)
_WIDER = (
    r"outpaint|expand|uncrop",
    (
        r"outpaint|uncrop|expand the|extend the (?:picture|image|canvas|frame)|zoom out|wider"
        r"|扩图|扩展画面|扩展图"
    ),
)
_SWAP = (r"face-?swap|swap-?face", r"swap (?:the )?faces?|face swap|换脸")
_LARGER = (r"upscal|enhance|super-resolution|restor", r"\b(?:upscale|super.?resolution)\b|放大|高清修复|超分")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the path and the prompt of an order say."""

    path: str
    prompt: str

    def says(self, pattern: tuple[str, str]) -> bool:
        return bool(re.search(pattern[0], self.path) or re.search(pattern[1], self.prompt))


def image_to_image(request: Request) -> list[Rendered]:
    """The first picture given, edited after the words; the figures of further ones come into it."""
    stills = [picture.open_still(file) for file in request.media() if file not in request.masks()]
    if not stills:
        return picture.text_to_image(request)
    asked = _Asked(request.order.endpoint.lower(), request.prompt.lower())
    if asked.says(_LARGER):
        return enlarge.upscale(request)
    for path, prompt, tool in _TOOLS:
        if asked.says((path, prompt)):
            return [picture.saved(request, tool(_sized(request, stills[0])), "image-1")]
    results = []
    for index in range(request.count()):
        dice = request.dice if index == 0 else request.dice.split(f"variation {index}")
        done = _edited(request, asked, stills, dice)
        if request.text("background") == "transparent":
            results.append(picture.saved(request, done.alone(), f"image-{index + 1}"))
        else:
            results.append(picture.captioned(request, words.read(request.prompt), done, index, dice))
    return results


def _sized(request: Request, still: Still) -> Still:
    """Cut to the size asked for, else as it is."""
    return still.studied().fitted(request.picture_size(still.picture.size))


def _edited(request: Request, asked: _Asked, stills: Sequence[Still], dice: Dice) -> Still:
    """The edit that was asked for; where none is named, another light and hand."""
    prompt = request.prompt
    if asked.says(_WIDER):
        return edits.wider(stills[0], _larger(request, stills[0]))
    base = _sized(request, stills[0])
    masks = request.masks()
    if masks:
        return edits.erased(base, picture.open_picture(masks[0]))
    if asked.says(_SWAP) and len(stills) > 1:
        return edits.swapped_face(base, stills[1])
    if len(stills) > 1:
        base = company.joined(base, stills[1:], prompt, dice)
    for path, said, edit in _EDITS:
        if asked.says((path, said)):
            return edit(base, prompt, dice)
    if edits.can_recolour(base, prompt):
        return edits.recoloured(base, prompt, dice)
    return edits.relit(base, prompt, dice)


def _larger(request: Request, still: Still) -> tuple[int, int]:
    """The size of a picture that goes on beyond its edges: as asked, else a quarter more each way."""
    size = request.picture_size(still.picture.size)
    if size != still.picture.size:
        return size
    return round(size[0] * 1.25 / 8) * 8, round(size[1] * 1.25 / 8) * 8
