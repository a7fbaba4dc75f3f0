"""What an editor says of each key of the language: a sentence or two, for people who never read manuals."""

from __future__ import annotations

TOP_HELP: dict[str, str] = {
    "rhflow": "The version of the language: 1.",
    "name": "Names the output folder; the file's own name where it is left out.",
    "about": "A sentence for people.",
    "inputs": "Values from outside, by name. Given with -i NAME=VALUE, read as ${{ inputs.NAME }}.",
    "defaults": "What every step does unless it says otherwise, such as retry and timeout.",
    "budget": "40 CNY: the run stops before the purchase that would pass it; or a mapping of caps, "
    "such as {run: 40 CNY, day: 100 CNY}. Nothing converts currencies.",
    "steps": "What is done, by id. Steps that need nothing of each other run at the same time.",
    "outputs": "Names for results, mostly expressions such as ${{ steps.film.video }}.",
}

INPUT_HELP: dict[str, str] = {
    "type": "What the value is. data is a YAML, JSON or CSV file, or the data itself.",
    "required": "false: the input is null where nobody gives it.",
    "default": "A plain value, no expression; the input need not be given then.",
    "about": "A sentence for people.",
    "schema": "For data: the path of a JSON Schema, relative to this file. "
    "Expressions then know what is in the data.",
}

STEP_HELP: dict[str, str] = {
    "uses": "What the step asks for: a model by documentation name or endpoint path, local/… for a step "
    "on this machine, workflow/ID, app/ID, quick/CODE, chat/MODEL, or the path of another pipeline.",
    "with": "The arguments, by parameter name. Any value may be an expression: ${{ … }}. "
    "An optional parameter that is left out is not sent.",
    "foreach": "Do it once for every item of this list.",
    "as": "The name an item goes by inside; item where nothing is said.",
    "at_most": "The most items to expect of a list that only the run knows. The plan prices this many.",
    "matrix": "Named lists; the step is done for every combination, read as ${{ matrix.NAME }}.",
    "zip": "With matrix: true pairs the lists, first with first, in place of every combination.",
    "steps": "A group: a small graph of its own, such as all that is made for one shot.",
    "if": "Where this comes out false the step is skipped, and its outputs are null.",
    "needs": "Ids of steps to wait for although nothing is taken from them.",
    "takes": "Buy this many results of the same request; pick keeps one.",
    "pick": "Which take to keep: first, a number from 1, or ask a person.",
    "approve": "true: a person looks at what goes in before this step is bought.",
    "retry": "Further purchases, at most this many, where one failed and may be repeated. 0 unless said.",
    "timeout": "How long to wait: 30m, or {queued: 2h, running: 30m}. A passed one lets go of the task, "
    "which goes on over there and is collected later.",
    "fallback": "What to ask for in turn where the step fails: a list of uses and with.",
    "on_failure": "stop: nothing that hangs on this step runs. continue: its outputs are null.",
    "on_rejected": "When the vendor refuses the content: stop, take the fallback, or skip the step.",
    "on_doubt": "When the answer to a submit was lost: ask a person, wait, or repeat and perhaps pay twice.",
    "cache": "false: never take an earlier result for this step.",
    "unchecked": "true: send the arguments as they are, for a model whose parameters nobody documents, "
    "or a path the catalogue lacks.",
    "max_cost": "2 CNY: the most one purchase may cost. What is known to be dearer is not bought; a price "
    "that nobody publishes counts as this much.",
    "label": "How the step is called in reports.",
    "save_as": "Where the result is copied to: a path below the output folder.",
}

FALLBACK_HELP: dict[str, str] = {
    "uses": "What to ask for in place of the step's own.",
    "with": "The arguments for that, by parameter name.",
}

CAP_HELP: dict[str, str] = {
    "run": "What the run may cost.",
    "step": "What one step may cost in a run: all its cells, retries and fallbacks.",
    "day": "What may be spent on one day in UTC, over all runs of this home.",
    "project": "What may be spent in this home, ever.",
}

CLOCK_HELP: dict[str, str] = {
    "queued": "How long it may wait for its turn over there.",
    "running": "How long it may take once it has begun.",
}

FORM_HELP: dict[str, str] = {
    "workflow/": "A ComfyUI workflow of the vendor, by its id.",
    "app/": "An AI app of the vendor, by its id.",
    "quick/": "A quick-create task of the vendor, by the id of its web app, a hyphen and its code.",
    "chat/": "A language model of the vendor, by its name.",
}

FORM_ARGUMENT_HELP: dict[str, str] = {
    "nodes": "Fields of nodes to set: below the id of a node the names of fields and their values.",
    "instance": "The machine: default has 24 GB, plus 48 GB.",
    "use_personal_queue": "true: wait in the queue of your own key.",
    "retain_seconds": "Keep the machine warm for 10 to 180 seconds afterwards; the vendor bills them.",
    "access_password": "For one that its owner protects: {env: NAME}, never the password itself.",
    "graph": "A whole graph in ComfyUI's API form in place of the saved one, or the path of such a file.",
    "add_metadata": "false: the pictures carry no workflow data.",
    "prompt": "What is asked, as one text.",
    "messages": "The conversation, a list of {role, content}, in place of prompt.",
    "schema": "A JSON Schema that the answer has to fit, or the path of one.",
    "temperature": "From 0, always alike, to 2, wild.",
    "max_tokens": "The longest answer, in tokens.",
}
