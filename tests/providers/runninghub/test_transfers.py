"""Bytes there and back: whole or not at all, in pieces, tried again."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from rhflow.ground.errors import StoreError
from rhflow.lifecycle.failure import FailureKind
from rhflow.ports import Download, JobReport, PollFailed, RemoteResult
from rhflow.providers.runninghub.client import RunningHubClient
from rhflow.providers.runninghub.downloads import suffix_of
from rhflow.providers.runninghub.parcels import Parcel
from rhflow.providers.runninghub.reading import Uploaded
from rhflow.providers.runninghub.transfers import Transfers
from tests.providers.runninghub import rude_server as rude
from tests.providers.runninghub.rude_server import RudeServer, answers, page
from tests.providers.runninghub.test_submits import KEY, QUICK, free_port, provider
from tests.providers.runninghub.test_verdicts import READER

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
WAITS = (0.01, 0.01)


def parcel(folder: Path, data: bytes = PNG, suffix: str = "png") -> Parcel:
    path = folder / "input"
    path.write_bytes(data)
    return Parcel(path, hashlib.sha256(data).hexdigest(), suffix)


async def with_transfers(
    manner: rude.Manner, work: Any, *, keeps_bodies: bool = True
) -> tuple[Any, RudeServer]:
    async with RudeServer(manner, keeps_bodies=keeps_bodies) as server:
        client = RunningHubClient(server.url, KEY, patience=QUICK)
        try:
            return await work(Transfers(client, READER, waits=WAITS), server.url), server
        finally:
            await client.close()


def upload(folder: Path, manner: rude.Manner, data: bytes = PNG) -> tuple[Uploaded, RudeServer]:
    sent = parcel(folder, data)
    return asyncio.run(with_transfers(manner, lambda transfers, _: transfers.upload(sent)))


def uploaded(code: int = 0) -> bytes:
    data = {
        "type": "image",
        "download_url": "https://files.example/a.png",
        "fileName": "openapi/a.png",
        "size": "3",
    }
    return page(200, {"code": code, "message": "success", "data": data})


def test_an_upload_is_one_part_with_its_length_and_the_key(tmp_path: Path) -> None:
    told, server = upload(tmp_path, answers(uploaded()))
    assert told == Uploaded("https://files.example/a.png", "openapi/a.png")
    (heard,) = server.heard
    assert (heard.method, heard.path) == ("POST", "/openapi/v2/media/upload/binary")
    assert heard.headers["authorization"] == f"Bearer {KEY}"
    assert heard.headers["content-length"] == str(len(heard.body))
    assert "transfer-encoding" not in heard.headers
    boundary = heard.headers["content-type"].partition("boundary=")[2].encode()
    head, _, rest = heard.body.partition(b"\r\n\r\n")
    assert head.startswith(b"--" + boundary)
    assert b'name="file"; filename="' in head
    assert b"Content-Type: image/png" in head
    assert rest == PNG + b"\r\n--" + boundary + b"--\r\n"


def test_200_is_a_success_too(tmp_path: Path) -> None:
    assert upload(tmp_path, answers(uploaded(200)))[0].url.startswith("https://")


def test_an_empty_file_goes_too(tmp_path: Path) -> None:
    assert upload(tmp_path, answers(uploaded()), b"")[0].url.startswith("https://")


async def cuts_the_first(line: rude.Line) -> None:
    await line.hear()
    if line.server.connections == 1:
        line.reset()
    else:
        await line.say(uploaded())


@pytest.mark.parametrize(
    "manner",
    [
        cuts_the_first,
        answers(page(503, b""), uploaded()),
        answers(page(429, b""), uploaded()),
        answers(page(200, {"code": 808, "message": "APIKEY_UPLOAD_FAILED"}), uploaded()),
        answers(page(200, {"code": 0, "data": {}}), uploaded()),
        answers(page(200, "<html>", "text/html"), uploaded()),
    ],
)
def test_an_upload_is_tried_again(tmp_path: Path, manner: rude.Manner) -> None:
    told, server = upload(tmp_path, manner)
    assert told.url.startswith("https://")
    assert server.connections == 2


@pytest.mark.parametrize(
    ("manner", "kind", "tries"),
    [
        (answers(page(401, b"")), FailureKind.UNAUTHORIZED, 1),
        (
            answers(page(200, {"code": 809, "message": "APIKEY_FILE_SIZE_EXCEEDED"})),
            FailureKind.REFUSED_INPUT,
            1,
        ),
        (answers(page(413, b"")), FailureKind.REFUSED_INPUT, 1),
        (answers(page(500, b"")), FailureKind.VENDOR_ERROR, 3),
        (rude.fin_after_all, FailureKind.VENDOR_ERROR, 3),
        (answers(page(200, {"code": 0, "data": {"download_url": "file:///x"}})), FailureKind.VENDOR_ERROR, 3),
    ],
)
def test_an_upload_that_fails(tmp_path: Path, manner: rude.Manner, kind: FailureKind, tries: int) -> None:
    async def run() -> None:
        async with RudeServer(manner) as server:
            client = RunningHubClient(server.url, KEY, patience=QUICK)
            with pytest.raises(PollFailed) as caught:
                await Transfers(client, READER, waits=WAITS).upload(parcel(tmp_path))
            await client.close()
            assert caught.value.failure.kind is kind
            assert server.connections == tries

    asyncio.run(run())


def test_a_file_that_changed_is_not_uploaded(tmp_path: Path) -> None:
    sent = parcel(tmp_path)
    sent.path.write_bytes(PNG[:-1] + b"!")
    with pytest.raises(PollFailed) as caught:
        asyncio.run(with_transfers(answers(uploaded()), lambda transfers, _: transfers.upload(sent)))
    assert (caught.value.failure.kind, caught.value.failure.code) == (FailureKind.LOCAL, "changed")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    sent = Parcel(tmp_path / "none", "0" * 64, "png")
    with pytest.raises(StoreError, match="cannot be read"):
        asyncio.run(with_transfers(answers(uploaded()), lambda transfers, _: transfers.upload(sent)))


def download(folder: Path, manner: rude.Manner, path: str = "/out/a.png") -> tuple[Path, RudeServer]:
    def work(transfers: Transfers, url: str) -> Any:
        return transfers.download(url + path, folder, "result-00")

    return asyncio.run(with_transfers(manner, work))


def test_a_download_arrives_whole_and_without_the_key(tmp_path: Path) -> None:
    path, server = download(tmp_path, answers(page(200, PNG, "image/png")), "/out/a.PNG?sign=abc")
    assert path == tmp_path / "result-00.png"
    assert path.read_bytes() == PNG
    assert list(tmp_path.iterdir()) == [path]
    assert "authorization" not in server.heard[0].headers


@pytest.mark.parametrize(
    ("path", "mime", "data", "name"),
    [
        ("/out/a", "image/png", PNG, "result-00.png"),
        ("/out/a", "application/octet-stream", b"\x01\x02", "result-00.bin"),
        ("/out/a.txt", "text/html", b"<html> is a text", "result-00.txt"),
        ("/out/a.json", "application/json", b"{}", "result-00.json"),
        ("/out/a.gltf", "application/json", b"{}", "result-00.gltf"),
        ("/out/a.svg", "image/svg+xml", b"<?xml ?><svg/>", "result-00.svg"),
        ("/out/a.png", "text/html", PNG, "result-00.png"),
        ("/out/%2e%2e%2fb.png", "image/png", PNG, "result-00.png"),
        ("/out/a.p%00ng", "image/png", PNG, "result-00.png"),
    ],
)
def test_what_a_download_is_called(tmp_path: Path, path: str, mime: str, data: bytes, name: str) -> None:
    assert download(tmp_path, answers(page(200, data, mime)), path)[0] == tmp_path / name


def test_a_redirect_is_followed_and_a_packed_body_unpacked(tmp_path: Path) -> None:
    packed = gzip.compress(PNG)
    manner = answers(
        page(302, b"", Location="/moved.png"), page(200, packed, "image/png", Content_Encoding="gzip")
    )
    assert download(tmp_path, manner)[0].read_bytes() == PNG


async def cut_short(line: rude.Line) -> None:
    await line.hear()
    await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + PNG)


async def cut_short_once(line: rude.Line) -> None:
    if line.server.connections == 1:
        await cut_short(line)
    else:
        await line.hear()
        await line.say(page(200, PNG, "image/png"))


async def stalls_midway(line: rude.Line) -> None:
    await line.hear()
    await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + PNG)
    await asyncio.sleep(3600)


def test_a_download_cut_short_is_tried_again(tmp_path: Path) -> None:
    path, server = download(tmp_path, cut_short_once)
    assert path.read_bytes() == PNG
    assert server.connections == 2


@pytest.mark.parametrize(
    ("manner", "kind", "tries"),
    [
        (cut_short, FailureKind.VENDOR_ERROR, 3),
        (rude.truncated_chunks, FailureKind.VENDOR_ERROR, 3),
        (rude.garbage, FailureKind.VENDOR_ERROR, 3),
        (rude.broken_gzip, FailureKind.VENDOR_ERROR, 3),
        (answers(page(200, b"", "image/png")), FailureKind.BAD_MEDIA, 3),
        (answers(page(200, "<html>expired</html>", "text/html")), FailureKind.BAD_MEDIA, 3),
        (answers(page(200, " <!DOCTYPE html>", "image/png")), FailureKind.BAD_MEDIA, 3),
        (answers(page(200, {"code": 1})), FailureKind.BAD_MEDIA, 3),
        (answers(page(403, "<Error>expired</Error>", "application/xml")), FailureKind.GONE, 1),
        (answers(page(404, b"")), FailureKind.GONE, 1),
        (answers(page(410, b"")), FailureKind.GONE, 1),
        (answers(page(400, b"")), FailureKind.VENDOR_ERROR, 1),
        (answers(page(204, b"")), FailureKind.VENDOR_ERROR, 1),
        (answers(page(429, b"")), FailureKind.THROTTLED, 3),
        (answers(page(502, b"")), FailureKind.VENDOR_ERROR, 3),
    ],
)
def test_a_download_that_fails_leaves_no_result(
    tmp_path: Path, manner: rude.Manner, kind: FailureKind, tries: int
) -> None:
    async def run() -> None:
        async with RudeServer(manner) as server:
            client = RunningHubClient(server.url, KEY, patience=QUICK)
            with pytest.raises(PollFailed) as caught:
                await Transfers(client, READER, waits=WAITS).download(server.url + "/a.png", tmp_path, "r")
            await client.close()
            assert caught.value.failure.kind is kind
            assert server.connections == tries
            assert not list(tmp_path.glob("*.png"))

    asyncio.run(run())


def test_a_download_that_stalls_ends(tmp_path: Path) -> None:
    seller = provider("http://127.0.0.1:9")

    async def run() -> None:
        async with RudeServer(stalls_midway) as server:
            with pytest.raises(PollFailed) as caught:
                await seller.collect(JobReport("succeeded", (RemoteResult(server.url + "/a.mp4"),)), tmp_path)
            await seller.close()
            assert caught.value.failure.repeatable

    asyncio.run(run())


def test_a_full_disk_is_told_as_that(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(StoreError, match="cannot be written"):
        download(blocked / "sub", answers(page(200, PNG, "image/png")))


def test_nobody_there_is_told_as_that(tmp_path: Path) -> None:
    async def run() -> None:
        client = RunningHubClient("http://127.0.0.1:9", KEY, patience=QUICK)
        with pytest.raises(PollFailed) as caught:
            await Transfers(client, READER, waits=()).download(
                f"http://127.0.0.1:{free_port()}/a.png", tmp_path, "r"
            )
        await client.close()
        assert caught.value.failure.code == "network"

    asyncio.run(run())


BIG = 48 * 1024 * 1024


def test_memory_stays_at_a_few_pieces_whatever_the_size(tmp_path: Path) -> None:
    data = tmp_path / "big"
    piece = bytes(1024 * 1024)
    digest = hashlib.sha256()
    with data.open("wb") as file:
        for _ in range(BIG // len(piece)):
            file.write(piece)
            digest.update(piece)
    sent = Parcel(data, digest.hexdigest(), "mp4")

    async def gives_big(line: rude.Line) -> None:
        heard = await line.hear()
        if heard.method == "POST":
            await line.say(uploaded())
            return
        await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BIG)
        for _ in range(BIG // len(piece)):
            await line.say(piece)

    async def work(transfers: Transfers, url: str) -> Path:
        await transfers.upload(sent)
        return await transfers.download(url + "/a.mp4", tmp_path, "r")

    tracemalloc.start()
    try:
        path, _ = asyncio.run(with_transfers(gives_big, work, keeps_bodies=False))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.stat().st_size == BIG
    assert peak < 16 * 1024 * 1024


def test_results_keep_their_order_and_texts_need_no_file(tmp_path: Path) -> None:
    async def run() -> None:
        async with RudeServer(answers(page(200, PNG, "image/png"))) as server:
            seller = provider(server.url)
            report = JobReport(
                "succeeded",
                (
                    RemoteResult(server.url + "/b.png", "png", None, "9"),
                    RemoteResult(None, None, "a haiku", "3"),
                    RemoteResult(server.url + "/output", "webp"),
                ),
            )
            found = await seller.collect(report, tmp_path)
            await seller.close()
            expires = 1_000_000.0 + 24 * 3600
            assert found == [
                Download(tmp_path / "result-00.png", None, server.url + "/b.png", expires, "9"),
                Download(None, "a haiku", None, None, "3"),
                Download(tmp_path / "result-02.webp", None, server.url + "/output", expires, None),
            ]

    asyncio.run(run())


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "nothing", ""])
def test_only_web_addresses_are_fetched(tmp_path: Path, url: str) -> None:
    async def run() -> None:
        seller = provider("http://127.0.0.1:9")
        with pytest.raises(PollFailed) as caught:
            await seller.collect(JobReport("succeeded", (RemoteResult(url),)), tmp_path)
        await seller.close()
        assert (caught.value.failure.kind, caught.value.failure.repeatable) == (FailureKind.BAD_MEDIA, False)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("url", "suffix"),
    [
        ("https://h/a/b.PNG?x=1.jpg#y.gif", "png"),
        ("https://h/a.b/c", ""),
        ("https://h/a.tar.gz", "gz"),
        ("https://h/.png", "png"),
        ("https://h/a.waytoolongtobe", ""),
        ("https://h/a.p-g", ""),
        ("https://h", ""),
        (".mp4", "mp4"),
        ("", ""),
    ],
)
def test_suffixes(url: str, suffix: str) -> None:
    assert suffix_of(url) == suffix
