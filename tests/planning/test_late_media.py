"""What a text says where a medium is wanted: an address is one, and anything else is none."""

from __future__ import annotations

import pytest

from rhflow.ground.artifact import Artifact
from rhflow.ground.hashing import digest_bytes
from rhflow.ground.media import Kind
from rhflow.ground.references import Resolved, UrlMedia
from rhflow.language.build import read_pipeline
from rhflow.planning.expand import expand
from rhflow.planning.identify import Identified, NoRequest, Outcome, identify
from tests.language.catalogue import CATALOG

PIPELINE = """\
rhflow: 1
steps:
  write:
    uses: rhart-text-g-25-flash/text-to-text
    with: {prompt: as JSON}
  still:
    uses: seedream-v4/image-to-image
    with: {prompt: a hill, imageUrls: "${{ json(steps.write.text) }}"}
"""


def request(written: str) -> Identified:
    """The request for the still, once that was written."""
    reading = read_pipeline(PIPELINE, "a.rhflow.yaml", CATALOG, lambda _: b"")
    assert reading.pipeline is not None
    plan = expand(
        reading.pipeline, {}, provider="simulator", realm="here", inspect=lambda it: it, run_names={}
    ).plan
    assert plan is not None
    task = plan.task("still")
    model = CATALOG.find("seedream-v4/image-to-image")
    assert task is not None
    assert model is not None
    text = Artifact(Kind.TEXT, digest_bytes(written.encode()), len(written), "txt", text=written)
    return identify(task, model, "here", {"write": Outcome((text,), "m")}, 0.0)


def test_addresses_are_media() -> None:
    found: list[Resolved] = [
        UrlMedia("https://example.com/a.png", Kind.IMAGE),
        UrlMedia("asset://7", Kind.IMAGE),
    ]
    assert request('["https://example.com/a.png", "asset://7"]').arguments["imageUrls"] == found


def test_a_signature_in_an_address_is_not_part_of_the_key() -> None:
    one, two = (request(f'["https://example.com/a.png?token={sign}"]') for sign in "ab")
    assert one.key == two.key


@pytest.mark.parametrize("written", ['["a.png"]', '["no address"]', '["/etc/passwd"]'])
def test_other_words_are_none_and_nothing_is_asked_for_them(written: str) -> None:
    with pytest.raises(NoRequest, match=r"^imageUrls came out as the text .* no address of media"):
        request(written)
