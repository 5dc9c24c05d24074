"""Thumbnails: the stored runs as strips of small pictures, for the cards of the home page.

`python -m playground.ui.thumbnails` draws them all anew; names of runs after it, e.g.
`vae/default`, draw just those. Do this after a run was stored anew, or looks another way.

A strip has `MOMENTS` moments of a run one under the other, the first one at the top, on a
transparent ground. It says of which stored run it is: see `mark`.
"""

import hashlib
import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from playground import concepts, gallery
from playground.charts.encode import Figure
from playground.charts.painter import is_pixels, paint, pixels
from playground.runs import files
from playground.ui import paths
from playground.ui.bench.labs import lab_of

FOLDER = gallery.FOLDER / "thumbnails"
MOMENTS = 9
SIZE = (216, 216)
GAP = 3  # around the pictures of a mosaic
MAX_BYTES = 40_000
COLORS = (256, 128, 64, 48, 32)  # in a strip that has too many of them
QUALITIES = (80, 60, 45, 30, 20, 10)  # of one that is a picture with soft shades
DESCRIPTION = 0x010E  # where EXIF has what a picture shows
# Pages that have no run of their own show several others.
MOSAICS = {"generative_models/default": ("pixel_cnn/default", "vae/default", "gan/default",
                                         "dcgan/default")}


def names() -> list[str]:
    """Return all that there are thumbnails of, "concept/name"."""
    return [*map(paths.page, concepts.names()), *MOSAICS,
            *paths.stored()]


def path(name: str) -> Path:
    """Return where the strip of a run lies."""
    return FOLDER / f"{name.replace('/', '-')}.webp"


def mark(name: str) -> str:
    """Return what stands for a stored run, or for those of a mosaic: another one has another."""
    found = hashlib.sha256()
    for part in MOSAICS.get(name, (name,)):
        found.update((gallery.FOLDER / part / "history.npz").read_bytes())
    return found.hexdigest()


def has_pixels(strip: Path) -> bool:
    """Tell whether each pixel of a strip is one of its model, to be shown as a sharp square."""
    with Image.open(strip) as picture:
        return picture.width != SIZE[0]


def mark_of(strip: Path) -> str:
    """Return of which run a strip is."""
    with Image.open(strip) as picture:
        return str(picture.getexif().get(DESCRIPTION, ""))


def moments(name: str) -> list[Image.Image]:
    """Draw the moments of a run, the first one first; between those it has kept, points glide."""
    if parts := MOSAICS.get(name):
        return [_beside(each) for each in zip(*map(moments, parts), strict=True)]
    run = files.load(gallery.FOLDER / name, "gallery")
    lab = lab_of(run.experiment)
    kept = list(run.history.kept.values())
    hero = lab.panels(run.settings)[0].name
    drawn: dict[int, Figure] = {}

    def figure(number: int) -> Figure:
        if number not in drawn:
            drawn[number] = lab.frame(run, kept[number])[hero]
        return drawn[number]

    found = []
    for i in range(MOMENTS):
        place = i * (len(kept) - 1) / (MOMENTS - 1)
        if len(kept) >= MOMENTS:
            place = round(place)
        number = min(int(place), len(kept) - 1)
        ahead = min(number + 1, len(kept) - 1)
        found.append(pixels(figure(number)) if is_pixels(figure(number)) else paint(
            figure(number), SIZE, ahead=figure(ahead), share=place - number))
    return found


def _beside(pictures: tuple[Image.Image, ...]) -> Image.Image:
    """Return four pictures, two by two."""
    sheet = Image.new("RGBA", SIZE)
    width, height = (side // 2 - GAP for side in SIZE)
    for number, picture in enumerate(pictures):
        if picture.size == SIZE:
            small = picture.convert("RGBa").resize((width, height), Image.Resampling.LANCZOS)
            small = small.convert("RGBA")
        else:
            part = picture.crop((0, 0, width // 3, height // 3))
            small = part.resize((width, height), Image.Resampling.NEAREST)
        sheet.paste(small, ((number % 2) * (width + 2 * GAP), (number // 2) * (height + 2 * GAP)))
    return sheet


def strip(name: str) -> bytes:
    """Return the strip of a run as WebP, with as many colours as there is room for.

    Raises:
        ValueError: it cannot be made small enough.
    """
    about = Image.Exif()
    about[DESCRIPTION] = mark(name)
    drawn = moments(name)
    width, height = drawn[0].size
    sheet = Image.new("RGBA", (width, MOMENTS * height))
    for number, picture in enumerate(drawn):
        sheet.paste(picture, (0, number * height))
    few = {n: sheet.quantize(n, Image.Quantize.FASTOCTREE).convert("RGBA") for n in COLORS}
    tries: list[tuple[Image.Image, dict[str, Any]]] = [
        (sheet, {"lossless": True}),
        *((few[n], {"lossless": True}) for n in COLORS),
        *((sheet, {"quality": n, "alpha_quality": n}) for n in QUALITIES)]
    for picture, how in tries:
        file = io.BytesIO()
        picture.save(file, "WEBP", method=6, exif=about, **how)
        if len(file.getvalue()) <= MAX_BYTES:
            return file.getvalue()
    raise RuntimeError(f"the thumbnail of {name} must be {MAX_BYTES} bytes at most")


def build(wanted: list[str]) -> None:
    """Draw strips and store them."""
    FOLDER.mkdir(exist_ok=True)
    for name in wanted:
        path(name).write_bytes(strip(name))
        print(f"{name}: {path(name).stat().st_size:,} bytes", flush=True)


if __name__ == "__main__":
    build(sys.argv[1:] or names())
