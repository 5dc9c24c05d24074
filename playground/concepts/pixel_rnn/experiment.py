"""PixelRNN: Row LSTM and Diagonal BiLSTM."""

from model_zoo.autoregressive import AutoregressiveModel
from model_zoo.pixel_rnn import DiagonalBiLSTM, RowLSTM
from playground.concepts.pixel_rnn.settings import PixelRNNSettings
from playground.experiments.autoregressive import AutoregressiveExperiment, shared_out
from playground.experiments.sight import Net, small_net

MODELS = {"row": RowLSTM, "diagonal": DiagonalBiLSTM}
UNITS_TO_SEE = 6
SLOWER = 4


class PixelRNNExperiment(AutoregressiveExperiment[PixelRNNSettings]):
    """Trains models that walk over the image."""

    @classmethod
    def build(cls, settings: PixelRNNSettings, shape: tuple[int, ...],
              n_classes: int = 0) -> AutoregressiveModel:
        """Return the model that the settings name, untrained."""
        units = shared_out(settings.units, shape[0])
        return MODELS[settings.model](shape, settings.n_levels, units, settings.layers,
                                      settings.kernel, n_classes)

    @classmethod
    def uses(cls, settings: PixelRNNSettings, shape: tuple[int, ...]) -> int:
        """Once a pixel, like a convolution; a walk takes `SLOWER` times as long for it."""
        return SLOWER * shape[1] * shape[2]

    @classmethod
    def nets(cls, settings: PixelRNNSettings) -> dict[str, Net]:
        """Return both kinds of LSTM, with this first kernel."""
        return {name: small_net(kind, UNITS_TO_SEE, settings.kernel)
                for name, kind in (("row_lstm", RowLSTM), ("diagonal", DiagonalBiLSTM))}
