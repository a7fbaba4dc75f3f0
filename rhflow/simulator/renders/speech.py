"""Sound that is no music: a voice that hums the words, and sounds made out of given ones."""

from __future__ import annotations

import math
import re
from pathlib import Path

from rhflow.media import ffmpeg, probe
from rhflow.media.ffmpeg import FfmpegError
from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import fonts, music, score, synth
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.errors import UnreadableInput
from rhflow.simulator.renders.request import Request

_SYLLABLE = re.compile(r"[aeiouyà-öø-ÿ]+", re.IGNORECASE)
_PIECE = re.compile(r"[^\W\d_]+|\d|[.,;:!?，。、；：！？…—]")
_PAUSES = {",": 0.18, "，": 0.18, "、": 0.14, ";": 0.26, "；": 0.26, ":": 0.24, "：": 0.24}
_EMOTIONS = {"happy": 1.18, "surprised": 1.25, "angry": 1.1, "fearful": 1.12, "sad": 0.86, "disgusted": 0.94}
LONGEST_TEXT = 4000


def text_to_audio(request: Request) -> list[Rendered]:
    """One soft tone per syllable, with the melody and the pauses of a sentence."""
    kind = music.sound_format(request)
    path = request.folder / f"speech-1.{kind}"
    pace = min(2.0, max(0.5, request.number("speed", "voiceSpeed") or 1.0))
    lift = 2 ** ((request.number("pitch") or 0) / 12) * _EMOTIONS.get(request.text("emotion") or "", 1.0)
    track = hum(request.prompt or "…", pace, lift, request.dice)
    loud = min(2.0, max(0.1, request.number("volume") or 1.0))
    synth.write(
        synth.scaled(track, 1.0).tobytes(),
        path,
        channels=1,
        filters=f"volume={loud:.2f},alimiter=limit=0.9",
        rate=music.sample_rate(request),
        bitrate=min(128, music.bitrate(request)),
    )
    return [Rendered(str(path), kind)]


def hum(text: str, pace: float, lift: float, dice: Dice) -> synth.Sound:
    """The words as a line of tones, 0.17 s to the syllable at pace 1."""
    base = dice.between(150, 230) * lift
    events: list[tuple[float, float, float]] = []
    now, since = 0.12, 0
    for piece in _PIECE.findall(text[:LONGEST_TEXT]):
        if not piece.isalnum():
            now += _PAUSES.get(piece, 0.36) / pace
            since = 0
            continue
        for _ in range(syllables(piece)):
            length = 0.17 * dice.between(0.82, 1.2) / pace
            fall = (
                base
                * (1.14 - 0.03 * min(since, 10))
                * (1 + 0.05 * math.sin(since * 1.7))
                * dice.between(0.97, 1.03)
            )
            events.append((now, length, fall))
            now += length
            since += 1
        now += 0.035 / pace
    track = synth.silence(now + 0.3)
    made: dict[tuple[int, int], synth.Sound] = {}
    for at, length, hertz in events:
        key = (round(hertz / 4), round(length * 50))
        if key not in made:
            made[key] = synth.note(synth.VOICES["voice"], key[0] * 4.0, key[1] / 50)
        synth.mix_into(track, made[key], round(at * synth.RATE), 0.5)
    return synth.softened(track)


def syllables(word: str) -> int:
    """Groups of vowels; a Chinese sign is one syllable, and so is a figure."""
    wide = sum(fonts.is_wide(sign) for sign in word)
    if wide:
        return wide
    groups = len(_SYLLABLE.findall(word))
    return max(1, groups - (word.lower().endswith("e") and groups > 1))


def audio_to_audio(request: Request) -> list[Rendered]:
    """The given sound, worked on: the stem asked for, a cover with new instruments, or a longer song."""
    source = _source(request)
    endpoint = request.order.endpoint
    if "extend" in endpoint:
        return [_extended(request, source)]
    if "vocal" in endpoint:
        filters = [("vocal", "highpass=f=180,lowpass=f=5200,volume=1.1")]
    elif "background" in endpoint:
        filters = [("background", "bandreject=f=1200:w=1800,volume=1.1")]
    elif "separation" in endpoint:
        filters = [("vocal", "highpass=f=180,lowpass=f=5200"), ("background", "bandreject=f=1200:w=1800")]
    else:
        filters = [("cover", "asetrate=44100*1.06,aresample=44100,aecho=0.8:0.6:60:0.25")]
    return [_filtered(request, source, name, f"aresample=44100,{text}") for name, text in filters]


def _filtered(request: Request, source: Path, name: str, filters: str) -> Rendered:
    kind = music.sound_format(request)
    path = request.folder / f"{name}-1.{kind}"
    ffmpeg.run(["-i", str(source), "-map", "0:a:0", "-af", filters, *synth.coder(path.suffix), str(path)])
    return Rendered(str(path), kind)


def _extended(request: Request, source: Path) -> Rendered:
    """The song and thirty seconds more, blended into each other; before it where the head was asked for."""
    kind = music.sound_format(request)
    path = request.folder / f"song-1.{kind}"
    added = request.folder / "added.wav"
    raw = music.perform(score.compose(request.prompt, 30.0, request.dice.split("score")), 30.0, request.dice)
    synth.write(raw, added, channels=2, filters="afade=t=out:st=26:d=4")
    order = "[1:a][x]" if request.text("extendType") == "head" else "[x][1:a]"
    graph = f"[0:a]aresample=44100,aformat=channel_layouts=stereo[x];{order}acrossfade=d=2"
    inputs = ["-i", str(source), "-i", str(added)]
    try:
        ffmpeg.run([*inputs, "-filter_complex", graph, *synth.coder(path.suffix), str(path)])
    except FfmpegError as error:
        raise UnreadableInput(f"The input {source.name} cannot be carried on") from error
    finally:
        added.unlink(missing_ok=True)
    return Rendered(str(path), kind)


def _source(request: Request) -> Path:
    files = request.media()
    if not files:
        raise UnreadableInput("There is no sound among the inputs")
    found = probe.probe(files[0])
    if found is None or not found.has_audio:
        raise UnreadableInput(f"The input {files[0].name} is no sound that can be read")
    return files[0]
