"""Every medium is where a model can read it, and no byte is uploaded twice without need."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from rhflow.ground.errors import Bug
from rhflow.ground.media import Kind
from rhflow.ground.references import BlobMedia, Deferred, FileMedia, Ref, Resolved, UrlMedia
from rhflow.ports import PollFailed, Request, Staged
from rhflow.providers.runninghub.staging import UPLOAD_LIVES_S
from tests.providers.runninghub import rude_server as rude
from tests.providers.runninghub.rude_server import Heard, RudeServer, page
from tests.providers.runninghub.test_submits import ENDPOINT, provider

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 100


class Shelf:
    """`ports.Uploads` over a folder and a dict."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[tuple[str, str], tuple[str, float]] = {}

    def open_path(self, media: FileMedia | BlobMedia) -> Path:
        return self.folder / str(media.sha256)

    async def recall(self, realm: str, sha256: str) -> str | None:
        await asyncio.sleep(0)
        found = self.known.get((realm, sha256))
        return found[0] if found else None

    async def remember(self, realm: str, sha256: str, url: str, expires: float) -> None:
        await asyncio.sleep(0)
        self.known[realm, sha256] = (url, expires)

    def put(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        (self.folder / digest).write_bytes(data)
        return digest

    def file(self, data: bytes = PNG) -> FileMedia:
        return FileMedia("/somewhere/a.png", Kind.IMAGE, self.put(data), len(data))

    def blob(self, data: bytes = PNG, url: str | None = None) -> BlobMedia:
        return BlobMedia(self.put(data), Kind.IMAGE, "png", url)


class Storehouse(RudeServer):
    """Takes uploads, gives them back by digest; `dead` addresses answer 404."""

    def __init__(self) -> None:
        super().__init__(self.serve)
        self.files: dict[str, bytes] = {}
        self.dead: set[str] = set()
        self.delay = 0.0

    @property
    def uploads(self) -> int:
        return sum(heard.method == "POST" for heard in self.heard)

    async def serve(self, line: rude.Line) -> None:
        heard = await line.hear()
        await asyncio.sleep(self.delay)
        await line.say(self.answer(heard))

    def answer(self, heard: Heard) -> bytes:
        if heard.method == "POST":
            data = heard.body.partition(b"\r\n\r\n")[2].rpartition(b"\r\n--")[0]
            path = f"/files/{hashlib.sha256(data).hexdigest()}-{self.uploads}.png"
            self.files[path] = data
            return page(200, {"code": 0, "data": {"download_url": self.url + path}})
        if heard.path in self.dead or heard.path not in self.files:
            return page(404, b"")
        data = self.files[heard.path]
        assert heard.headers["range"] == "bytes=0-0"
        return page(206, data[:1], "image/png", Content_Range=f"bytes 0-0/{len(data)}")


def request(**arguments: Resolved) -> Request:
    return Request(ENDPOINT, arguments)


def test_leaves_become_addresses_and_the_rest_stays(tmp_path: Path) -> None:
    async def run() -> None:
        async with Storehouse() as house:
            shelf, seller = Shelf(tmp_path), provider(house.url)
            first, second = shelf.file(), shelf.blob(PNG + b"2")
            staged = await seller.stage(
                request(
                    prompt="rain",
                    image=first,
                    more=[second, first, UrlMedia("asset://7", Kind.IMAGE)],
                    nested={"deep": [{"url": second}], "number": 5, "nothing": None},
                ),
                shelf,
            )
            await seller.close()
            assert house.uploads == 2
            urls = {digest: url for (_, digest), (url, _) in shelf.known.items()}
            one, two = urls[str(first.sha256)], urls[second.sha256]
            assert staged == Staged(
                ENDPOINT,
                {
                    "prompt": "rain",
                    "image": one,
                    "more": [two, one, "asset://7"],
                    "nested": {"deep": [{"url": two}], "number": 5, "nothing": None},
                },
            )
            assert list(staged.body) == ["prompt", "image", "more", "nested"]
            assert {expires for _, expires in shelf.known.values()} == {1_000_000.0 + UPLOAD_LIVES_S}

    asyncio.run(run())


def test_an_upload_is_used_again_while_it_lives(tmp_path: Path) -> None:
    async def run() -> None:
        async with Storehouse() as house:
            shelf, seller = Shelf(tmp_path), provider(house.url)
            wanted = request(image=shelf.file())
            first = await seller.stage(wanted, shelf)
            assert await seller.stage(wanted, shelf) == first
            assert (house.uploads, len(house.heard)) == (1, 1)  # believed for a minute
            await seller.close()

            later = provider(house.url)
            assert await later.stage(wanted, shelf) == first
            assert (house.uploads, len(house.heard)) == (1, 2)  # asked
            await later.close()

            house.dead = set(house.files)
            last = provider(house.url)
            assert await last.stage(wanted, shelf) != first
            assert house.uploads == 2
            await last.close()

    asyncio.run(run())


def test_an_address_that_gives_something_else_is_not_used(tmp_path: Path) -> None:
    async def run() -> None:
        async with Storehouse() as house:
            shelf = Shelf(tmp_path)
            first = provider(house.url)
            await first.stage(request(image=shelf.file()), shelf)
            await first.close()
            for path in house.files:
                house.files[path] = b"an error page"
            second = provider(house.url)
            await second.stage(request(image=shelf.file()), shelf)
            await second.close()
            assert house.uploads == 2

    asyncio.run(run())


def test_the_vendors_own_copy_of_a_result_is_used(tmp_path: Path) -> None:
    async def run() -> None:
        async with Storehouse() as house, Storehouse() as stranger:
            shelf, seller = Shelf(tmp_path), provider(house.url)
            house.files["/out.png"] = stranger.files["/out.png"] = PNG
            staged = await seller.stage(request(image=shelf.blob(url=house.url + "/out.png")), shelf)
            assert staged.body == {"image": house.url + "/out.png"}
            assert house.uploads == 0
            staged = await seller.stage(request(image=shelf.blob(url=stranger.url + "/out.png")), shelf)
            assert staged.body != {"image": stranger.url + "/out.png"}
            assert (house.uploads, stranger.connections) == (1, 0)
            await seller.close()

    asyncio.run(run())


def test_a_dead_copy_is_uploaded_anew(tmp_path: Path) -> None:
    async def run() -> None:
        async with Storehouse() as house:
            shelf, seller = Shelf(tmp_path), provider(house.url)
            await seller.stage(request(image=shelf.blob(url=house.url + "/gone.png")), shelf)
            assert house.uploads == 1
            await seller.close()

    asyncio.run(run())


def test_many_who_want_the_same_bytes_upload_once_and_one_may_leave(tmp_path: Path) -> None:
    async def run() -> None:
        async with Storehouse() as house:
            house.delay = 0.05
            shelf, seller = Shelf(tmp_path), provider(house.url)
            wanted = request(image=shelf.file())
            works = [asyncio.create_task(seller.stage(wanted, shelf)) for _ in range(8)]
            await asyncio.sleep(0.02)
            works[0].cancel()
            found = await asyncio.gather(*works, return_exceptions=True)
            await seller.close()
            assert isinstance(found[0], asyncio.CancelledError)
            assert all(item == found[1] for item in found[1:])
            assert house.uploads == 1

    asyncio.run(run())


def test_an_upload_nobody_waits_for_ends_with_the_provider(tmp_path: Path) -> None:
    async def run() -> None:
        async with Storehouse() as house:
            house.delay = 30
            shelf, seller = Shelf(tmp_path), provider(house.url)
            work = asyncio.create_task(seller.stage(request(image=shelf.file()), shelf))
            await asyncio.sleep(0.05)
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
            await seller.close()
            assert not shelf.known

    asyncio.run(run())


def test_a_failed_upload_is_told_and_does_not_stick(tmp_path: Path) -> None:
    async def run() -> None:
        async with Storehouse() as house:
            shelf, seller = Shelf(tmp_path), provider(house.url)
            house.manner = rude.answers(page(401, b""))
            with pytest.raises(PollFailed):
                await seller.stage(request(a=shelf.file(), b=shelf.file(PNG + b"2")), shelf)
            house.manner = house.serve
            await seller.stage(request(a=shelf.file()), shelf)
            await seller.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "leaf",
    [FileMedia("/a.png", Kind.IMAGE), Ref("shot", "image"), Deferred("steps.a.text", {}), [Ref("a", "b")]],
)
def test_what_must_not_wait_any_more_is_a_bug(tmp_path: Path, leaf: Resolved) -> None:
    async def run() -> None:
        seller = provider("http://127.0.0.1:9")
        try:
            await seller.stage(request(image=leaf), Shelf(tmp_path))
        finally:
            await seller.close()

    with pytest.raises(Bug):
        asyncio.run(run())
