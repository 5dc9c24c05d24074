"""The few rules that Streamlit's theme cannot express: less empty space above the figures.

And how charts that stand still are set up: the only tool over them saves them as a picture.
"""

from typing import Any

import streamlit as st

from playground import tokens
from playground.language import _
from playground.ui.bench.plotly_words import plotly_words

RULES = """
.stMainBlockContainer { padding: 4rem 2.5rem 1rem; max-width: 1900px; }
.stMainBlockContainer h2 { padding: 0; font-size: var(--type-head); line-height: 1.2; }
.st-key-head { flex-wrap: nowrap; gap: 1.2rem; min-height: 2.4rem; }
.st-key-head h2 { white-space: nowrap; }
.st-key-head p { font-size: var(--type-title); line-height: 1.25; opacity: var(--faint); }
@media (max-width: 1000px) { .st-key-head [data-testid="stPopover"] { display: none; }
  .st-key-head { flex-wrap: wrap; gap: 0; }
  .st-key-head h2 { white-space: normal; } }
.st-key-presets { box-sizing: border-box; height: calc(2.1rem + 2 * var(--space-xs));
  overflow: auto hidden; scrollbar-width: none; padding: var(--space-xs);
  margin: calc(-1 * var(--space-xs)); }
.st-key-presets > :last-child { position: sticky; right: 0;
  background: var(--page-background); box-shadow: var(--space-l) 0 0 var(--page-background); }
.st-key-presets > :last-child::before { content: ""; position: absolute; inset: 0 100% 0 auto;
  width: 1rem; background: linear-gradient(to right, transparent, var(--page-background));
  pointer-events: none; }
@media (min-width: 1001px) { .st-key-head > :nth-child(2) { flex: 1; } }
.st-key-presets button { min-height: 2.1rem; padding: .15rem .7rem; white-space: nowrap; }
:is([data-testid="stLayoutWrapper"], .stElementContainer):has(> .st-key-play-bar) {
  position: sticky; bottom: 0; z-index: 90; }
.st-key-play-bar { padding: .1rem 0 .2rem; row-gap: .3rem; backdrop-filter: blur(12px);
  background: color-mix(in srgb, var(--page-background, transparent) 90%, transparent); }
:is(.st-key-train-button, .st-key-pause) button { min-width: 6.5rem; }
.st-key-play-bar:has(.st-key-train-button):has(.st-key-pause)
  [data-stale="true"]:is(.st-key-train-button, .st-key-pause, .st-key-further) { display: none; }
.st-key-play-bar :is(.st-key-pin[data-stale="true"]:has(~ .st-key-pin),
  .st-key-pin ~ .st-key-pin[data-stale="true"]) { display: none; }
.st-key-play-bar .stButton button { min-height: 2.2rem; padding: .2rem .7rem; }
:is(.st-key-pin, .st-key-branch, .st-key-play-bar:has(.st-key-further) :is(
  .st-key-reset, .st-key-new-seed)) button [data-testid="stMarkdownContainer"] {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
:is(.st-key-pin, .st-key-branch) button { min-height: 2.2rem; padding: .2rem .5rem; }
:is([class*="st-key-knob-"], [class*="st-key-live-"]) { position: relative; }
:is([class*="st-key-knob-"], [class*="st-key-live-"])
  > :has([data-testid="stBaseButton-tertiary"]) { position: absolute; top: .1rem; right: 1.35rem;
  width: auto; opacity: 0; transition: opacity .15s; }
:is([class*="st-key-knob-"], [class*="st-key-live-"]):is(:hover, :focus-within)
  > :has([data-testid="stBaseButton-tertiary"]) { opacity: .8; }
:is([class*="st-key-knob-"], [class*="st-key-live-"]) [data-testid="stBaseButton-tertiary"] {
  min-height: 1.2rem; padding: 0 .15rem; }
:is([class*="st-key-knob-"], [class*="st-key-live-"]) [data-testid="stBaseButton-tertiary"]
  [data-testid="stMarkdownContainer"] { position: absolute; width: 1px; height: 1px;
  overflow: hidden; clip-path: inset(50%); }
@media (hover: none) { :is([class*="st-key-knob-"], [class*="st-key-live-"])
  > :has([data-testid="stBaseButton-tertiary"]) { opacity: .8; } }
.st-key-pins { row-gap: 0; }
.st-key-pins button { min-height: 1.5rem; padding: 0; }
.st-key-long-run button { min-height: 1.5rem; padding: 0 var(--space-xs); }
.st-key-progress p { font-size: var(--type-small); line-height: 1.25; margin: 0;
  font-variant-numeric: tabular-nums; }
.st-key-progress .stProgress > div { gap: var(--space-xs); margin: 0; }
.st-key-progress [data-testid="stProgressBarTrack"] { height: 3px; }
[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"] { gap: .55rem; }
:has(> .st-key-progress) { flex: 1 1 18rem; min-width: 15rem; }
[class*="st-key-live-"] [data-testid="stWidgetLabel"] p::after {
  content: "bolt" / ""; font: var(--type-lead) "Material Symbols Rounded"; margin-left: .25rem;
  vertical-align: -.15rem; }
:is(table, [data-testid="stMetric"], [data-testid="stSliderThumbValue"]) {
  font-variant-numeric: tabular-nums; }
[data-testid="stTable"] :is(th, td) { padding: .35rem .5rem; font-size: var(--type-small);
  white-space: normal; vertical-align: top; }
[data-testid="stTable"] :is(th, td) p { font-size: inherit; }
.stMarkdown [data-testid="stCaptionContainer"] { color: inherit; opacity: var(--faint); }
button[data-selected="true"] * { color: var(--page-text); }
.stSlider [data-testid="stSliderThumbValue"] { color: inherit; }
[class*="st-key-figures-"]:not([class*="-timeline"]) { min-height: calc(
  var(--figures) + 1.5 * var(--type-lead) + 3 * var(--space-m)); }
[class*="st-key-figures-"]:not([class*="-timeline"], :has(.live-plot)) {
  border: var(--stroke-thin) solid var(--mark-neutral); border-radius: 8px; opacity: .25; }
.st-key-preload { position: absolute; }
[data-testid="stTabPanel"] [data-testid="stVerticalBlock"] > * {
  contain-intrinsic-height: auto 12rem; overflow-clip-margin: 12px; }
[data-moving] [data-testid="stTabPanel"]:not(:has(.live-plot))
  [data-testid="stVerticalBlock"] > * { content-visibility: auto; }
.stMainBlockContainer > [data-testid="stVerticalBlock"] { gap: .6rem; }
@media (max-width: 900px) { .stMainBlockContainer { padding: 4.2rem 1rem 2rem; } }
"""

# On a phone the knobs are a drawer that comes up from below: what they change stays in sight.
DRAWER = """
@media (max-width: 768px) {
  [data-testid="stSidebar"] { position: fixed !important; inset: auto 0 0 0 !important;
    width: 100vw !important; min-width: 100vw !important; max-width: 100vw !important;
    height: 46vh !important;
    border-top: var(--stroke-thin) solid var(--mark-neutral); box-shadow: var(--shadow); }
  body:has([data-testid="stExpandSidebarButton"]) [data-testid="stSidebar"] {
    transform: translateY(110%) !important; }
  [data-testid="stSidebarContent"] { display: flex; flex-direction: column; }
  [data-testid="stSidebarNav"] { order: 2; }
  [data-testid="stExpandSidebarButton"] { width: auto; padding: 0 var(--space-m); }
  [data-testid="stExpandSidebarButton"]::after { content: "KNOBS"; font-size: var(--type-text); }
  .st-key-play-bar .stButton:not(.st-key-train-button *, .st-key-pause *) button p {
    display: none; }
  :is(.st-key-train-button, .st-key-pause) button { min-width: 5.5rem; }
}
"""


def chart() -> dict[str, Any]:
    """Return the config of a chart that stands still, with plotly's words in the language."""
    return {"displaylogo": False, "modeBarButtons": [["toImage"]],
            "toImageButtonOptions": {"scale": 2, "filename": "figure"}} | plotly_words()


def set_style() -> None:
    """Add the tokens of the look and the rules to the page."""
    drawer = DRAWER.replace("KNOBS", _("Knobs"))
    st.html(f"<style>{tokens.css()}{RULES}{drawer}</style>")
