"""PixelRNN: Row LSTM and Diagonal BiLSTM."""

from model_zoo.autoregressive import AutoregressiveModel
from model_zoo.pixel_rnn import DiagonalBiLSTM, RowLSTM
from playground.experiments.autoregressive import AutoregressiveExperiment, Net
from playground.experiments.pixel_rnn.settings import PixelRNNSettings

MODELS = {"row": RowLSTM, "diagonal": DiagonalBiLSTM}
UNITS_TO_SEE = 6


class PixelRNNExperiment(AutoregressiveExperiment[PixelRNNSettings]):
    """Trains models that walk over the image."""

    @classmethod
    def build(cls, settings: PixelRNNSettings, shape: tuple[int, ...]) -> AutoregressiveModel:
        """Return the model that the settings name, untrained."""
        return MODELS[settings.model](shape, settings.n_levels, settings.units, settings.layers,
                                      settings.kernel)

    @classmethod
    def nets(cls, settings: PixelRNNSettings) -> dict[str, Net]:
        """Return both kinds of LSTM, with this first kernel."""
        kernel = settings.kernel
        return {
            "row_lstm": lambda shape, depth: RowLSTM(shape, 2, UNITS_TO_SEE, depth, kernel),
            "diagonal": lambda shape, depth: DiagonalBiLSTM(shape, 2, UNITS_TO_SEE, depth, kernel),
        }
