"""Verdicts and reasons."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rhflow.catalog.price import Quote
from rhflow.ground.artifact import Artifact
from rhflow.ground.caps import CAP_KINDS, Caps
from rhflow.ground.media import Kind
from rhflow.ground.references import BlobMedia, Deferred, FileMedia, Ref, UrlMedia
from rhflow.ground.values import Json, JsonObject, Money
from rhflow.planning.explain import why_run
from rhflow.planning.identify import NoRequest, Outcome, identify, known_seconds, value_of
from rhflow.planning.judge import judge
from rhflow.planning.memory import Asked, LetGo, OpenAttempt, Recalled, Unsound
from rhflow.planning.plan import Judgement, Plan, Task, bill, read_quote
from tests.runner.world import MODELS, plan, task

SHA = "ab" * 32
PICTURE = Artifact(Kind.IMAGE, SHA, 9, "png", width=4, height=3)


class Memory:
    """What was made before, said outright."""

    def __init__(self) -> None:
        self.results: dict[str, Recalled] = {}
        self.open: dict[str, OpenAttempt] = {}
        self.gone: dict[str, LetGo | Unsound] = {}
        self.asked: dict[str, Asked] = {}

    def recall(self, key: str) -> Recalled | None:
        return self.results.get(key)

    def lost(self, key: str) -> LetGo | Unsound | None:
        return self.gone.get(key)

    def open_attempt(self, key: str) -> OpenAttempt | None:
        return self.open.get(key)

    def last_request(self, _pipeline: str, name: str) -> Asked | None:
        return self.asked.get(name)

    def made(self, one: Task, *, artifact: Artifact = PICTURE) -> None:
        key = key_of(one)
        self.results[key] = Recalled(key, (artifact,), one.uses, "run-0", one.id, {"money": "0.9"})


def key_of(one: Task) -> str:
    return identify(one, MODELS[one.uses], "simulator", {}, 0.0).key


def judged(memory: Memory, *tasks: Task, provider: str = "simulator") -> dict[str, Judgement]:
    made = plan(*tasks)
    return judge(Plan.from_json({**made.to_json(), "provider": provider}), MODELS.__getitem__, memory, 0.0)


def test_verdicts_of_a_chain() -> None:
    memory, a = Memory(), task("a")
    b = task("b", arguments={"image": Ref("a", "image")})
    c = task("c", arguments={"image": Ref("b", "image")})
    assert [item.verdict for item in judged(memory, a, b, c).values()] == ["run", "run", "run"]
    memory.made(a)
    found = judged(memory, a, b, c)
    assert [item.verdict for item in found.values()] == ["cached", "run", "run"]
    assert found["a"].quote == Quote(Decimal(0), Decimal(0))
    assert found["b"].key is not None
    assert found["c"].key is None
    memory.asked["c"] = Asked("fake/picture", "simulator", {})
    assert judged(memory, a, b, c)["c"].verdict == "run_unless_identical"


@pytest.mark.parametrize(
    ("state", "job", "said"),
    [
        ("submitted", "job-1", "only be collected"),
        ("submitting", None, "settled first"),
        ("doubtful", None, "settled first"),
    ],
)
def test_what_is_under_way_is_waited_for_and_costs_nothing(state: Any, job: str | None, said: str) -> None:
    memory, a = Memory(), task("a")
    memory.open[key_of(a)] = OpenAttempt(key_of(a), "1", "run-0", "a", job, state, "x", 0.0)
    found = judged(memory, a, task("b", arguments={"image": Ref("a", "image")}))
    assert found["a"].verdict == "wait"
    assert said in found["a"].why[0]
    assert found["a"].quote == Quote(Decimal(0), Decimal(0))
    assert found["b"].verdict == "run"


def test_a_result_outweighs_an_open_purchase() -> None:
    memory, a = Memory(), task("a")
    memory.made(a)
    memory.open[key_of(a)] = OpenAttempt(key_of(a), "1", "run-0", "a", None, "doubtful", "x", 0.0)
    assert judged(memory, a)["a"].verdict == "cached"


def test_twins_are_priced_once() -> None:
    found = judged(Memory(), task("a", "same"), task("b", "same"), task("c", "same"))
    assert bill(item.quote for item in found.values()).high == 1
    assert found["c"].why == ("the same request as a: it is bought once",)


def test_the_authors_limit_prices_what_nobody_does() -> None:
    secretive = task("a", uses="fake/secretive", price=None)
    assert not judged(Memory(), secretive)["a"].quote.known
    limited = task("a", uses="fake/secretive", price=None, max_cost=Money(Decimal(2)))
    assert judged(Memory(), limited)["a"].quote.high == 2
    behind = task(
        "b",
        uses="fake/secretive",
        price=None,
        max_cost=Money(Decimal(2)),
        arguments={"image": Ref("a", "image")},
    )
    assert judged(Memory(), task("a"), behind)["b"].quote.high == 2


def test_inputs_that_make_no_request_are_told_beforehand() -> None:
    memory, words = Memory(), task("w", uses="fake/words")
    memory.made(words, artifact=Artifact(Kind.TEXT, SHA, 4, "txt", text="four"))
    found = judged(memory, words, task("b", arguments={"image": Ref("w", "image")}))["b"]
    assert found.why == ("it would fail: w gave no image; it gave text",)
    assert found.quote.high == 0


# -- why --------------------------------------------------------------------------------------------------

BEFORE: JsonObject = {
    "prompt": "a small hare sits on a hill at dawn",
    "seed": 1,
    "size": [640, 480],
    "image": {"$blob": {"sha256": SHA, "kind": "image", "suffix": "png", "url": None}},
    "link": {"$url": {"url": "https://a.example/x.png?id=1&token=abc", "kind": "image", "sha256": None}},
}


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({}, ["the same request was made before and left no result in the store"]),
        ({"seed": 2}, ["seed: `1` → `2`"]),
        ({"seed": None}, ["seed: `1` → nothing"]),
        ({"style": "ink"}, ["style: nothing → `ink`"]),
        ({"prompt": "a small hound sits on a hill at dawn"}, ["prompt: `hare` → `hound`"]),
        ({"prompt": "a small hare sits on a hill"}, ["prompt: `at dawn` → ``"]),
        ({"size": [640, 360]}, ["size[1]: `480` → `360`"]),
        ({"size": [640]}, ["size: `[640, 480]` → `[640]`"]),
        ({"image": {"$blob": {"sha256": "cd" * 32}}}, ["image: the bytes have changed"]),
        ({"image": {"$file": {"sha256": SHA, "path": "/elsewhere/hare.png"}}}, []),
        ({"link": {"$url": {"url": "https://a.example/x.png?id=1&token=xyz", "sha256": None}}}, []),
        (
            {"link": {"$url": {"url": "https://a.example/x.png?id=2", "sha256": None}}},
            ["link: another address"],
        ),
        ({"seed": 3, "size": [1, 480]}, ["seed: `1` → `3`", "size[0]: `640` → `1`"]),
        ({"prompt": "x" * 99}, [f"prompt: `{BEFORE['prompt']}` → `{'x' * 47}…`"]),
    ],
)
def test_why(change: JsonObject, reasons: list[str]) -> None:
    now: JsonObject = {name: value for name, value in {**BEFORE, **change}.items() if value is not None}
    before = Asked("fake/picture", "simulator", BEFORE)
    same = ["the same request was made before and left no result in the store"]
    assert list(why_run(before, "fake/picture", "simulator", now)) == (reasons or same)


def test_why_of_another_model_and_another_far_side() -> None:
    before = Asked("fake/picture", "simulator", BEFORE)
    assert why_run(before, "fake/other", "runninghub", BEFORE) == (
        "uses: `fake/picture` → `fake/other`",
        "it was made by simulator, which counts apart",
    )
    assert why_run(None, "fake/picture", "simulator", BEFORE) == ("nothing like it was made before",)
    local = Asked("local/paste", "simulator", {"prompt": "a"})
    assert why_run(local, "local/paste", None, {"prompt": "b"}) == ("prompt: `a` → `b`",)


def test_a_rehearsal_is_not_taken_for_the_real_thing() -> None:
    memory, a = Memory(), task("a")
    b = task("b", arguments={"image": Ref("a", "image")})
    memory.asked = {
        "a": Asked("fake/picture", "simulator", {"prompt": "a"}),
        "b": Asked("fake/picture", "simulator", {}),
    }
    found = judged(memory, a, b, provider="runninghub")
    assert found["a"].why == ("it was made by simulator, which counts apart",)
    assert found["b"].verdict == "run"


# -- values of finished tasks -------------------------------------------------------------------------------

OUTCOMES = {
    "a": Outcome(
        (
            PICTURE,
            Artifact(Kind.VIDEO, "cd" * 32, 9, "mp4", seconds=5.5),
            Artifact(Kind.TEXT, "ef" * 32, 4, "txt", text="four"),
        ),
        "fake/picture",
        "1.25",
    ),
    "bare": Outcome((), "fake/picture"),
}


@pytest.mark.parametrize(
    ("output", "value"),
    [
        ("image", BlobMedia(SHA, Kind.IMAGE, "png")),
        ("images", [BlobMedia(SHA, Kind.IMAGE, "png")]),
        ("video", BlobMedia("cd" * 32, Kind.VIDEO, "mp4", seconds=5.5)),
        ("text", "four"),
        ("texts", ["four"]),
        ("audios", []),
        ("output", BlobMedia(SHA, Kind.IMAGE, "png")),
        ("used", "fake/picture"),
        ("cost", 1.25),
        ("duration", 5.5),
        ("width", 4),
        ("height", 3),
    ],
)
def test_what_a_finished_task_offers(output: str, value: object) -> None:
    assert value_of(Ref("a", output), OUTCOMES, 0.0) == value


@pytest.mark.parametrize(
    ("ref", "sentence"),
    [
        (Ref("a", "audio"), "a gave no audio; it gave image, text, video"),
        (Ref("bare", "image"), "bare gave no image; it gave nothing"),
        (Ref("nobody", "image"), "the result of nobody is not there"),
        (Ref("a", "smell"), "a offers no 'smell'"),
    ],
)
def test_what_it_does_not_offer(ref: Ref, sentence: str) -> None:
    with pytest.raises(NoRequest, match=sentence):
        identify(task("b", arguments={"image": ref}), MODELS["fake/picture"], "simulator", OUTCOMES, 0.0)


def test_a_link_is_offered_only_while_it_should_live() -> None:
    alive = Artifact(Kind.IMAGE, SHA, 9, "png", url="https://far.example/1.png", expires=100.0)
    made = {"a": Outcome((alive,), "m")}
    assert value_of(Ref("a", "image"), made, 99.0) == BlobMedia(SHA, Kind.IMAGE, "png", alive.url)
    assert value_of(Ref("a", "image"), made, 100.0) == BlobMedia(SHA, Kind.IMAGE, "png")


def test_running_times_that_are_known() -> None:
    clip = BlobMedia(SHA, Kind.VIDEO, "mp4", seconds=5.0)
    file = FileMedia("/a.mp4", Kind.VIDEO, SHA, 1, 2.5)
    unknown = BlobMedia(SHA, Kind.VIDEO, "mp4")
    arguments = {"one": clip, "list": [clip, file], "half": [clip, unknown], "text": "x", "none": []}
    assert known_seconds(arguments) == {"one": 5.0, "list": 7.5}  # type: ignore[arg-type]


# -- the plan as a document ---------------------------------------------------------------------------------

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=9), st.floats(allow_nan=False)
)
NAMES = st.text(alphabet="abcxyz_", min_size=1, max_size=5)
LEAVES = st.one_of(
    SCALARS,
    st.builds(Ref, NAMES, st.sampled_from(("image", "videos", "cost"))),
    st.builds(
        BlobMedia, NAMES, st.sampled_from(Kind), NAMES, st.none() | NAMES, st.none() | st.floats(0, 99)
    ),
    st.builds(
        FileMedia,
        NAMES,
        st.sampled_from(Kind),
        st.none() | NAMES,
        st.none() | st.integers(0, 99),
        st.none() | st.floats(0, 99),
    ),
    st.builds(UrlMedia, NAMES, st.sampled_from(Kind), st.none() | NAMES),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(NAMES, inner, max_size=3),
        st.builds(Deferred, NAMES, st.dictionaries(NAMES, inner, max_size=2)),
        st.builds(lambda parts: Deferred("", parts=tuple(parts)), st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=8,
)
AMOUNTS = st.decimals(0, 10_000, places=4)
QUOTES = st.one_of(
    st.builds(Quote, AMOUNTS, AMOUNTS, st.sampled_from(("CNY", "USD")), NAMES, st.booleans()),
    st.builds(lambda why: Quote(None, None, why=why), st.text(max_size=5)),
)
TASKS = st.builds(
    Task,
    id=NAMES,
    step=NAMES,
    uses=NAMES,
    arguments=st.dictionaries(NAMES, VALUES, max_size=3),
    needs=st.lists(NAMES, max_size=3).map(tuple),
    on_doubt=st.sampled_from(("ask", "wait", "repeat")),
    max_cost=st.none() | st.builds(Money, AMOUNTS, st.sampled_from(("CNY", "USD"))),
    label=st.none() | NAMES,
    save_as=st.none() | NAMES,
    filled=st.lists(NAMES, max_size=2).map(tuple),
    quote=QUOTES,
    seconds=st.none() | st.floats(0, 999),
)


@given(
    st.lists(TASKS, max_size=3),
    st.dictionaries(NAMES, VALUES, max_size=2),
    st.builds(Caps, **dict.fromkeys(CAP_KINDS, st.none() | st.builds(Money, AMOUNTS))),
)
def test_a_plan_is_its_document(tasks: list[Task], outputs: dict[str, Any], budget: Caps) -> None:
    made = Plan(
        pipeline="p",
        file="f",
        provider="simulator",
        realm="r",
        tasks=tuple(tasks),
        outputs=outputs,
        budget=budget,
        facts_of="2026-11-01",
    )
    assert Plan.from_json(made.to_json()) == made


@pytest.mark.parametrize("version", [None, 0, 2, "1"])
def test_a_plan_of_another_version_is_not_read(version: Json) -> None:
    with pytest.raises(ValueError, match="this rhflow reads version 1"):
        Plan.from_json({**plan().to_json(), "rhflow_plan": version})


def test_a_quote_keeps_that_it_is_a_minimum() -> None:
    quote = Quote(Decimal(1), Decimal(1), "CNY", "w", at_least=True)
    assert read_quote(quote.to_json(), "w") == quote


def test_a_bill_adds_what_is_known_and_counts_what_is_not() -> None:
    one, none = Quote(Decimal("0.1"), Decimal("0.3")), Quote(None, None)
    total = bill([one, one, one, none])
    assert (str(total.low), str(total.high), total.unknown) == ("0.3", "0.9", 1)


# -- what was there before --------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["missing", "damaged"])
def test_a_loss_is_no_reason_to_buy_again(why: Any) -> None:
    memory, a = Memory(), task("a")
    memory.made(a)
    hit = memory.results.pop(key_of(a))
    memory.gone[hit.key] = Unsound(hit, why)
    b = task("b", arguments={"image": Ref("a", "image")})
    found = judged(memory, a, b)
    assert (found["a"].verdict, found["a"].quote) == ("wait", Quote(Decimal(0), Decimal(0)))
    assert f"what run run-0 made is {why} in the store" in found["a"].why[0]
    assert f"rhflow cache forget {hit.key[:12]}" in found["a"].why[0]
    assert found["b"].key is not None, "mended it is the same picture, and so the rest is known"
    fresh = judged(memory, replace(a, cache=False))
    assert fresh["a"].verdict == "run", "who wants no cache wants it made"


def test_free_work_that_was_lost_is_made_again() -> None:
    memory, a = Memory(), task("a", uses="local/paste")
    memory.made(a)
    hit = memory.results.pop(key_of(a))
    memory.gone[hit.key] = Unsound(hit, "missing")
    found = judged(memory, a)["a"]
    assert (found.verdict, found.why) == (
        "run",
        ("what run run-0 made is missing in the store; it is made again, for nothing",),
    )


@pytest.mark.parametrize("why", ["pruned", "forgotten"])
def test_what_was_let_go_of_is_bought_and_the_plan_says_so(why: Any) -> None:
    memory, a = Memory(), task("a")
    memory.made(a)
    hit = memory.results.pop(key_of(a))
    memory.gone[hit.key] = LetGo(hit, why, 1_700_000_000.0)
    found = judged(memory, a)["a"]
    assert (found.verdict, found.quote.high) == ("run", Decimal(1))
    assert found.why == (f"its result was {why} on 2023-11-14; run run-0 had made it",)
    memory.open[hit.key] = OpenAttempt(hit.key, "1", "run-0", "a", "job-1", "submitted", "x", 0.0)
    assert judged(memory, a)["a"].verdict == "wait", "somebody is buying it already"
