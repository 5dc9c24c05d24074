"""Presets: settings that show something, as data. Page, gallery and tests read the same ones.

Those of a concept stand beside its settings, in `playground/concepts/NAME/presets.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from playground.settings import Value


@dataclass(frozen=True)
class Preset:
    """A chip above the figures that turns several knobs at once and trains.

    Attributes:
        label: what the chip says.
        changes: knob values; all other knobs go to their defaults.
        look_for: one line, what to watch.
        fix: for a *break it*: the knob values that mend it, on top of `changes`.
        fix_label: what the fix-it button says.
        more_fixes: other ways to mend it: what the button says -> knob values.
        panel: the figure in which the difference is seen, which stays on the screen beside the
            mended one; the first figure if empty.
        stored: name of its finished run in the gallery; empty if it is trained when it is chosen.
        quick: for a stored run that takes long to train: the knob values of its quick variant,
            which is what is trained instead; None if it is short.
    """

    label: str
    changes: Mapping[str, Value]
    look_for: str
    fix: Mapping[str, Value] = field(default_factory=dict)
    fix_label: str = ""
    more_fixes: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    panel: str = ""
    stored: str = ""
    quick: Mapping[str, Value] | None = None

    @property
    def fixes(self) -> Mapping[str, Mapping[str, Value]]:
        """All ways to mend it: what the button says -> knob values."""
        return {self.fix_label: self.fix, **self.more_fixes} if self.fix else {}

    @property
    def breaks(self) -> bool:
        """Whether this preset shows something that goes wrong."""
        return bool(self.fix)

    def variants(self) -> dict[str, Mapping[str, Value]]:
        """Return the preset, its quick variant and each of its fixes, by what was pressed."""
        quick = {} if self.quick is None else {f"{self.label} / quick": self.quick}
        return {self.label: self.changes} | quick | {
            f"{self.label} / {label}": {**self.changes, **fix}
            for label, fix in self.fixes.items()}
