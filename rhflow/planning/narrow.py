"""A part of a plan: up to a step, or one step alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rhflow.ground.diagnostics import did_you_mean
from rhflow.ground.errors import PlanChanged, PlanError
from rhflow.ground.references import refs_in, to_json
from rhflow.planning.graph import required
from rhflow.planning.plan import Judgement, Plan, Task


def until(plan: Plan, step: str) -> Plan:
    """The tasks of a step and everything they hang on. Outputs that need more are left out.

    Raises:
        PlanError: the plan has no such step or task.
    """
    needs = {task.id: task.needs for task in plan.tasks}
    kept = required(needs, [task.id for task in tasks_of(plan, step)])
    outputs = {
        name: value
        for name, value in plan.outputs.items()
        if refs_in(value) and all(ref.task in kept for ref in refs_in(value))
    }
    return replace(plan, tasks=tuple(task for task in plan.tasks if task.id in kept), outputs=outputs)


def tasks_of(plan: Plan, step: str) -> list[Task]:
    """The tasks of a declared step (`shots.clip`), of a group (`shots`), or one task (`shots[2].clip`).

    Raises:
        PlanError: there is none.
    """
    inside = (f"{step}.", f"{step}[")
    found = [
        task
        for task in plan.tasks
        if step in (task.id, task.step) or task.step.startswith(inside[0]) or task.id.startswith(inside)
    ]
    if not found:
        near = did_you_mean(step, [*(task.step for task in plan.tasks), *(task.id for task in plan.tasks)])
        steps = ", ".join(dict.fromkeys(task.step for task in plan.tasks))
        raise PlanError(
            f"The plan has no step {step!r}", f"Did you mean {near}?" if near else f"It has {steps}."
        )
    return found


def refuse_other_work(plan: Plan, judgements: Mapping[str, Judgement], step: str) -> None:
    """With `--only`: what the step hangs on must be there already.

    Raises:
        PlanError: some of it is not.
    """
    own = {task.id for task in tasks_of(plan, step)}
    missing = [task for task in judgements if task not in own and judgements[task].verdict != "cached"]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise PlanError(
            f"{step} hangs on {', '.join(missing[:3])}{more}, which the store does not have",
            f"Let them run, too: --until {step}",
        )


def refuse_any_work(judgements: Mapping[str, Judgement]) -> None:
    """With `--frozen`: everything must be there already.

    Raises:
        PlanError: something is not.
    """
    missing = [
        f"{task} ({'; '.join(item.why)})" for task, item in judgements.items() if item.verdict != "cached"
    ]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise PlanError(
            f"--frozen takes cached results only, and these are not there: {', '.join(missing[:3])}{more}",
            "Leave --frozen out to make them.",
        )


def refuse_drift(signed: Plan, now: Plan) -> None:
    """A frozen plan is carried out as it was signed, or not at all.

    Raises:
        PlanChanged: something differs; the message names it.
    """
    before = {task.id: task.to_json() for task in signed.tasks}
    after = {task.id: task.to_json() for task in now.tasks}
    differences = [f"{task} is new" for task in after if task not in before]
    differences += [f"{task} is gone" for task in before if task not in after]
    for task in before.keys() & after.keys():
        changed = [name for name in after[task] if after[task][name] != before[task].get(name)]
        if changed:
            differences.append(f"{task} has another {', '.join(changed)}")
    for output in signed.outputs.keys() | now.outputs.keys():
        if to_json(signed.outputs.get(output)) != to_json(now.outputs.get(output)):
            differences.append(f"the output {output} is another")
    for name in ("pipeline", "provider", "realm", "budget"):
        if getattr(signed, name) != getattr(now, name):
            differences.append(f"{name} was {getattr(signed, name)} and is {getattr(now, name)}")
    if differences:
        more = f", and {len(differences) - 5} more" if len(differences) > 5 else ""
        raise PlanChanged(
            f"The frozen plan no longer fits: {', '.join(sorted(differences)[:5])}{more}",
            "Make a new one: rhflow plan FILE -o plan.json",
        )
