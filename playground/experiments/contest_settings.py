"""What a visitor can turn wherever several families learn side by side."""

from playground.experiments.model_settings import ModelSettings
from playground.knobs import seed_knob, steps_knob
from playground.language import N_
from playground.settings import knob


class ContestSettings(ModelSettings):
    """The budget of each family, wherever several learn side by side."""

    budget: str = knob(
        "steps", N_("The same budget in"), group="Training",
        choices={"steps": N_("steps for each"), "seconds": N_("seconds for each")},
        help=N_("Steps are fair to slow models, seconds to quick ones. What is fitted by a "
                "formula needs hardly any."),
    )
    steps: int = steps_knob(
        2000, N_("Updates of each net, and at most so many half-steps of EM. Try 100: the "
                 "formulas have long finished, the nets have hardly begun. To judge takes a "
                 "few steps more."), budget=("steps",))
    seconds: float = knob(
        5.0, N_("Seconds for each"), group="Training", low=0.2, high=100, log=True, unit="s",
        when={"budget": ("seconds",)},
        help=N_("How long each family may train. Unlike steps, seconds do not give the same "
                "numbers again."),
    )
    seed: int = seed_knob(
        N_("The chance in the draw of the points, in weights, batches and samples. Is the "
           "winner still the winner?"))
