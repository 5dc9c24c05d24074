"""How near a restored image is to the true one, and what its texture is made of.

All images are (N, C, H, W) in [0, 1].
"""

import numpy as np
from scipy.ndimage import correlate1d

WINDOW, SIGMA = 11, 1.5
C1, C2 = 0.01**2, 0.03**2  # K1 and K2 of the paper, for a range of 1
PATCH = 4
MOST_PATCHES = 10_000
LEAST_ERROR = 1e-10


def psnr(images: np.ndarray, truth: np.ndarray) -> float:
    """Return the peak signal-to-noise ratio in dB: -10 log10 of the mean squared error.

    The mean is over all images, so that one perfect image does not make it infinite.
    """
    error = float(np.square(images.astype(np.float64) - truth).mean())
    return -10 * float(np.log10(max(error, LEAST_ERROR)))


def ssim(images: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean structural similarity, 1 for equal images.

    Zhou Wang et al., "Image Quality Assessment: From Error Visibility to Structural Similarity",
    2004, equation 13, https://doi.org/10.1109/TIP.2003.819861: means, variances and covariance
    under a Gaussian window of 11 x 11, wherever it lies wholly inside; of each channel alone. For
    images that are smaller than that, the largest odd window that fits.
    """
    side = min(WINDOW, *images.shape[2:])
    half = (side - 1) // 2
    reach = np.arange(-half, half + 1)
    window = np.exp(-(reach**2) / (2 * SIGMA**2))
    window /= window.sum()

    def local(x: np.ndarray) -> np.ndarray:
        blurred = correlate1d(correlate1d(x, window, axis=2), window, axis=3)
        height, width = x.shape[2:]
        return np.asarray(blurred[:, :, half : height - half, half : width - half])

    a, b = images.astype(np.float64), truth.astype(np.float64)
    mean_a, mean_b = local(a), local(b)
    var_a, var_b = local(a * a) - mean_a**2, local(b * b) - mean_b**2
    covariance = local(a * b) - mean_a * mean_b
    similar = ((2 * mean_a * mean_b + C1) * (2 * covariance + C2)
               / ((mean_a**2 + mean_b**2 + C1) * (var_a + var_b + C2)))
    return float(similar.mean())


def patches(images: np.ndarray) -> np.ndarray:
    """Return small patches of images, without their mean colour: texture, strokes and edges.

    Squares of 4 x 4 pixels side by side, evenly chosen, (M, C * 16). How far those of one set must
    be moved to become those of another says how alike both look, wherever things are, without a
    net. After Tero Karras et al., "Progressive Growing of GANs", 2018, section 5,
    https://arxiv.org/abs/1710.10196, on one scale alone.
    """
    n, channels, height, width = images.shape
    rows, columns = height // PATCH, width // PATCH
    cut = images[:, :, : rows * PATCH, : columns * PATCH].astype(np.float64)
    cut = cut.reshape(n, channels, rows, PATCH, columns, PATCH).transpose(0, 2, 4, 1, 3, 5)
    cut = cut.reshape(-1, channels, PATCH * PATCH)
    found = (cut - cut.mean(axis=2, keepdims=True)).reshape(len(cut), -1)
    return found[:: -(-len(found) // MOST_PATCHES)]
