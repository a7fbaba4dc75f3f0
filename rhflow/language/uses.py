"""What stands behind `uses`: a model of the catalogue, one known by its form, or another pipeline."""

from __future__ import annotations

from rhflow.catalog.model import Model
from rhflow.ground.diagnostics import listing
from rhflow.ground.marks import Mark
from rhflow.language.free_form import PATH_OF_MODEL, Form, form_of, free_model, uncatalogued
from rhflow.language.sheet import Sheet


def names_pipeline(uses: str) -> bool:
    """Whether a `uses` names a file rather than a model."""
    return uses.startswith(("./", "../", "/", ".\\", "..\\")) or uses.endswith((".yaml", ".yml"))


class ModelFinder:
    """Finds the models of one document, and says of each slip what was probably meant."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.made: dict[str, Model] = {}

    def find(self, uses: str, mark: Mark, *, unchecked: bool = False) -> Model | None:
        """The model of a name; None where there is none, which was reported then.

        `unchecked`: a path the catalogue lacks is taken as it stands.
        """
        found = self.sheet.catalog.find(uses) or self.made.get(uses)
        if found is not None:
            return found
        form = form_of(uses)
        if form is not None:
            return self.free(uses, form, mark)
        if "${{" in uses:
            message = "uses is written out; an expression cannot choose the model"
            self.sheet.report(mark, "unknown-model", message)
        elif uses.startswith("local/"):
            self.no_local(uses, mark)
        elif unchecked and PATH_OF_MODEL.fullmatch(uses):
            return self.made.setdefault(uses, uncatalogued(uses))
        else:
            near = self.sheet.near(uses)
            hint = f"did you mean {near}?" if near else "rhflow models lists them all"
            if near is None and PATH_OF_MODEL.fullmatch(uses):
                hint += "; with unchecked: true a path is sent as it stands"
            self.sheet.report(mark, "unknown-model", f'the catalogue has no model "{uses}"', hint)
        return None

    def free(self, uses: str, form: Form, mark: Mark) -> Model | None:
        model = free_model(uses, form)
        if model is None:
            message = f'"{uses}" names no {form.noun}'
            self.sheet.report(mark, "unknown-model", message, f"write {form.prefix} and {form.wanted}")
            return None
        return self.made.setdefault(uses, model)

    def no_local(self, uses: str, mark: Mark) -> None:
        known = [model.id for model in self.sheet.catalog.models if model.is_local]
        near = self.sheet.catalog.near(uses)
        is_near = near is not None and near.startswith("local/")
        hint = f"did you mean {near}?" if is_near else f"there are {listing(known, 20)}"
        message = f'there is no local step "{uses}"'
        self.sheet.report(mark, "unknown-model", message, hint if known else None)
