"""The lab: what a page declares about its concept. The bench (bench.py) does the rest."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic

from typing_extensions import TypeVar

from playground.datasets.own import OwnPointsSettings
from playground.language import _
from playground.measures import Measure
from playground.presets import Preset
from playground.runs.run import Run
from playground.settings import Knob, Settings, Value
from playground.snapshot import Snapshot
from playground.ui.bench.browser_events import Event
from playground.ui.bench.live_plot import Panel
from playground.ui.tools import own_data

EARLY = 0.25  # of a training: before that, captions diagnose nothing that may only be late

Figure = dict[str, Any]
Widget = Callable[[str, Knob, Mapping[str, Value]], Value]
S = TypeVar("S", bound=Settings, default=Any)


@dataclass(frozen=True)
class Places:
    """Places beside own points that the visitor clicks, and that a link to the page carries.

    Attributes:
        clicked: returns the session's list of them.
        count: tells by how the knobs stand whether they count.
        most: how many there may be.
    """

    clicked: Callable[[], list[tuple[float, float]]]
    count: Callable[[Mapping[str, Value]], bool]
    most: int


class Lab(ABC, Generic[S]):
    """One concept's page. Figures are made from a run's numbers alone.

    Attributes:
        concept: name of the experiment, of the folder with the prose, and of the URL.
        settings: the experiment's settings.
        title, idea: the page's name, and its idea in one sentence.
        presets: the chips; the first one stands on the page on arrival.
        code: files that the Code tab shows, from the project's root.
        canvas: the panel into which the visitor may draw points, if there is one.
        draws_classes: whether drawn points have classes.
        click_asks: what a click into the canvas can do instead of placing a point, e.g. ask.
        widgets: of knobs that are turned in a way of their own, by name: a function that draws
            one, given its name, the knob and the values of the knobs above it, and returns its
            value, which it keeps in the session under the knob's name.
        starts: what the visitor can click beside own points, if a link carries it.
        measures: by which runs can be compared, by the metrics' names, the one that tells most
            first. Not every run has each of them.
    """

    concept: ClassVar[str]
    settings: ClassVar[type[Any]]
    title: ClassVar[str]
    idea: ClassVar[str]
    presets: ClassVar[tuple[Preset, ...]]
    code: ClassVar[tuple[str, ...]]
    canvas: ClassVar[str] = ""
    draws_classes: ClassVar[bool] = False
    click_asks: ClassVar[str] = ""
    widgets: ClassVar[Mapping[str, Widget]] = {}
    starts: ClassVar[Places | None] = None
    measures: ClassVar[Mapping[str, Measure]] = {}

    @abstractmethod
    def panels(self, settings: S) -> list[Panel]:
        """Return the figures' titles and places, from left to right."""

    @abstractmethod
    def frame(self, run: Run[S], snapshot: Snapshot) -> dict[str, Figure]:
        """Return the figures of one moment, by the names of the panels of kind "frame"."""

    @abstractmethod
    def curves(self, run: Run[S]) -> dict[str, Figure]:
        """Return the figures over all steps, by the names of the panels of kind "curve"."""

    @abstractmethod
    def caption(self, run: Run[S], snapshot: Snapshot) -> str:
        """Return one or two sentences that say what the numbers of this moment mean.

        They are plain text; only **bold** is marked.
        """

    def opens(self, run: Run[S]) -> int | None:
        """Return the number of the snapshot at which a stored run opens; its newest where None."""
        return None

    def numbers(self, run: Run[S]) -> dict[str, str]:
        """Return what stands for the `[[name]]` places in the prose, with units.

        Args:
            run: as it stood at the moment that the visitor looks at, its newest snapshot here.
        """
        return {}

    def illustrations(self, run: Run[S]) -> dict[str, Figure]:
        """Return the figures that the prose may show, by name.

        These are the page's own ones, as they are at the run's last moment; a page may add others.
        """
        last = run.history.last
        return {**self.frame(run, last), **self.curves(run)} if last else {}

    def explore(self, run: Run[S]) -> None:
        """Draw the Explore tab, which asks the trained model.

        Args:
            run: as it stood at the moment that the visitor looks at. Its model answers as it is
                now, whatever the moment.
        """

    def under(self, group: str, values: Mapping[str, Value]) -> None:
        """Draw what belongs under a group of knobs in the sidebar: where own points come from.

        Args:
            group: "Data", "Model" or "Training".
            values: how the knobs of this group and of those above it stand.
        """
        if group == "Data" and self._learns_from_own(values):
            own_data.file_panel(self.settings)

    def drawn(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the settings that have no knob, e.g. points that the visitor has drawn.

        Args:
            values: how the knobs stand.
        """
        return own_data.own_values(self.settings) if self._learns_from_own(values) else {}

    def take(self, settings: S) -> None:
        """Let the session's own data be those of a run that is opened."""
        if isinstance(settings, OwnPointsSettings) and _is_own(settings):
            own_data.take(settings)

    def _learns_from_own(self, values: Mapping[str, Value]) -> bool:
        return issubclass(self.settings, OwnPointsSettings) and self.settings.learns_from_own(
            values)

    def is_ready(self, settings: S) -> bool:
        """Tell whether there is something to learn from, or the visitor must draw first."""
        return not _is_own(settings) or bool(settings.points)  # type: ignore[attr-defined]

    def tools(self, run: Run[S]) -> None:
        """Draw what belongs to the figures and is no knob, e.g. what a click does."""
        if self.canvas and _is_own(run.settings):
            own_data.draw_tools(classes=self.draws_classes,
                                asks=_(self.click_asks) if self.click_asks else "")

    def answer(self, run: Run[S], event: Event) -> dict[str, Any] | None:
        """Return what to show beside the cursor (`text`, `image`), e.g. a decoded code."""
        return None

    def act(self, run: Run[S], event: Event) -> bool:
        """Change what is drawn after a click or a drag; True if the page must be drawn again."""
        on_canvas = event.panel == self.canvas and self.places_points(run)
        return on_canvas and own_data.draw(event)

    def places_points(self, run: Run[S]) -> bool:
        """Tell whether a click into the canvas places a point now."""
        asks = bool(self.click_asks) and own_data.click_asks()
        return bool(self.canvas) and _is_own(run.settings) and own_data.is_drawn() and not asks


def _is_own(settings: Settings) -> bool:
    return isinstance(settings, OwnPointsSettings) and settings.learns_from_own(dict(settings))
