"""Sounds made out of given ones: taken apart, covered in another manner, carried on, described."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from rhflow.media import ffmpeg, probe
from rhflow.media.ffmpeg import FfmpegError
from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import hearing, manners, music, score, song, synth
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import Request

_NOTES = ("C", "C sharp", "D", "E flat", "E", "F", "F sharp", "G", "A flat", "A", "B flat", "B")
_LONGEST_S = 240.0
_STEREO = "aresample=44100,aformat=channel_layouts=stereo"
_VOICE = "highpass=f=170,lowpass=f=5200"
_VOCAL = f"{_STEREO},pan=mono|c0=0.5*c0+0.5*c1,{_VOICE},pan=stereo|c0=c0|c1=c0"
"""Singers stand in the middle: what both sides have in common, where voices are."""
_BACKGROUND = (
    f"{_STEREO},asplit=3[w][l][h];[w]pan=stereo|c0=c0-c1|c1=c0-c1[s];[l]lowpass=f=140:p=2[b];"
    "[h]highpass=f=6000:p=2[t];[s][b][t]amix=inputs=3:normalize=0"
)
"""What both sides do not have in common, and what lies below and above voices."""


def audio_to_audio(request: Request) -> list[Rendered]:
    """The given sound, worked on: the part asked for, a cover, or a longer song."""
    source = hearing.given(request)
    endpoint = request.order.endpoint
    if "extend" in endpoint:
        return [_extended(request, source)]
    parts: list[tuple[str, str]] = []
    if "vocal" in endpoint or "separation" in endpoint:
        parts.append(("vocal", _VOCAL))
    if "background" in endpoint or "instrumental" in endpoint or "separation" in endpoint:
        parts.append(("background", _BACKGROUND))
    if parts:
        return [_filtered(request, source, name, filters) for name, filters in parts]
    return [_covered(request, source)]


def described(request: Request) -> list[Rendered]:
    """What a registered voice or song is answered with: a name to use later, and what was heard."""
    source = hearing.given(request)
    sound = hearing.samples(source, most_s=60)
    found = probe.probe(source)
    beat = hearing.pace(sound)
    key, is_major, _ = hearing.chords(source, beat * 4, most_s=30)
    name = request.order.endpoint.rsplit("/", 1)[-1]
    answer = {
        "id": f"{name}-{request.dice.seed[:16]}",
        "status": "ready",
        "duration": round(found.seconds or 0.0, 2) if found else 0.0,
        "bpm": round(60 / beat),
        "key": f"{_NOTES[key]} {'major' if is_major else 'minor'}",
        "voice_hz": round(high) if (high := hearing.pitch(sound)) else None,
    }
    return [Rendered(None, "txt", json.dumps(answer, ensure_ascii=False))]


def _filtered(request: Request, source: Path, name: str, filters: str) -> Rendered:
    kind = music.sound_format(request)
    path = request.folder / f"{name}-1.{kind}"
    graph = f"[0:a:0]{filters}[out]"
    ffmpeg.run(
        ["-i", str(source), "-filter_complex", graph, "-map", "[out]", *synth.coder(path.suffix), str(path)]
    )
    return Rendered(str(path), kind)


def _covered(request: Request, source: Path) -> Rendered:
    """The same song in another manner: its own chords at its own pace, played by others; its voice stays."""
    found = probe.probe(source)
    seconds = min(_LONGEST_S, (found.seconds if found else None) or 30.0)
    with_it = _heard(source)
    dice = request.dice.split("cover")
    played = score.compose(request.prompt, seconds, dice, given=with_it)
    lines = song.lines_of(request.text("lyrics") or "")
    singing = song.sung(lines, played, music.singer(request, dice), dice) if lines else None
    raw = music.perform(played, seconds, dice, singing)
    kind = music.sound_format(request)
    path = request.folder / f"cover-1.{kind}"
    with TemporaryDirectory(dir=request.folder) as held:
        band = Path(held) / "band.wav"
        synth.write(raw, band, channels=2, filters="volume=0.8")
        kept = 0.12 if lines else 0.75
        graph = (
            f"[0:a:0]{_VOCAL},loudnorm=I=-18,aresample=44100,volume={kept}[v];"
            f"[1:a:0]aresample=44100[b];[v][b]amix=inputs=2:normalize=0:duration=longest,alimiter=limit=0.92[out]"
        )
        _mixed(request, [source, band], graph, path, seconds)
    return Rendered(str(path), kind)


def _heard(source: Path) -> score.Given:
    """Pace, key and chords of a song."""
    beat = hearing.pace(hearing.samples(source, most_s=90))
    key, is_major, degrees = hearing.chords(source, beat * 4, most_s=_LONGEST_S)
    scale = manners.MAJOR if is_major else manners.MINOR
    return score.Given(beat, 48 + (key if key < 8 else key - 12), degrees, scale)


def _extended(request: Request, source: Path) -> Rendered:
    """The song and more of it, blended: from `extendAt` on, or before it where the head was asked for."""
    kind = music.sound_format(request)
    path = request.folder / f"song-1.{kind}"
    found = probe.probe(source)
    whole = (found.seconds if found else None) or 30.0
    like = _heard(source)
    lines = song.lines_of(request.text("lyrics") or "")
    added = min(120.0, song.length(lines, like.beat)) if lines else 30.0
    dice = request.dice.split("extend")
    played = score.compose(
        request.prompt,
        added,
        dice,
        given=score.Given(like.beat, like.key, (), like.scale),
        is_sung=bool(lines),
    )
    singing = song.sung(lines, played, music.singer(request, dice), dice) if lines else None
    is_head = request.text("extendType") == "head"
    cut = (request.number("extendAt") or 0) / 1000
    kept = min(whole, cut) if 0 < cut < whole and not is_head else whole
    with TemporaryDirectory(dir=request.folder) as held:
        more = Path(held) / "more.wav"
        synth.write(
            music.perform(played, added, dice, singing),
            more,
            channels=2,
            filters=f"afade=t=out:st={added - 4:.2f}:d=4",
        )
        order = "[b][a]" if is_head else "[a][b]"
        fade = min(2.0, kept / 3, added / 3)
        graph = (
            f"[0:a:0]{_STEREO},atrim=0:{kept:.3f}[a];[1:a:0]{_STEREO}[b];{order}acrossfade=d={fade:.2f}[out]"
        )
        _mixed(request, [source, more], graph, path, None)
    return Rendered(str(path), kind)


def _mixed(request: Request, files: list[Path], graph: str, path: Path, seconds: float | None) -> None:
    """Run a graph over files into one.

    Raises:
        UnreadableInput: the first of them cannot be worked with.
    """
    inputs = [part for file in files for part in ("-i", str(file))]
    end = ["-t", f"{seconds:.3f}"] if seconds else []
    rate = ["-ar", str(music.sample_rate(request))]
    coder = synth.coder(path.suffix, music.bitrate(request))
    try:
        ffmpeg.run([*inputs, "-filter_complex", graph, "-map", "[out]", *end, *rate, *coder, str(path)])
    except FfmpegError as error:
        raise UnreadableInput(f"The input {files[0].name} cannot be worked with") from error
