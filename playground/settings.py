"""Settings: what a visitor can turn, declared once.

One `knob(...)` per field gives the widget, the URL parameter, the check on the server, the message
to the worker and the saved run.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from playground.claim import NO_CLAIM, Claim
from playground.explain import explain
from playground.language import N_, _, listed
from playground.refusal import Refusal

Value = int | float | str | bool
GROUPS = (N_("Data"), N_("Model"), N_("Training"), N_("Sampling"))


@dataclass(frozen=True)
class Knob:
    """How one field of the settings is shown and bounded.

    Attributes:
        label: what the visitor reads beside the widget.
        help: one line, "try this, expect that".
        group: the sidebar section, one of `GROUPS`.
        low, high: the range, both ends included; None for choices and switches.
        step: distance between two neighbouring values of a linear slider.
        log: the slider moves in factors instead of steps; `also`, to these places too.
        unit: e.g. "steps", "nats"; empty for a pure number.
        choices: option value -> label, for a choice.
        live: may change while the model trains; the others start the run again.
        when: the knob is shown only if each named field has one of the given values.
        examples: of a text that has neither choices nor a range, some values and what they are
            called. Its page says how it is turned: `Lab.widgets`.
    """

    label: str
    help: str
    group: str = "Model"
    low: float | None = None
    high: float | None = None
    step: float | None = None
    log: bool = False
    also: tuple[float, ...] = ()
    unit: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    live: bool = False
    when: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    examples: Mapping[str, str] = field(default_factory=dict)

    def stops(self) -> list[float]:
        """Return the positions of a logarithmic slider: 1, 2 and 5 times each power of ten.

        Both ends of the range are among them, what else is named, and 0 if the range starts there.
        """
        low, high = self.low or 0.0, self.high or 0.0
        grid = [float(f"{m}e{e}") for e in range(-6, 7) for m in (1, 2, 5)]
        return sorted({low, high, *self.also,
                       *(v for v in grid if low < v < high and (low or v >= 1e-2))})

    def range_text(self) -> str:
        """Return the allowed values in words, e.g. "0 to 20"."""
        if self.choices:
            return listed(self.choices)
        if self.examples:
            return f"{listed(self.examples)} ..."
        return "" if self.low is None else _("{low:g} to {high:g}").format(low=self.low,
                                                                           high=self.high)


def knob(
    default: Value,
    label: str,
    *,
    help: str,
    group: str = "Model",
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
    log: bool = False,
    also: tuple[float, ...] = (),
    unit: str = "",
    choices: Mapping[str, str] | None = None,
    live: bool = False,
    when: Mapping[str, tuple[Value, ...]] | None = None,
    examples: Mapping[str, str] | None = None,
) -> Any:
    """Declare one setting; the arguments are the attributes of `Knob`."""
    info: Any = Field(default, ge=low, le=high)
    shown = Knob(label, help, group, low, high, step, log, also, unit, choices or {}, live,
                 when or {}, examples or {})
    info.metadata.append(shown)
    return info


class Settings(BaseModel):
    """Base of all settings: frozen, checked, without unknown names.

    Raises:
        ValidationError: a value is outside of its knob's range; `explain` says what must hold.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def knobs(cls) -> dict[str, Knob]:
        """Return the declared knobs by field name, in the order of declaration.

        A field that a base names without making a knob of it is declared where somebody does.
        """
        return {
            name: item
            for base in reversed(cls.__mro__) if issubclass(base, Settings)
            for name in inspect.get_annotations(base) if name in base.model_fields
            if any(isinstance(item, Knob) for item in base.model_fields[name].metadata)
            for item in cls.model_fields[name].metadata
            if isinstance(item, Knob)
        }

    @classmethod
    def knob_again(cls, name: str, default: Value, **changes: Any) -> Any:
        """Return the same knob with another default, for a subclass to declare.

        Args:
            changes: attributes of the knob that are other ones there, e.g. `when`.
        """
        info = FieldInfo.merge_field_infos(cls.model_fields[name], default=default)
        info.metadata = [replace(item, **changes) if isinstance(item, Knob) else item
                         for item in info.metadata]
        return info

    @classmethod
    def live_names(cls) -> set[str]:
        """Return the names of the knobs that may change while the model trains."""
        return {name for name, item in cls.knobs().items() if item.live}

    @classmethod
    def default(cls, name: str) -> Any:
        """Return the default value of one field."""
        return cls.model_fields[name].default

    @classmethod
    def stops(cls, name: str) -> list[Any]:
        """Return the positions of a logarithmic knob, the default among them; else nothing."""
        item, default = cls.knobs()[name], cls.default(name)
        number = type(default)
        return sorted({number(stop) for stop in (*item.stops(), default)}) if item.log else []

    @model_validator(mode="after")
    def _values_are_choices(self) -> Self:
        for name, item in self.knobs().items():
            value = getattr(self, name)
            if item.choices and value not in item.choices:
                raise Refusal(N_("{name} must be one of {choices}, got {value!r}"), name=name,
                              choices=list(item.choices), value=value)
        return self

    @property
    def claim(self) -> Claim:
        """What the figures of log p are that a run with these settings gives."""
        return NO_CLAIM

    def with_changes(self, **changes: Any) -> Self:
        """Return a checked copy with some values changed.

        Raises:
            Refusal: a value is not allowed.
        """
        try:
            return type(self).model_validate(self.model_dump() | changes)
        except ValidationError as error:
            raise explain(error) from None

    def shown(self, name: str) -> bool:
        """Tell whether the knob of this field matters with the other values as they are."""
        return all(getattr(self, other) in values
                   for other, values in self.knobs()[name].when.items())

