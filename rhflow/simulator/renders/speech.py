"""Speech: a text is spoken by whoever the order names, describes or lets be heard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import hearing, music, synth, voice
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.request import Request
from rhflow.simulator.renders.voice import Speaker

_EMOTIONS: dict[str, tuple[float, float, float]] = {
    "happy": (1.12, 1.06, 1.5),
    "surprised": (1.16, 1.05, 1.8),
    "angry": (1.08, 1.1, 1.5),
    "fearful": (1.14, 1.12, 1.1),
    "sad": (0.9, 0.84, 0.6),
    "disgusted": (0.94, 0.9, 0.9),
}
"""What a mood does to pitch, pace and liveliness."""
_NAMES = ("voice_id", "voiceId", "speakerId", "customSpeakerId", "custom_voice_id", "model")


def text_to_audio(request: Request) -> list[Rendered]:
    """The text as speech, with its pauses and the tune of its sentences; with lyrics it is music."""
    if request.text("lyrics") or "music" in request.order.endpoint:
        return music.text_to_music(request)
    kind = music.sound_format(request)
    path = request.folder / f"speech-1.{kind}"
    level = min(2.0, max(0.1, request.number("volume") or 1.0))
    spoken(
        words_of(request),
        path,
        request.dice,
        speaker_of(request),
        filters=f"volume={level:.2f},alimiter=limit=0.9",
        rate=music.sample_rate(request),
        bitrate=min(128, music.bitrate(request)),
    )
    return [Rendered(str(path), kind)]


def spoken(
    text: str,
    path: Path,
    dice: Dice,
    speaker: Speaker | None = None,
    *,
    filters: str = "alimiter=limit=0.9",
    rate: int = 44100,
    bitrate: int = 128,
) -> Path:
    """Write a text as speech, one channel, as loud as speech is."""
    samples = voice.speak(text, speaker or voice.somebody("", dice.split("speaker")), dice)
    loudest = max(0.05, max(map(abs, samples), default=1.0))
    filters = f"volume={0.8 / loudest:.4f},highpass=f=60,{filters}"
    synth.write(
        samples.tobytes(), path, channels=1, filters=filters, rate=rate, bitrate=bitrate, given=voice.RATE
    )
    return path


def words_of(request: Request) -> str:
    """What is to be said: a description of the voice is not."""
    said = request.text("text", "previewText", "demoText")
    if said:
        return said
    for name, value in request.order.arguments.items():
        if name.endswith("##text") and isinstance(value, str) and value.strip():
            return value
    return request.prompt or "…"


def speaker_of(request: Request) -> Speaker:
    """The voice: like a given recording, else after its name or description; then speed, pitch and mood."""
    described = " ".join(text for name in (*_NAMES, "prompt") if (text := request.text(name)))
    own = Dice(f"voice {described}") if described else request.dice.split("speaker")
    found = voice.somebody(described, own)
    if request.media():
        high = hearing.pitch(hearing.samples(hearing.given(request), most_s=20))
        if high:
            found = replace(found, pitch=high, throat=min(1.25, max(0.95, 1 + (high - 120) / 600)))
    lift, pace, lively = _EMOTIONS.get(request.text("emotion") or "", (1.0, 1.0, 1.0))
    lift *= 2 ** ((request.number("pitch") or 0) / 12)
    asked = min(2.0, max(0.5, request.number("speed", "voiceSpeed") or 1.0))
    return replace(found, pitch=found.pitch * lift, pace=found.pace * pace * asked, lively=lively)
