"""What a visitor can turn in a game of two players."""

from playground.experiments.model_settings import ModelSettings
from playground.knobs import batch_size_knob, latent_dim_knob, seed_knob, steps_knob
from playground.language import N_
from playground.settings import knob

PROBABLE = ("minimax", "non_saturating")  # games in which D is a probability
WITH_TARGET = (*PROBABLE, "least_squares")
# What D says of a place where it cannot tell, and how far from there the sure ones lie; 0 where
# the scores of a game have no scale of their own.
SCALES = {"minimax": (0.5, 0.5), "non_saturating": (0.5, 0.5), "least_squares": (0.5, 0.5),
          "hinge": (0.0, 1.0), "wasserstein": (0.0, 0.0), "wgan_gp": (0.0, 0.0)}


class GameSettings(ModelSettings):
    """Two players, their game, and how they are trained; which data and nets, the pages say."""

    game: str = knob(
        "non_saturating", N_("Game"),
        choices={"minimax": N_("minimax: as in the theorem"),
                 "non_saturating": N_("non-saturating"),
                 "least_squares": N_("least squares"), "hinge": N_("hinge"),
                 "wasserstein": N_("Wasserstein, clipped weights"),
                 "wgan_gp": N_("Wasserstein, gradient penalty")},
        help=N_("What the players want. Try minimax with a fast discriminator: once it is sure, "
                "the generator feels no slope."),
    )
    latent_dim: int = latent_dim_knob(
        2, N_("How many numbers of noise the generator starts from. On a plane, 2 show its whole "
              "sheet, more a slice. Try 10 there: groups are easier to reach."))
    prior: str = knob(
        "gaussian", N_("Noise"),
        choices={"gaussian": N_("Gaussian"), "uniform": N_("even in a square")},
        help=N_("Try even noise: the sheet has edges, and you see how it is folded."),
    )
    pack: int = knob(
        1, N_("Samples judged together"), low=1, high=4, step=1,
        help=N_("PacGAN: the discriminator sees several at once. Try 2: samples that are all "
                "alike give the generator away."),
    )
    spectral: bool = knob(
        False, N_("Spectral norm"),
        help=N_("Divides layers of the discriminator by their largest stretch. Expect a gentle "
                "slope everywhere."),
    )
    r1: float = knob(
        0.0, N_("R1 penalty"), low=0, high=10, log=True, live=True,
        help=N_("Makes the discriminator flat at the data. Try 0.1 where the game swings."),
    )
    instance_noise: float = knob(
        0.0, N_("Instance noise"), low=0, high=1, step=0.05, live=True,
        help=N_("Blurs whatever the discriminator sees. Try 0.3 where data and samples do not "
                "touch: they overlap again."),
    )
    smoothing: float = knob(
        1.0, N_("Target of real data"), low=0.5, high=1, step=0.05, live=True,
        when={"game": WITH_TARGET},
        help=N_("Label smoothing: below 1 the discriminator is told never to be quite sure."),
    )
    clip: float = knob(
        0.1, N_("Largest weight"), low=0.01, high=1, log=True, live=True,
        when={"game": ("wasserstein",)},
        help=N_("The critic's weights are cut off here. Try 0.01: its slope all but vanishes."),
    )
    penalty: float = knob(
        0.1, N_("Gradient penalty"), low=0, high=10, log=True, live=True,
        when={"game": ("wgan_gp",)},
        help=N_("Pulls the critic's slope to 1. Try 10: a stiff critic, a slow generator."),
    )
    turn: str = knob(
        "both", N_("Who moves"), group="Training", live=True,
        choices={"both": N_("both in each step"), "alternate": N_("one after the other"),
                 "discriminator": N_("the discriminator alone"),
                 "generator": N_("the generator alone")},
        help=N_("Try the discriminator alone for a while: it becomes sure. Then the generator "
                "alone: it runs to the highest point."),
    )
    critic_steps: int = knob(
        1, N_("Updates of D per step"), group="Training", low=1, high=10, step=1, live=True,
        help=N_("How often the discriminator moves before the generator does. Wasserstein games "
                "want 3 or more."),
    )
    discriminator_rate: float = knob(
        0.001, N_("Learning rate of D"), group="Training", low=1e-5, high=1, log=True, live=True,
        help=N_("Try ten times that of the generator: a strong discriminator."),
    )
    generator_rate: float = knob(
        0.001, N_("Learning rate of G"), group="Training", low=1e-5, high=1, log=True, live=True,
        help=N_("Try ten times that of the discriminator: the samples hunt from group to group."),
    )
    optimizer: str = knob(
        "adam", N_("Optimiser"), group="Training",
        choices={"adam": N_("Adam"), "rmsprop": N_("RMSprop"), "sgd": N_("gradient descent")},
        help=N_("Try gradient descent with rates of 0.1: slow circles."),
    )
    momentum: float = knob(
        0.5, N_("Momentum (beta 1)"), group="Training", low=0, high=0.95, step=0.05,
        when={"optimizer": ("adam", "sgd")},
        help=N_("Try 0.9: the players overshoot, and the game swings."),
    )
    schedule: str = knob(
        "linear", N_("Learning rate over time"), group="Training",
        choices={"constant": N_("stays"), "linear": N_("falls to 0 along a line")},
        help=N_("Try a rate that stays: the game never comes to rest."),
    )
    batch_size: int = batch_size_knob(256, N_("Points per update. Try 8: the slope flickers."))
    steps: int = steps_knob(3000)
    slow: bool = knob(
        False, N_("Slow motion"), group="Training", live=True,
        help=N_("Two steps a second, one player at a time: follow the numbers in the diagram."),
    )
    seed: int = seed_knob(
        N_("The chance in weights, batches and noise; the data stay. Another seed may find "
           "other groups."))
