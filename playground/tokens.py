"""The look of the app: each colour, size, space, stroke and radius has one name and one value.

`css()` hands them to the style sheets, and by these to plotly and to the canvas; the figures take
the colours from `charts.colors`, which is made of those here. Streamlit reads its own from
`.streamlit/config.toml`; a test holds both together.

All colours that mean something have a luminance in the middle: they stand out from the light page
and from the dark one by a contrast of 3, so that a thing has one colour on both. No colour stands
out from both by 4.5, as words must: these have the colour of the text.
"""

from collections.abc import Mapping

MARKS = {
    "data": "#0072B2",
    "samples": "#D55E00",
    "gradients": "#CC79A7",
    "generator": "#009E73",
    "neutral": "#808080",
}

# Of classes, in their order: Okabe's and Ito's where they are neither too light nor too dark, else
# what is near to theirs and keeps its distance under simulated protanopia and deuteranopia.
CLASSES = (
    "#0072B2",
    "#CC1116",
    "#009E73",
    "#CC79A7",
    "#2D9CD7",
    "#D55E00",
    "#C5067E",
    "#2A6E50",
    "#5C7DFF",
    "#1249FF",
)

EDGE = "#FFFFFF"  # around a mark that lies on others
EMPTY = "#ECF0F4"  # a cell of a picture in which nothing is yet

# By the names that Streamlit's configuration has for them.
PAGES: Mapping[str, Mapping[str, str]] = {
    "light": {
        "primaryColor": "#0072B2",
        "backgroundColor": "#FFFFFF",
        "secondaryBackgroundColor": "#F3F6F9",
        "textColor": "#1A2230",
        "borderColor": "#D9E0E7",
    },
    "dark": {
        "primaryColor": "#2A79BA",
        "backgroundColor": "#0E1117",
        "secondaryBackgroundColor": "#1A2029",
        "textColor": "#EEF2F6",
        "borderColor": "#323B48",
    },
}

SHADOW = "0 4px 14px rgb(0 0 0 / 18%)"  # of what lies over the page
FIGURES = "clamp(400px, 58vh, 800px)"  # height of the figures on the first screen
FAINT = 0.7  # opacity of words that stand back

SIZES = {  # in pixels
    "type-fine": 12,
    "type-small": 13,
    "type-text": 14,
    "type-title": 15,
    "type-lead": 16,
    "type-head": 28,
    "space-xs": 2,
    "space-s": 4,
    "space-m": 8,
    "space-l": 12,
    "space-xl": 24,
    "stroke-thin": 1,
    "stroke": 1.5,
    "stroke-focus": 2,
    "radius": 8,
    "chip": 24,
    "control": 28,
}


def css() -> str:
    """Return a rule that gives the tokens to all style sheets below it, as `--mark-data` etc."""
    values = {**{f"mark-{name}": color for name, color in MARKS.items()},
              "mark-edge": EDGE, "empty": EMPTY, "faint": f"{FAINT:g}",
              **{name: f"{size:g}px" for name, size in SIZES.items()}}
    values |= {"shadow": SHADOW, "figures": FIGURES}
    return f":root {{ {' '.join(f'--{name}: {value};' for name, value in values.items())} }}"


def page_css(theme: str) -> str:
    """Return the colours of a page as Streamlit names them in its style sheets."""
    def kebab(name: str) -> str:
        return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)

    return " ".join(f"--st-{kebab(name)}: {color};" for name, color in PAGES[theme].items())
