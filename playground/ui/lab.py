"""The lab: what a page declares about its concept. The bench (bench.py) does the rest."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from playground.datasets.own import OwnPointsSettings
from playground.language import _
from playground.runs import Run
from playground.settings import Settings, Value
from playground.snapshot import Snapshot
from playground.ui import own_data
from playground.ui.live_plot import Event, Panel

Figure = dict[str, Any]


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
    """

    label: str
    changes: Mapping[str, Value]
    look_for: str
    fix: Mapping[str, Value] = field(default_factory=dict)
    fix_label: str = ""
    more_fixes: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    @property
    def fixes(self) -> Mapping[str, Mapping[str, Value]]:
        """All ways to mend it: what the button says -> knob values."""
        return {self.fix_label: self.fix, **self.more_fixes} if self.fix else {}

    @property
    def breaks(self) -> bool:
        """Whether this preset shows something that goes wrong."""
        return bool(self.fix)


class Lab(ABC):
    """One concept's page. Figures are made from a run's numbers alone.

    Attributes:
        concept: name of the experiment, of the folder with the prose, and of the URL.
        settings: the experiment's settings.
        title, idea: the page's name, and its idea in one sentence.
        presets: the chips; the first one is the good run.
        code: files that the Code tab shows, from the project's root.
        height: of the figures, in pixels.
        canvas: the panel into which the visitor may draw points, if there is one.
        draws_classes: whether drawn points have classes.
        click_asks: what a click into the canvas can do instead of placing a point, e.g. ask.
    """

    concept: ClassVar[str]
    settings: ClassVar[type[Settings]]
    title: ClassVar[str]
    idea: ClassVar[str]
    presets: ClassVar[tuple[Preset, ...]]
    code: ClassVar[tuple[str, ...]]
    height: ClassVar[int] = 400
    canvas: ClassVar[str] = ""
    draws_classes: ClassVar[bool] = False
    click_asks: ClassVar[str] = ""

    @abstractmethod
    def panels(self, settings: Settings) -> list[Panel]:
        """Return the figures' titles and places, from left to right."""

    @abstractmethod
    def frame(self, run: Run, snapshot: Snapshot) -> dict[str, Figure]:
        """Return the figures of one moment, by the names of the panels of kind "frame"."""

    @abstractmethod
    def curves(self, run: Run) -> dict[str, Figure]:
        """Return the figures over all steps, by the names of the panels of kind "curve"."""

    @abstractmethod
    def caption(self, run: Run, snapshot: Snapshot) -> str:
        """Return one or two sentences that say what the numbers of this moment mean."""

    def numbers(self, run: Run) -> dict[str, str]:
        """Return what stands for the `[[name]]` places in the prose, with units."""
        return {}

    def explore(self, run: Run) -> None:
        """Draw the Explore tab, which asks the trained model."""

    def drawn(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the settings that have no knob, e.g. points that the visitor has drawn.

        Args:
            values: how the knobs stand.
        """
        if issubclass(self.settings, OwnPointsSettings) and values["dataset"] == "mine":
            return own_data.own_values(self.settings)
        return {}

    def tools(self, run: Run) -> None:
        """Draw what belongs to the figures and is no knob, e.g. what a click does."""
        if self.canvas and _is_own(run.settings):
            own_data.draw_tools(classes=self.draws_classes,
                                asks=_(self.click_asks) if self.click_asks else "")

    def answer(self, run: Run, event: Event) -> dict[str, Any] | None:
        """Return what to show beside the cursor (`text`, `image`), e.g. a decoded code."""
        return None

    def act(self, run: Run, event: Event) -> bool:
        """Change what is drawn after a click or a drag; True if the page must be drawn again."""
        on_canvas = event.panel == self.canvas and self.places_points(run)
        return on_canvas and own_data.draw(event)

    def places_points(self, run: Run) -> bool:
        """Tell whether a click into the canvas places a point now."""
        asks = bool(self.click_asks) and own_data.click_asks()
        return bool(self.canvas) and _is_own(run.settings) and own_data.is_drawn() and not asks


def _is_own(settings: Settings) -> bool:
    return isinstance(settings, OwnPointsSettings) and settings.dataset == "mine"
