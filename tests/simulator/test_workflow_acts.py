"""Every act of a node, with the real renderer: sizes, frames and sounds come out as the graph says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops

from rhflow.media import ffmpeg
from rhflow.media.probe import Probe, probe
from rhflow.simulator.order import Order, Rendered, RenderFailed
from rhflow.simulator.renders import render
from rhflow.simulator.workflows.graph import BadGraph, read_graph
from rhflow.simulator.workflows.judge import judge
from rhflow.simulator.workflows.machine_time import machine_seconds
from rhflow.simulator.workflows.node import node_kinds
from rhflow.simulator.workflows.perform import ACTS, perform
from tests.simulator.test_server_files import picture

Graph = dict[str, tuple[str, dict[str, Any]]]

MODEL: Graph = {
    "4": ("CheckpointLoaderSimple", {"ckpt_name": "x"}),
    "6": ("CLIPTextEncode", {"text": "a heron", "clip": ["4", 1]}),
    "7": ("CLIPTextEncode", {"text": "blurry", "clip": ["4", 1]}),
}
SAMPLER: dict[str, Any] = {
    "seed": 1,
    "steps": 2,
    "cfg": 1.0,
    "sampler_name": "euler",
    "scheduler": "simple",
    "denoise": 1.0,
    "model": ["4", 0],
    "positive": ["6", 0],
    "negative": ["7", 0],
    "latent_image": ["5", 0],
}


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A picture of 96 by 64, a clip of 2 s at 8 frames a second with sound, a tone of 1 s."""
    folder = tmp_path_factory.mktemp("media")
    Image.open(_written(folder / "small.png", picture("red", size=64))).resize((96, 64)).save(
        folder / "picture.png"
    )
    clip = [
        "-f",
        "lavfi",
        "-i",
        "testsrc=s=96x64:d=2:r=8",
        "-f",
        "lavfi",
        "-i",
        "sine=d=2",
        "-pix_fmt",
        "yuv420p",
        "-shortest",
    ]
    ffmpeg.run([*clip, str(folder / "clip.mp4")])
    ffmpeg.run(["-f", "lavfi", "-i", "sine=d=1", str(folder / "tone.mp3")])
    return {
        name: str(folder / file)
        for name, file in (("image", "picture.png"), ("film", "clip.mp4"), ("tone", "tone.mp3"))
    }


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def carried_out(folder: Path, nodes: Graph, files: dict[str, str] | None = None) -> list[Rendered]:
    """The results of a graph that ComfyUI would take."""
    told = {name: {"class_type": kind, "inputs": inputs} for name, (kind, inputs) in nodes.items()}
    verdict = judge(read_graph(told), lambda _kind, _name: True)
    assert verdict.is_good, verdict.tips(read_graph(told))
    order = Order(
        endpoint="workflow/1",
        task="workflow",
        output="workflow",
        arguments={"graph": told, "id": "1", "name": "Test / me", "metadata": False},
        media={where: [file] for where, file in (files or {}).items()},
        folder=str(folder),
    )
    outcome = perform(order, render)
    assert not isinstance(outcome, RenderFailed), outcome
    return outcome


def looked_at(item: Rendered) -> Probe:
    assert item.path
    found = probe(Path(item.path))
    assert found is not None
    return found


def test_every_act_has_a_doer() -> None:
    assert {kind.act for kind in node_kinds().values()} == set(ACTS)


def test_a_picture_has_the_size_of_its_canvas(tmp_path: Path) -> None:
    made = carried_out(
        tmp_path,
        {
            **MODEL,
            "5": ("EmptyLatentImage", {"width": 256, "height": 128, "batch_size": 2}),
            "3": ("KSampler", SAMPLER),
            "8": ("VAEDecode", {"samples": ["3", 0], "vae": ["4", 2]}),
            "9": ("SaveImage", {"images": ["8", 0]}),
        },
    )
    assert [(looked_at(item).width, looked_at(item).height, item.node) for item in made] == [
        (256, 128, "9")
    ] * 2
    assert made[0].path
    assert made[1].path
    assert Path(made[0].path).read_bytes() != Path(made[1].path).read_bytes()


def test_a_film_has_its_frames_at_its_rate(tmp_path: Path, media: dict[str, str]) -> None:
    nodes: Graph = {
        **MODEL,
        "1": ("LoadImage", {"image": "a.png"}),
        "5": ("WanImageToVideo", {
            "positive": ["6", 0], "negative": ["7", 0], "vae": ["4", 2], "start_image": ["1", 0],
            "width": 128, "height": 96, "length": 17, "batch_size": 1,
        }),
        "3": ("KSampler", {**SAMPLER, "positive": ["5", 0], "negative": ["5", 1], "latent_image": ["5", 2]}),
        "10": ("VAEDecode", {"samples": ["3", 0], "vae": ["4", 2]}),
        "2": ("RIFE VFI", {"frames": ["10", 0], "multiplier": 2}),
        "8": ("VHS_VideoCombine", {"images": ["10", 0], "frame_rate": 8, "format": "video/h264-mp4"}),
        "9": ("VHS_VideoCombine", {
            "images": ["2", 0], "frame_rate": 16, "pingpong": True, "format": "video/webm",
        }),
    }  # fmt: skip
    by_node = {item.node: item for item in carried_out(tmp_path, nodes, {"1.image": media["image"]})}
    plain, smooth = looked_at(by_node["8"]), looked_at(by_node["9"])
    assert (plain.width, plain.height, plain.fps) == (128, 96, 8)
    assert plain.seconds == pytest.approx(17 / 8, abs=0.1)
    assert by_node["9"].type == "webm"
    assert smooth.fps == pytest.approx(16)
    assert smooth.seconds == pytest.approx(2 * 34 / 16, abs=0.2)
    assert machine_seconds(read_graph({"1": {"class_type": "Unknown", "inputs": {}}})) == 1


def test_films_are_loaded_cut_scored_and_shown(tmp_path: Path, media: dict[str, str]) -> None:
    nodes: Graph = {
        "1": ("VHS_LoadVideo", {
            "video": "a.mp4", "force_rate": 4, "frame_load_cap": 4, "skip_first_frames": 2,
            "custom_width": 48, "custom_height": 0,
        }),
        "2": ("LoadAudio", {"audio": "a.mp3"}),
        "3": ("AudioVolume", {"audio": ["2", 0], "volume": 0.5}),
        "4": ("VHS_VideoCombine", {
            "images": ["1", 0], "audio": ["3", 0], "frame_rate": 4, "trim_to_audio": False,
        }),
        "5": ("SaveImage", {"images": ["1", 0]}),
        "6": ("PreviewAny", {"source": ["1", 1]}),
        "7": ("LoadVideo", {"file": "a.mp4"}),
        "8": ("GetVideoComponents", {"video": ["7", 0]}),
        "9": ("CreateVideo", {"images": ["8", 0], "audio": ["8", 1], "fps": ["8", 2]}),
        "10": ("SaveVideo", {"video": ["9", 0]}),
        "11": ("SaveAudio", {"audio": ["8", 1]}),
        "12": ("RIFE VFI", {"frames": ["8", 0], "multiplier": 2}),
        "13": ("VHS_VideoCombine", {"images": ["12", 0], "frame_rate": 16, "format": "image/gif"}),
    }  # fmt: skip
    files = {"1.video": media["film"], "2.audio": media["tone"], "7.file": media["film"]}
    made: dict[str | None, list[Rendered]] = {}
    for item in carried_out(tmp_path, nodes, files):
        made.setdefault(item.node, []).append(item)
    scored = looked_at(made["4"][0])
    assert (scored.width, scored.fps, scored.has_audio) == (48, 4, True)
    assert scored.seconds == pytest.approx(1, abs=0.1)
    assert len(made["5"]) == 4, "four frames, four pictures"
    assert made["6"][0].text == "4"
    whole = looked_at(made["10"][0])
    assert (whole.width, whole.height, whole.fps, whole.has_audio) == (96, 64, 8, True)
    assert made["11"][0].type == "flac"
    assert made["13"][0].type == "gif"


def test_pictures_are_worked_on(tmp_path: Path, media: dict[str, str]) -> None:
    nodes: Graph = {
        "1": ("LoadImage", {"image": "a.png"}),
        "2": (
            "ImageScale",
            {"image": ["1", 0], "upscale_method": "area", "width": 40, "height": 40, "crop": "center"},
        ),
        "3": ("ImageScaleToTotalPixels", {"image": ["1", 0], "upscale_method": "area", "megapixels": 0.01}),
        "4": ("ImageCrop", {"image": ["1", 0], "width": 20, "height": 10, "x": 90, "y": 0}),
        "5": ("ImageInvert", {"image": ["1", 0]}),
        "6": (
            "ImageBlend",
            {"image1": ["1", 0], "image2": ["5", 0], "blend_factor": 0.5, "blend_mode": "normal"},
        ),
        "7": ("ImageBlur", {"image": ["1", 0], "blur_radius": 3, "sigma": 1.0}),
        "8": ("ImageSharpen", {"image": ["7", 0], "sharpen_radius": 2, "sigma": 1.0, "alpha": 1.0}),
        "9": ("ImageBatch", {"image1": ["2", 0], "image2": ["8", 0]}),
        "10": ("UpscaleModelLoader", {"model_name": "2x-nice.pth"}),
        "11": ("ImageUpscaleWithModel", {"image": ["1", 0], "upscale_model": ["10", 0]}),
        **{f"s{node}": ("SaveImage", {"images": [node, 0]}) for node in ("2", "3", "4", "5", "6", "9", "11")},
    }
    made: dict[str | None, list[Probe]] = {}
    for item in carried_out(tmp_path, nodes, {"1.image": media["image"]}):
        made.setdefault(item.node, []).append(looked_at(item))
    sizes = {node: [(found.width, found.height) for found in items] for node, items in made.items()}
    assert sizes["s2"] == [(40, 40)]
    assert sizes["s3"][0][0] * sizes["s3"][0][1] == pytest.approx(10_486, rel=0.03)
    assert sizes["s4"] == [(6, 10)]
    assert sizes["s9"] == [(40, 40), (96, 64)]
    assert sizes["s11"] == [(192, 128)]
    grey = next(path for path in (tmp_path / "node-s6").iterdir())
    assert all(abs(band - 127) < 3 for band in Image.open(grey).convert("RGB").getpixel((5, 5)))


def test_words_are_joined_chosen_described_and_asked(tmp_path: Path, media: dict[str, str]) -> None:
    nodes: Graph = {
        "1": ("LoadImage", {"image": "a.png"}),
        "2": ("PrimitiveBoolean", {"value": True}),
        "3": ("Text Multiline", {"text": "a fox"}),
        "4": ("PrimitiveString", {"value": "in snow"}),
        "5": ("StringConcatenate", {"string_a": ["3", 0], "string_b": ["4", 0], "delimiter": " "}),
        "6": ("easy ifElse", {"boolean": ["2", 0], "on_true": ["5", 0], "on_false": ["4", 0]}),
        "7": ("ShowText|pysssss", {"text": ["6", 0]}),
        "8": ("Florence2Run", {"image": ["1", 0]}),
        "9": ("ShowText|pysssss", {"text": ["8", 2]}),
        "10": ("RH_LLMAPI_Node", {"prompt": ["6", 0], "role": "You write prompts"}),
        "11": ("ShowText|pysssss", {"text": ["10", 0]}),
    }
    said = {item.node: item.text for item in carried_out(tmp_path, nodes, {"1.image": media["image"]})}
    assert said["7"] == "a fox in snow"
    assert "96 by 64" in (said["9"] or "")
    assert "fox" in (said["11"] or "")


def test_conditionings_with_pictures(tmp_path: Path, media: dict[str, str]) -> None:
    nodes: Graph = {
        **MODEL,
        "1": ("LoadImage", {"image": "a.png"}),
        "2": ("TextEncodeQwenImageEdit", {
            "clip": ["4", 1], "prompt": "at night", "vae": ["4", 2], "image": ["1", 0],
        }),
        "5": ("VAEEncode", {"pixels": ["1", 0], "vae": ["4", 2]}),
        "10": ("ConditioningZeroOut", {"conditioning": ["2", 0]}),
        "11": ("ControlNetLoader", {"control_net_name": "depth"}),
        "12": ("ControlNetApplyAdvanced", {
            "positive": ["2", 0], "negative": ["10", 0], "control_net": ["11", 0], "image": ["1", 0],
            "strength": 1.0, "start_percent": 0.0, "end_percent": 1.0,
        }),
        "3": ("KSamplerAdvanced", {
            "model": ["4", 0], "add_noise": "enable", "noise_seed": 5, "steps": 2, "cfg": 1.0,
            "sampler_name": "euler", "scheduler": "simple", "positive": ["12", 0], "negative": ["12", 1],
            "latent_image": ["5", 0], "start_at_step": 0, "end_at_step": 2,
            "return_with_leftover_noise": "disable",
        }),
        "14": ("VAEDecode", {"samples": ["3", 0], "vae": ["4", 2]}),
        "8": ("SaveImage", {"images": ["14", 0]}),
        "13": ("KSampler", {**SAMPLER, "denoise": 0.0}),
        "15": ("VAEDecodeTiled", {"samples": ["13", 0], "vae": ["4", 2]}),
        "9": ("SaveImage", {"images": ["15", 0]}),
    }  # fmt: skip
    by_node = {item.node: item for item in carried_out(tmp_path, nodes, {"1.image": media["image"]})}
    assert (looked_at(by_node["8"]).width, looked_at(by_node["8"]).height) == (96, 64)
    assert by_node["9"].path
    assert Image.open(by_node["9"].path).getpixel((3, 3)) == (255, 0, 0), "without denoise it is the same"


def test_captions_of_pictures_on_their_way_are_taken_off(tmp_path: Path) -> None:
    """What is drawn for one node carries a caption; what the next makes of it does not."""
    nodes: Graph = {
        **MODEL,
        "5": ("EmptyLatentImage", {"width": 256, "height": 192, "batch_size": 1}),
        "3": ("KSampler", SAMPLER),
        "8": ("VAEDecode", {"samples": ["3", 0], "vae": ["4", 2]}),
        "9": ("SaveImage", {"images": ["8", 0]}),
        "10": ("ImageScaleBy", {"image": ["8", 0], "upscale_method": "area", "scale_by": 1.0}),
        "11": ("SaveImage", {"images": ["10", 0]}),
    }
    drawn, scaled = (Image.open(str(item.path)).convert("RGB") for item in carried_out(tmp_path, nodes))
    changed = ImageChops.difference(drawn, scaled).convert("L").point(lambda value: 255 * (value > 40))
    assert changed.crop((0, 0, 256, 110)).getbbox() is None, "above the caption nothing changed"
    assert changed.getbbox() is not None, "the caption is gone"


def test_a_song_has_its_length(tmp_path: Path) -> None:
    nodes: Graph = {
        "4": MODEL["4"],
        "6": ("TextEncodeAceStepAudio", {"clip": ["4", 1], "tags": "calm piano", "lyrics": "la la"}),
        "7": MODEL["7"],
        "5": ("EmptyAceStepLatentAudio", {"seconds": 4.0, "batch_size": 1}),
        "3": ("KSampler", SAMPLER),
        "8": ("VAEDecodeAudio", {"samples": ["3", 0], "vae": ["4", 2]}),
        "9": ("SaveAudioMP3", {"audio": ["8", 0]}),
    }
    (item,) = carried_out(tmp_path, nodes)
    assert item.type == "mp3"
    assert looked_at(item).seconds == pytest.approx(4, abs=0.2)


def test_nodes_that_nobody_knows(tmp_path: Path, media: dict[str, str]) -> None:
    nodes: Graph = {
        "1": ("LoadImage", {"image": "a.png"}),
        "2": ("SomeFilter", {"strength": 0.5, "picture": ["1", 0]}),
        "3": ("SaveImageToTheMoon", {"image": ["2", 0]}),
    }
    (saved,) = carried_out(tmp_path / "a", nodes, {"1.image": media["image"]})
    assert (saved.node, looked_at(saved).width) == ("3", 96)
    ends: Graph = {"1": nodes["1"], "2": nodes["2"]}
    (last,) = carried_out(tmp_path / "b", ends, {"1.image": media["image"]})
    assert last.node == "2"


NUMBER: Graph = {"1": ("PrimitiveInt", {"value": 3}), "2": ("SomeNode", {"a": ["1", 0]})}


@pytest.mark.parametrize(
    ("nodes", "word"),
    [
        ({**NUMBER, "3": ("SaveVideo", {"video": ["2", 0]})}, "video frames"),
        ({**NUMBER, "3": ("SaveAudio", {"audio": ["2", 0]})}, "no sound"),
        ({"1": ("LoadAudio", {"audio": "x"}), "3": ("SaveAudio", {"audio": ["1", 0]})}, "not there"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, nodes: Graph, word: str) -> None:
    told = {name: {"class_type": kind, "inputs": inputs} for name, (kind, inputs) in nodes.items()}
    order = Order("e", "workflow", "workflow", {"graph": told, "id": "1"}, {}, str(tmp_path))
    outcome = perform(order, render)
    assert isinstance(outcome, RenderFailed)
    assert word in str(outcome.reason["exception_message"])
    assert json.dumps(outcome.reason)


@pytest.mark.parametrize(
    "told", ["[]", 7, {"1": []}, {"1": {"inputs": {}}}, {"1": {"class_type": "A", "inputs": []}}, {}]
)
def test_what_is_no_graph(told: Any) -> None:
    with pytest.raises(BadGraph):
        read_graph(told)
