"""Music to hear: a score played by the synthesiser, mixed to stereo, coded as asked."""

from __future__ import annotations

from rhflow.simulator.order import Rendered
from rhflow.simulator.renders import score, synth
from rhflow.simulator.renders.dice import Dice
from rhflow.simulator.renders.request import Request

_FORMATS = {"mp3", "wav", "pcm"}


def text_to_music(request: Request) -> list[Rendered]:
    """As many pieces as asked for, a minute each where nobody said how long."""
    prompt = " ".join(
        text
        for text in (request.text(name) for name in ("prompt", "description", "tags", "title", "lyrics"))
        if text
    )
    seconds = request.seconds(default=60.0, longest=300.0)
    kind = sound_format(request)
    results = []
    for index in range(min(4, request.count())):
        dice = request.dice if index == 0 else request.dice.split(f"variation {index}")
        path = request.folder / f"music-{index + 1}.{kind}"
        raw = perform(score.compose(prompt, seconds, dice.split("score")), seconds, dice)
        ends = min(3.5, seconds / 5)
        begins, leaves = min(1.2, seconds / 6), seconds - ends
        fades = f"afade=t=in:d={begins:.3f},afade=t=out:st={leaves:.3f}:d={ends:.3f}:curve=qsin"
        synth.write(raw, path, channels=2, filters=fades, rate=sample_rate(request), bitrate=bitrate(request))
        results.append(Rendered(str(path), kind))
    return results


def sound_format(request: Request) -> str:
    """mp3, wav or pcm."""
    asked = (request.text("format", "outputFormat") or "mp3").lower()
    return asked if asked in _FORMATS else "mp3"


def sample_rate(request: Request) -> int:
    asked = round(request.number("sampleRate", "sample_rate") or 44100)
    return asked if asked in {16000, 22050, 24000, 32000, 44100, 48000} else 44100


def bitrate(request: Request) -> int:
    """Kilobits a second."""
    asked = round((request.number("bitrate") or 192000) / 1000)
    return min((32, 64, 96, 128, 160, 192, 256, 320), key=lambda rate: abs(rate - asked))


def perform(piece: score.Score, seconds: float, dice: Dice) -> bytes:
    """Play a score: raw stereo floats. Each different note is made once."""
    left, right = synth.silence(seconds), synth.silence(seconds)
    made: dict[tuple[str, int, float], synth.Sound] = {}
    for note in piece.notes:
        length = round(note.beats * piece.beat, 2)
        key = (note.voice, note.midi, length)
        if key not in made:
            made[key] = synth.player(note.voice)(synth.pitch(note.midi), length)
        at = round((note.at * piece.beat) * synth.RATE)
        synth.mix_into(left, made[key], at, note.loud * (0.5 - note.place / 2 * 0.8))
        synth.mix_into(right, made[key], at, note.loud * (0.5 + note.place / 2 * 0.8))
    left, right = (
        synth.room(track, dice.split(side), piece.room * 0.5)
        for track, side in ((left, "left"), (right, "right"))
    )
    drums = _drums(dice)
    for hit in piece.hits:
        at = round(hit.at * piece.beat * synth.RATE)
        synth.mix_into(left, drums[hit.drum], at, hit.loud * 0.5)
        synth.mix_into(right, drums[hit.drum], at, hit.loud * 0.5)
    return synth.interleaved(left, right)


def _drums(dice: Dice) -> dict[str, synth.Sound]:
    return {
        "kick": synth.kick(),
        "snare": synth.noise(0.22, dice.split("snare"), 0.055, high=False),
        "clap": synth.noise(0.16, dice.split("clap"), 0.035, high=False),
        "hat": synth.noise(0.09, dice.split("hat"), 0.02, high=True),
    }
