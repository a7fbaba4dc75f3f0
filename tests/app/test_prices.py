"""The vendor's own figures for a plan: free, for every request known well enough, and never a submit."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import pytest

from rhflow.app.far_side import far_side as far_side_of
from rhflow.app.planned import Planned, plan_file
from rhflow.app.prices import AT_ONCE, LivePrice, live_prices
from rhflow.app.recollection import UploadMemory
from rhflow.app.session import Session, session
from rhflow.ground.errors import AccountError, NetworkError
from rhflow.ground.media import Kind
from rhflow.ground.references import UrlMedia
from rhflow.ports import Request, Staged
from rhflow.settings import read_settings
from tests.cli.conftest import far, far_side, front  # noqa: F401  # fixtures
from tests.cli.front import STILL, FarSide, Front, schema

CHAIN = """\
rhflow: 1
name: chain
inputs:
  picture: {type: image, default: picture.png}
steps:
  still:
    uses: seedream-v4/text-to-image
    with: {prompt: a heron}
  mine:
    uses: hailuo-2.3-fast/image-to-video
    with: {prompt: it flies, imageUrl: "${{ inputs.picture }}", duration: 6, enablePromptExpansion: true}
  clip:
    uses: hailuo-2.3-fast/image-to-video
    with: {prompt: it flies, imageUrl: "${{ steps.still.image }}", duration: 10, enablePromptExpansion: true}
  told:
    uses: seedream-v4/text-to-image
    with: {prompt: "a picture for ${{ steps.clip.duration }} s"}
  many:
    uses: seedream-v4/image-to-image
    with: {prompt: all of them, imageUrls: "${{ steps.still.images }}"}
  film:
    uses: local/concat
    with: {clips: ["${{ steps.mine.video }}", "${{ steps.clip.video }}"]}
outputs:
  film: ${{ steps.film.video }}
  told: ${{ steps.told.image }}
  many: ${{ steps.many.image }}
"""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301"
    "0100c9fe92ef0000000049454e44ae426082"
)


def asked(file: Path, act: Callable[[Session, Planned], None] | None = None) -> dict[str, LivePrice]:
    settings = read_settings(beside=file)
    with session(settings, read_only=act is None) as opened:
        planned = plan_file(opened, file, {}, {"id": "run", "date": "2026-11-21"})
        if act is not None:
            act(opened, planned)
        found = asyncio.run(live_prices(opened, planned))
        return {name: prices[0] for name, prices in found.items()}


@pytest.fixture
def chain(front: Front) -> Path:  # noqa: F811
    front.write("picture.png", PNG)
    return front.write("chain.rhflow.yaml", CHAIN)


def test_every_request_that_is_known_well_enough(chain: Path, far: FarSide) -> None:  # noqa: F811
    found = asked(chain)
    assert set(found) == {"still", "mine", "clip", "told", "many"}
    assert found["still"] == LivePrice(Decimal("0.14"), "CNY", "0.14 CNY")
    assert (found["mine"].amount, found["clip"].amount) == (Decimal("1.01"), Decimal("1.69"))
    for name in ("mine", "clip", "many"):
        assert found[name].notes == ("asked with a stand-in for a medium that is not there yet",)
    assert found["told"] == LivePrice(None, None, notes=("not asked: it waits for clip",))


def test_nothing_is_bought_or_brought_there(chain: Path, far: FarSide) -> None:  # noqa: F811
    asked(chain)
    assert far.bill() == []
    assert far.tasks() == []
    assert far.uploads() == 0


def test_an_upload_that_lives_is_sent_as_it_is(chain: Path, far: FarSide) -> None:  # noqa: F811
    def remember(opened: Session, planned: Planned) -> None:
        task = planned.plan.task("mine")
        assert task is not None
        sha256 = task.arguments["imageUrl"].sha256  # type: ignore[union-attr]
        realm, expires = opened.realm, opened.clock.now() + 1000
        opened.journal.remember("uploads", (realm, sha256, f"{far.address}/files/x.png", expires))

    assert asked(chain, remember)["mine"].notes == ()


def test_what_is_there_already_is_not_asked_for(front: Front, far: FarSide) -> None:  # noqa: F811
    file = front.write("still.rhflow.yaml", STILL)
    front.ok("run", file, "--yes", "--provider", "runninghub")
    assert asked(file) == {}


def test_a_request_behind_a_cached_result_is_known_whole(front: Front, far: FarSide) -> None:  # noqa: F811
    file = front.write("still.rhflow.yaml", STILL)
    front.ok("run", file, "--yes", "--provider", "runninghub")
    step = (
        "  told:\n    uses: seedream-v4/text-to-image\n"
        '    with: {prompt: "${{ steps.still.width }} wide"}\n'
        "outputs:\n  told: ${{ steps.told.image }}\n"
    )
    front.write("still.rhflow.yaml", STILL.replace("outputs:\n", step))
    assert asked(file)["told"].amount == Decimal("0.14")


def test_a_model_without_a_published_price(front: Front, far: FarSide) -> None:  # noqa: F811
    file = front.write(
        "clip.rhflow.yaml",
        "rhflow: 1\nname: clip\nsteps:\n  clip:\n    uses: skyreels-v4/text-to-video-fast\n"
        "    max_cost: 2 CNY\n    with: {prompt: a heron}\n"
        "outputs:\n  clip: ${{ steps.clip.video }}\n",
    )
    found = asked(file)["clip"]
    assert found.amount is None
    assert "names no sum" in " ".join(found.notes)


def test_no_key(chain: Path, far_side: Callable[..., FarSide], monkeypatch: Any) -> None:  # noqa: F811
    far_side(key=None)
    monkeypatch.setenv("RHFLOW_PROVIDER", "runninghub")
    with pytest.raises(AccountError, match="no API key"):
        asked(chain)


def test_nobody_there(chain: Path, far: FarSide, monkeypatch: Any) -> None:  # noqa: F811
    monkeypatch.setenv("RUNNINGHUB_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("rhflow.app.prices.WAITS", ())
    with pytest.raises(NetworkError, match="cannot be reached"):
        asked(chain)


# -- a vendor that answers otherwise than ours --------------------------------------------------------


class Vendor:
    """Answers price previews with what it was given, in turn; counts what is under way at once."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.answers = answers
        self.calls: list[tuple[str, Any]] = []
        self.most = 0
        self.takes_s = 0.0
        self._now = 0
        self._lock = Lock()

    def take(self, path: str, body: Any) -> tuple[int, Any]:
        with self._lock:
            self.calls.append((path, body))
            self._now += 1
            self.most = max(self.most, self._now)
            return self.answers[min(len(self.calls), len(self.answers)) - 1]

    def leave(self) -> None:
        with self._lock:
            self._now -= 1


@contextmanager
def vendor(monkeypatch: pytest.MonkeyPatch, *answers: tuple[int, Any]) -> Iterator[Vendor]:
    spoken = Vendor(*answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = spoken.take(self.path, body)
            text = json.dumps(answer).encode()
            time.sleep(spoken.takes_s)
            spoken.leave()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("RUNNINGHUB_BASE_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("RUNNINGHUB_API_KEY", "0123456789abcdef0123456789abcdef")
    monkeypatch.setattr("rhflow.app.prices.WAITS", (0.01, 0.01))
    try:
        yield spoken
    finally:
        server.shutdown()
        server.server_close()


PRICED = {"estimatedPrice": 0.12, "currency": "CNY", "priceText": "0.12元", "priceTextEn": "0.12 CNY"}


@pytest.mark.parametrize(
    ("answer", "amount", "currency", "note"),
    [
        (PRICED, "0.12", "CNY", ""),
        ({"estimatedPrice": "0.120", "currency": "usd", "priceText": ""}, "0.120", "USD", ""),
        ({"estimatedPrice": 1, "currency": "¥"}, "1", "CNY", ""),
        ({"estimatedPrice": 1, "currency": None}, "1", "CNY", ""),
        ({"estimatedPrice": 0, "priceTextEn": "by tokens"}, "0", "CNY", "billed by what is used"),
        ({"estimatedPrice": None, "priceTextEn": "0.2 a second"}, None, "CNY", "billed by what is used"),
        (
            {**PRICED, "isFreeThisCall": True, "remainingFreeLimitCount": 3},
            "0.12",
            "CNY",
            "would be free; 3 such calls are left",
        ),
        ({"code": 0, "msg": "success", "data": PRICED}, "0.12", "CNY", ""),
    ],
)
def test_what_the_vendor_may_say(
    front: Front,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    answer: Any,
    amount: str | None,
    currency: str,
    note: str,
) -> None:
    file = front.write("still.rhflow.yaml", STILL)
    with vendor(monkeypatch, (200, answer)) as spoken:
        found = asked(file)["still"]
    assert found.amount == (None if amount is None else Decimal(amount))
    assert found.currency == currency
    assert note in " ".join(found.notes)
    assert bool(note) is bool(found.notes)
    assert spoken.calls == [
        ("/openapi/v2/price-preview/seedream-v4/text-to-image", {"prompt": "a heron in the reeds"})
    ]


def test_a_request_the_vendor_finds_wrong_is_a_note(front: Front, monkeypatch: Any) -> None:  # noqa: F811
    file = front.write("still.rhflow.yaml", STILL)
    refused = {"taskId": "", "errorCode": "1007", "errorMessage": "invalid params: size"}
    with vendor(monkeypatch, (200, refused)) as spoken:
        found = asked(file)["still"]
    assert found.amount is None
    assert "invalid params: size" in found.notes[0]
    assert len(spoken.calls) == 1  # asking again cannot help


def test_a_passing_trouble_is_asked_again(front: Front, monkeypatch: Any) -> None:  # noqa: F811
    file = front.write("still.rhflow.yaml", STILL)
    busy = {"errorCode": "1003", "errorMessage": "rate limit"}
    with vendor(monkeypatch, (429, busy), (502, {}), (200, PRICED)) as spoken:
        assert asked(file)["still"].amount == Decimal("0.12")
    assert len(spoken.calls) == 3


def test_a_lasting_trouble_is_a_note(front: Front, monkeypatch: Any) -> None:  # noqa: F811
    file = front.write("still.rhflow.yaml", STILL)
    with vendor(monkeypatch, (502, {})) as spoken:
        found = asked(file)["still"]
    assert found.amount is None
    assert found.notes
    assert len(spoken.calls) == 3


def test_a_key_that_is_not_taken_ends_it(front: Front, monkeypatch: Any) -> None:  # noqa: F811
    file = front.write("still.rhflow.yaml", STILL)
    with vendor(monkeypatch, (401, {"code": 1002, "msg": "unauthorized"})), pytest.raises(AccountError):
        asked(file)


def test_not_all_at_once(front: Front, monkeypatch: Any) -> None:  # noqa: F811
    file = front.write(
        "many.rhflow.yaml",
        "rhflow: 1\nname: many\nsteps:\n  still:\n    foreach: ${{ range(40) }}\n    as: n\n"
        '    uses: seedream-v4/text-to-image\n    with: {prompt: "heron ${{ n }}"}\n'
        "outputs:\n  stills: ${{ steps.still.image }}\n",
    )
    with vendor(monkeypatch, (200, PRICED)) as spoken:
        spoken.takes_s = 0.02
        assert len(asked(file)) == 40
    assert len(spoken.calls) == 40
    assert 1 < spoken.most <= AT_ONCE


def test_the_body_is_spelled_as_the_settings_say(front: Front, monkeypatch: Any) -> None:  # noqa: F811
    text = (
        "rhflow: 1\nname: f\nsteps:\n  still:\n    uses: f-2-dev/text-to-image\n"
        '    with: {prompt: a heron, aspectRatio: "9:16", outputFormat: png}\n'
        "outputs:\n  still: ${{ steps.still.image }}\n"
    )
    file = front.write("f.rhflow.yaml", text)
    with vendor(monkeypatch, (200, PRICED)) as spoken:
        asked(file)
        front.write("rhflow.toml", '[models."f-2-dev/text-to-image"]\nnaming = "node"\n')
        asked(file)
    (_, alias), (_, node) = spoken.calls
    assert alias == {"prompt": "a heron", "aspectRatio": "9:16", "outputFormat": "png"}
    assert node.keys() == {"12##text", "41##select", "43##file_type"}


def test_a_purchase_is_spelled_in_the_same_way(front: Front, monkeypatch: Any) -> None:  # noqa: F811
    front.write("rhflow.toml", '[models."f-2-dev/edit"]\nnaming = "node"\n')
    picture = UrlMedia("https://x/y.png", Kind.IMAGE)
    request = Request("rhart-image/f-2-dev/edit", {"imageUrl": picture, "aspectRatio": "16:9"})

    async def staged(opened: Session) -> Staged:
        provider = far_side_of(opened, opened.settings.base_url)
        try:
            return await provider.stage(request, UploadMemory(opened.journal, opened.blobs, opened.clock))
        finally:
            await provider.close()

    monkeypatch.setenv("RUNNINGHUB_API_KEY", "0123456789abcdef0123456789abcdef")
    with session(read_settings(), read_only=False) as opened:
        found = asyncio.run(staged(opened))
    assert found == Staged(request.endpoint, {"20##image": "https://x/y.png", "46##select": "5"})


# -- the command ----------------------------------------------------------------------------------------


def test_both_figures_side_by_side(chain: Path, front: Front, far: FarSide) -> None:  # noqa: F811
    said = front.ok("plan", chain, "--live")
    row = next(line for line in said.out.splitlines() if line.startswith("clip") and "stand-in" in line)
    assert row.split()[1:3] == ["1.69", "1.69"]
    assert "The vendor's own figures: 2.98 CNY; 1 without a figure" in said.out
    assert far.bill() == []


def test_in_json(chain: Path, front: Front, far: FarSide) -> None:  # noqa: F811
    document = front.json("plan", "plan", chain, "--live")
    live = {task["id"]: task["live"] for task in document["tasks"]}
    assert live["film"] is None
    figure = {"price": "0.14", "currency": "CNY", "text": "0.14 CNY", "notes": []}
    assert live["still"] == {**figure, "fallbacks": []}
    assert live["told"]["price"] is None
    assert "live" not in front.json("plan", "plan", chain)["tasks"][0]


def test_without_a_key_or_for_the_simulator(chain: Path, front: Front, far: FarSide) -> None:  # noqa: F811
    assert front.call("plan", chain, "--live", "--provider", "simulator").code == 2


def test_without_a_key(chain: Path, front: Front) -> None:  # noqa: F811
    said = front.call("plan", chain, "--live")
    assert said.code == 4
    assert "RUNNINGHUB_API_KEY" in said.err


def test_old_facts_are_said_to_be_old(chain: Path, front: Front, monkeypatch: Any) -> None:  # noqa: F811
    assert "days ago" not in front.ok("plan", chain).err
    monkeypatch.setattr("rhflow.catalog.freshness.OLD_AFTER_DAYS", -100_000)
    assert "prices and parameters may have changed" in front.ok("plan", chain).err


def test_every_rung_of_a_ladder_is_asked(front: Front, far: FarSide) -> None:  # noqa: F811
    file = front.write(
        "ladder.rhflow.yaml",
        "rhflow: 1\nname: ladder\nsteps:\n  clip:\n    uses: hailuo-2.3-fast/image-to-video\n"
        "    with: {prompt: a hill, imageUrl: 'https://a.example/x.png', duration: 6}\n    fallback:\n"
        "      - uses: hailuo-2.3/i2v-pro\n        with: {prompt: a hill, imageUrl: 'https://a.example/x.png'}\n"
        "      - uses: hailuo-2.3/i2v-standard\n"
        "        with: {prompt: a hill, imageUrl: 'https://a.example/x.png', duration: 6}\n"
        "outputs:\n  clip: ${{ steps.clip.video }}\n",
    )
    said = front.ok("plan", file, "--live", "--provider", "runninghub").out
    assert "\nor minimax/hailuo-2.3/image-to-video-pro" in said
    assert "the dearest of its ladder; 2.63 CNY" in said
    assert "The vendor's own figures: 1.01 CNY\nWith the dearest of each ladder: 2.63 CNY" in said
    document = json.loads(front.ok("plan", file, "--live", "--json", "--provider", "runninghub").out)
    schema("plan").validate(document)
    live = document["tasks"][0]["live"]
    assert [live["price"], *(rung["price"] for rung in live["fallbacks"])] == ["1.01", "2.63", "1.50"]
