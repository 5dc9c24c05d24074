"""What a visitor can turn on the PixelRNN page."""

from playground.experiments.autoregressive_settings import AutoregressiveSettings
from playground.knobs import batch_size_knob, kernel_knob, layers_knob, steps_knob
from playground.language import N_
from playground.settings import knob


class PixelRNNSettings(AutoregressiveSettings):
    """Data, model and training of PixelRNN."""

    model: str = knob(
        "diagonal", N_("Model"),
        choices={"row": N_("Row LSTM: row by row"),
                 "diagonal": N_("Diagonal BiLSTM: along diagonals")},
        help=N_("The Row LSTM needs one step a row and sees a triangle. The Diagonal BiLSTM needs "
                "one a diagonal, from both sides, and sees all."),
    )
    units: int = knob(
        16, N_("LSTM units"), low=4, high=64, step=4,
        help=N_("Numbers in each state. Try 4: the state can hardly remember which digit it is."),
    )
    layers: int = layers_knob(
        1, N_("LSTM layers on top of each other. Each one makes every step slower."))
    kernel: int = kernel_knob(
        N_("Side of the first kernel. Try 3: here the LSTM brings what lies farther away."))
    batch_size: int = batch_size_knob(32, N_("Pictures per step. Small ones suit an LSTM."))
    steps: int = steps_knob(
        1000, N_("When the run is finished. The default takes about twenty seconds."))
