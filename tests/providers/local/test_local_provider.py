"""The local provider through its five verbs, with real work and real children."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rhflow.catalog.model import Model
from rhflow.catalog.price import FREE
from rhflow.ground.media import Kind
from rhflow.ground.references import BlobMedia, FileMedia, Resolved, UrlMedia
from rhflow.ground.values import JsonObject
from rhflow.lifecycle.failure import FailureKind
from rhflow.media import ffmpeg
from rhflow.media.probe import probe
from rhflow.ports import Accepted, JobReport, PollFailed, Provider, Refused, Request, Staged
from rhflow.providers.local import provider as rooms
from rhflow.providers.local.provider import LocalProvider
from rhflow.providers.local.registry import local_models, local_steps
from rhflow.providers.local.step import Step, StepFailed
from tests.providers.local.studio import GREEN, RED, Studio


class Shelf:
    """Uploads as a provider sees them: bytes by path, nothing remembered."""

    def __init__(self, blobs: dict[str, Path] | None = None) -> None:
        self._blobs = blobs or {}

    def open_path(self, media: FileMedia | BlobMedia) -> Path:
        path = Path(media.path) if isinstance(media, FileMedia) else self._blobs[media.sha256]
        if not path.is_file():
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return path

    async def recall(self, realm: str, sha256: str) -> str | None:
        return None

    async def remember(self, realm: str, sha256: str, url: str, expires: float) -> None:
        raise AssertionError("nothing is uploaded")


async def finished(provider: LocalProvider, job: str, within: float = 20) -> JobReport:
    until = time.monotonic() + within
    while time.monotonic() < until:
        report = await provider.report(job)
        if report.state not in ("queued", "running"):
            return report
        await asyncio.sleep(0.02)
    raise AssertionError(f"{job} is still {report.state}")


def left_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_it_is_a_provider_and_free(tmp_path: Path) -> None:
    provider: Provider = LocalProvider(tmp_path)
    assert (provider.name, provider.realm, provider.is_paid) == ("local", "local", False)


def test_every_step_is_a_free_model_with_a_version() -> None:
    models = local_models()
    assert {model.id for model in models} >= {
        f"local/{name}" for name in ("concat", "trim", "mux", "last_frame")
    }
    for model in models:
        assert model.is_local
        assert model.price == FREE
        assert model.task == model.family == "local"
        assert len({param.name for param in model.params}) == len(model.params)


def test_from_media_to_a_film(studio: Studio, tmp_path: Path) -> None:
    red, green = studio.clip("red.mp4", RED), studio.clip("green.mp4", GREEN)
    arguments: dict[str, Resolved] = {
        "clips": [FileMedia(str(red), Kind.VIDEO), BlobMedia("ab" * 32, Kind.VIDEO, "mp4"), None],
        "captions": ["one", "two", ""],
    }

    async def go() -> None:
        provider = LocalProvider(tmp_path / "work")
        staged = await provider.stage(Request("local/concat", arguments), Shelf({"ab" * 32: green}))
        assert staged == Staged(
            "local/concat", {"clips": [str(red), str(green), None], "captions": ["one", "two", ""]}
        )
        assert await provider.submit(staged, "attempt-1") == Accepted("attempt-1")
        assert (await provider.report("attempt-1")).state in ("queued", "running")
        report = await finished(provider, "attempt-1")
        assert report.state == "succeeded", report
        assert [result.type for result in report.results] == ["mp4"]
        downloads = await provider.collect(report, tmp_path / "out")
        assert [item.path for item in downloads] == [tmp_path / "out" / "film.mp4"]
        assert probe(tmp_path / "out" / "film.mp4").seconds == pytest.approx(2, abs=0.05)
        with pytest.raises(PollFailed) as gone:
            await provider.collect(report, tmp_path / "out")
        assert gone.value.failure.kind is FailureKind.GONE
        await provider.close()

    asyncio.run(go())
    assert left_in(tmp_path) == [str(Path("out") / "film.mp4")]
    assert red.exists()


class TestStage:
    def stage(self, tmp_path: Path, value: Resolved) -> Staged:
        provider = LocalProvider(tmp_path)
        return asyncio.run(provider.stage(Request("local/concat", {"clips": [value]}), Shelf()))

    @pytest.mark.parametrize("url", ["https://host.example/a.mp4", "http://host.example/a", "asset://7"])
    def test_what_is_elsewhere_is_refused_with_a_way_out(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(PollFailed) as refused:
            self.stage(tmp_path, UrlMedia(url, Kind.VIDEO))
        failure = refused.value.failure
        assert failure.kind is FailureKind.REFUSED_INPUT
        assert url in failure.message
        assert "file" in (failure.hint or "")
        assert not failure.repeatable

    @pytest.mark.parametrize("form", ["data:image/png;base64,{}", "data:image/png;BASE64,{}", "data:,{}"])
    def test_a_data_uri_becomes_a_file(self, tmp_path: Path, form: str) -> None:
        data = b"\x89PNG\r\n\x1a\n and more \x00\xff"
        packed = base64.b64encode(data).decode() if "64" in form else "".join(f"%{byte:02x}" for byte in data)
        staged = self.stage(tmp_path, UrlMedia(form.format(packed), Kind.IMAGE))
        again = self.stage(tmp_path, UrlMedia(form.format(packed), Kind.IMAGE))
        assert staged == again
        (path,) = staged.body["clips"]
        assert Path(path).read_bytes() == data
        assert path.endswith(".png")
        assert Path(path).is_absolute()

    @pytest.mark.parametrize("uri", ["data:image/png;base64,", "data:image/png;base64,@@@", "data:image/png"])
    def test_a_data_uri_without_bytes_is_refused(self, tmp_path: Path, uri: str) -> None:
        with pytest.raises(PollFailed, match="no bytes"):
            self.stage(tmp_path, UrlMedia(uri, Kind.IMAGE))

    def test_a_file_that_has_gone_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(PollFailed, match=r"gone\.mp4 cannot be read"):
            self.stage(tmp_path, FileMedia(str(tmp_path / "gone.mp4"), Kind.VIDEO))


Act = Callable[[JsonObject, Path], Awaitable[list[Path]]]


@pytest.fixture
def teach(monkeypatch: pytest.MonkeyPatch) -> Callable[[Act], Staged]:
    """Give the provider one more step, `local/act`."""

    def add(act: Act) -> Staged:
        model = Model(
            endpoint="local/act",
            names=("local/act",),
            task="local",
            family="local",
            output=Kind.VIDEO,
            params=(),
            price=FREE,
            version=1,
        )
        steps = {**local_steps(), "local/act": Step(model, act)}
        monkeypatch.setattr(rooms, "local_steps", lambda: steps)
        return Staged("local/act", {})

    return add


class TestFailures:
    def run(self, folder: Path, staged: Staged) -> JobReport:
        async def go() -> JobReport:
            provider = LocalProvider(folder)
            await provider.submit(staged, "a")
            report = await finished(provider, "a")
            assert left_in(folder) == []
            await provider.close()
            return report

        return asyncio.run(go())

    def test_a_step_that_cannot(self, tmp_path: Path) -> None:
        bad = tmp_path / "bad.mp4"
        bad.write_bytes(b"no film")
        report = self.run(tmp_path / "work", Staged("local/concat", {"clips": [str(bad)]}))
        assert report.state == "failed"
        assert report.failure is not None
        assert report.failure.kind is FailureKind.LOCAL
        assert report.failure.message == "clips[0] (bad.mp4) is no media file"
        assert not report.failure.repeatable

    @pytest.mark.parametrize(
        ("error", "said", "repeatable"),
        [
            (StepFailed("No.", "Do this."), "No.", False),
            (ffmpeg.FfmpegError("broken pipe"), "local/act: broken pipe", False),
            (OSError(28, "No space left on device"), "No space left on device", True),
            (ZeroDivisionError("by zero"), "local/act broke: ZeroDivisionError: by zero", False),
        ],
        ids=lambda item: type(item).__name__,
    )
    def test_each_becomes_a_sentence(
        self, tmp_path: Path, teach: Callable[[Act], Staged], error: Exception, said: str, repeatable: bool
    ) -> None:
        async def act(_args: JsonObject, workdir: Path) -> list[Path]:
            (workdir / "half.tmp").write_bytes(b"x")
            raise error

        report = self.run(tmp_path, teach(act))
        assert report.failure is not None
        assert said in report.failure.message
        assert report.failure.repeatable is repeatable
        assert report.failure.charged == "no"

    def test_an_unknown_step_is_refused(self, tmp_path: Path) -> None:
        answer = asyncio.run(LocalProvider(tmp_path).submit(Staged("local/bake", {}), "a"))
        assert isinstance(answer, Refused)
        assert "local/bake" in answer.failure.message
        assert "local/concat" in (answer.failure.hint or "")

    def test_a_folder_that_cannot_be_made_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        answer = asyncio.run(LocalProvider(tmp_path / "file").submit(Staged("local/concat", {}), "a"))
        assert isinstance(answer, Refused)
        assert answer.failure.repeatable

    def test_a_job_of_an_earlier_process_was_interrupted(self, tmp_path: Path) -> None:
        left = tmp_path / "jobs" / "old-one" / "0001.mp4"
        left.parent.mkdir(parents=True)
        left.write_bytes(b"half")
        report = asyncio.run(LocalProvider(tmp_path).report("old-one"))
        assert report.state == "failed"
        assert report.failure is not None
        assert report.failure.repeatable
        assert report.failure.kind is FailureKind.LOCAL
        assert "interrupted" in report.failure.message
        assert not left.exists()


def children() -> list[str]:
    """Processes this one started that still exist, zombies included (Linux)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)
        except OSError:
            continue
        if int(fields[1].split()[1]) == os.getpid() and "ffmpeg" in fields[0]:
            found.append(fields[0])
    return found


@pytest.fixture
def endless(studio: Studio) -> JsonObject:
    """A film whose making takes far longer than any of these tests."""
    clip = studio.clip("long.mp4", RED, size="640x360", fps="30", seconds=60)
    return {"clips": [str(clip)] * 12, "resolution": "4k"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
class TestStopping:
    async def until_it_works(self) -> None:
        """Until a child is at work, and again a moment later: between two there is none."""
        for pause in (0.3, 0.0):
            for _ in range(2000):
                if children():
                    break
                await asyncio.sleep(0.01)
            else:
                raise AssertionError("nothing works")
            await asyncio.sleep(pause)

    def test_cancel_kills_within_a_second(self, tmp_path: Path, endless: JsonObject) -> None:
        async def go() -> None:
            provider = LocalProvider(tmp_path)
            await provider.submit(Staged("local/concat", endless), "a")
            await self.until_it_works()
            assert left_in(tmp_path)
            before = time.monotonic()
            assert await provider.cancel("a") is True
            assert time.monotonic() - before < 1
            assert children() == []
            assert left_in(tmp_path) == []
            assert (await provider.report("a")).state == "cancelled"
            assert await provider.cancel("a") is False
            assert await provider.cancel("b") is False
            await provider.close()

        asyncio.run(go())

    def test_close_kills_everything(self, tmp_path: Path, endless: JsonObject) -> None:
        async def go() -> None:
            provider = LocalProvider(tmp_path)
            for name in "abcdefgh":
                await provider.submit(Staged("local/concat", endless), name)
            await self.until_it_works()
            states = [(await provider.report(name)).state for name in "abcdefgh"]
            assert states.count("running") <= (os.cpu_count() or 2)
            assert len(children()) <= (os.cpu_count() or 2)
            before = time.monotonic()
            await provider.close()
            assert time.monotonic() - before < 1
            assert children() == []

        asyncio.run(go())
        assert left_in(tmp_path) == []
        assert list(tmp_path.iterdir()) == []

    def test_a_cancelled_job_that_waited_in_line(self, tmp_path: Path, endless: JsonObject) -> None:
        async def go() -> None:
            provider = LocalProvider(tmp_path)
            for number in range((os.cpu_count() or 2) + 1):
                await provider.submit(Staged("local/concat", endless), str(number))
            last = str(os.cpu_count() or 2)
            await self.until_it_works()
            assert (await provider.report(last)).state == "queued"
            assert await provider.cancel(last)
            assert (await provider.report(last)).state == "cancelled"
            await provider.close()

        asyncio.run(go())


def test_the_same_attempt_is_done_once(tmp_path: Path, teach: Callable[[Act], Staged]) -> None:
    runs: list[Path] = []

    async def act(_args: JsonObject, workdir: Path) -> list[Path]:
        runs.append(workdir)
        await asyncio.sleep(0.05)
        (workdir / "a.txt").write_text("说", encoding="utf-8")
        (workdir / "b.mp4").write_bytes(b"b")
        return [workdir / "a.txt", workdir / "b.mp4"]

    async def go() -> None:
        provider = LocalProvider(tmp_path)
        staged = teach(act)
        name = "run:1/shots[2] take=1"  # no file name of any system
        assert await provider.submit(staged, name) == await provider.submit(staged, name) == Accepted(name)
        report = await finished(provider, name)
        assert [(result.type, result.text) for result in report.results] == [("txt", "说"), ("mp4", None)]
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "b.mp4").write_bytes(b"another's")
        text, film = await provider.collect(report, tmp_path / "out")
        assert (text.text, text.path) == ("说", None)
        assert film.path == tmp_path / "out" / "b-2.mp4"
        await provider.close()

    asyncio.run(go())
    assert len(runs) == 1
    assert not runs[0].exists()


def test_a_cancelled_submitter_does_not_take_the_job_with_it(
    tmp_path: Path, teach: Callable[[Act], Staged]
) -> None:
    async def act(_args: JsonObject, workdir: Path) -> list[Path]:
        await asyncio.sleep(0.1)
        (workdir / "b.mp4").write_bytes(b"b")
        return [workdir / "b.mp4"]

    async def go() -> None:
        provider = LocalProvider(tmp_path)
        staged = teach(act)

        async def caller() -> None:
            await provider.submit(staged, "a")
            await asyncio.sleep(10)

        task = asyncio.create_task(caller())
        await asyncio.sleep(0.02)
        task.cancel()
        assert (await finished(provider, "a")).state == "succeeded"
        await provider.close()

    asyncio.run(go())
