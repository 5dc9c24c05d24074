"""Pages and apps with nothing around what is measured: the references."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

APP = """import streamlit as st; st.title("x")
"""
BUTTON = """import streamlit as st

def press():
    st.session_state.pressed = not st.session_state.get("pressed")

st.button("x", key="two" if st.session_state.get("pressed") else "one", on_click=press)
"""
PAGES = """import streamlit as st

def one():
    with st.container(key="page-one"):
        st.title("one")

def two():
    with st.container(key="page-two"):
        st.title("two")

def home():
    st.title("x")

st.navigation({"": [st.Page(home)], "all": [st.Page(one), st.Page(two)]}, position="top").run()
"""
PAGE = """<!doctype html><body style="margin: 0"><script>
let scenes = [], pens = []
window.drawn = 0

/** Take the scenes of `scene` in _bare.py: places in pixels, pictures by their address. */
async function take(given) {
  document.querySelectorAll("canvas").forEach((canvas) => canvas.remove())
  scenes = given
  pens = scenes[0].map(({ left, top, width, height }) => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height })
    canvas.style.cssText = `position: absolute; left: ${left}px; top: ${top}px`
    document.body.append(canvas)
    return canvas.getContext("2d")
  })
  for (const { items } of scenes.flat()) for (const item of items) {
    if (item.source) {
      item.image = Object.assign(new Image(), { src: item.source })
      await item.image.decode()
    }
    if (item.cells) item.image = field(item)
  }
}

function field({ cells, columns }) {
  const image = new OffscreenCanvas(columns, cells.length / columns)
  const ink = image.getContext("2d")
  const data = ink.createImageData(image.width, image.height)
  cells.forEach((value, i) => data.data.set([value, value, value, 255], 4 * i))
  ink.putImageData(data, 0, 0)
  return image
}

/** Draw a scene, or what lies between it and the next one. */
function draw(scene, next, share) {
  window.drawn += 1
  pens.forEach((ink, k) => {
    ink.clearRect(0, 0, ink.canvas.width, ink.canvas.height)
    scene[k].items.forEach((item, i) => {
      const to = next?.[k].items[i]?.x?.length === item.x?.length ? next?.[k].items[i] : null
      const at = (axis, j) => item[axis][j] + (to ? share * (to[axis][j] - item[axis][j]) : 0)
      if (item.image) return ink.drawImage(item.image, ...item.box)
      ink.beginPath()
      for (let j = 0; j < item.x.length; j += 1) {
        const [x, y] = [at("x", j), at("y", j)]
        if (item.lines) ink.lineTo(x, y)
        else {
          ink.moveTo(x + 3, y)
          ink.arc(x, y, 3, 0, 2 * Math.PI)
        }
      }
      ink.fillStyle = ink.strokeStyle = ["#0072B2", "#D55E00", "#009E73"][i % 3]
      ink[item.lines ? "stroke" : "fill"]()
    })
  })
}

const step = (i) => requestAnimationFrame(() => draw(scenes[i % scenes.length]))

/** Glide from scene to scene, in each animation frame: `feed` says that there is a next one. */
let fed = 0, since = 0
const feed = () => { fed += 1; since = performance.now() }
function glide() {
  const [here, next] = [scenes[fed % scenes.length], scenes[(fed + 1) % scenes.length]]
  draw(here, next, Math.min((performance.now() - since) / 500, 1))
  requestAnimationFrame(glide)
}
</script></body>"""

SCENE = """async (most) => {
  const KINDS = { f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array,
    i4: Int32Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array }
  const numbers = (values) => {
    if (values?.bdata === undefined) return (values ?? []).flat()
    const bytes = Uint8Array.from(atob(values.bdata), (c) => c.charCodeAt(0))
    return Array.from(new KINDS[values.dtype](bytes.buffer))
  }
  const next = () => new Promise((resolve) => requestAnimationFrame(resolve))
  const slider = document.querySelector(".live-plot-slider")
  const tenth = (values) => Array.from(values, (value) => Math.round(10 * value) / 10)
  const item = (trace, layout) => {
    const axis = (id) => layout[`${id[0]}axis${id.slice(1)}`]
    const [xaxis, yaxis] = [axis(trace.xaxis ?? "x"), axis(trace.yaxis ?? "y")]
    if (!xaxis || !yaxis) return null
    const box = [xaxis._offset, yaxis._offset, xaxis._length, yaxis._length]
    if (trace.source) return { source: trace.source, box }
    if (trace.z) {
      const cells = numbers(trace.z)
      const [low, high] = [0, 1].map((k) => cells.reduce((a, b) => Math[k ? "max" : "min"](a, b)))
      const columns = trace.z.shape ? Number(trace.z.shape.split(",")[1]) : trace.z[0].length
      return { columns, box, cells: cells.map((z) => Math.round(255 * (z - low) / (high - low))) }
    }
    return {
      lines: Boolean((trace.mode ?? "lines").includes("lines")),
      x: tenth(trace.x.length ? Array.from(trace.x, (x) => xaxis._offset + xaxis.d2p(x)) : []),
      y: tenth(trace.y.length ? Array.from(trace.y, (y) => yaxis._offset + yaxis.d2p(y)) : []),
    }
  }
  const scene = () => [...document.querySelectorAll(".live-plot-canvas")].map((canvas) => {
    const { left, top } = canvas.getBoundingClientRect()
    const items = canvas.traces().map((trace) => item(trace, canvas._fullLayout)).filter(Boolean)
    return { left, top, width: canvas.offsetWidth, height: canvas.offsetHeight, items }
  })
  const scenes = []
  const n = Number(slider.max)
  for (let i = 0; i < Math.max(Math.min(n, most), 1); i += 1) {
    slider.value = Math.floor(i * n / Math.min(n, most)) || 0
    slider.dispatchEvent(new Event("input"))
    await next()
    await next()
    scenes.push(scene())
  }
  return scenes
}"""


@contextmanager
def app(code: str) -> Iterator[Path]:
    """Write a Streamlit app of a few lines into a file, for as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "bare.py"
        script.write_text(code, encoding="utf-8")
        yield script


def scenes(page: Page, most: int) -> list[Any]:
    """Return what a page of ours draws, at so many moments of its run at most."""
    found: list[Any] = page.evaluate(SCENE, most)
    return found


def show(page: Page, drawn: list[Any]) -> None:
    """Let a bare page take these scenes."""
    page.set_content(PAGE)
    page.evaluate("take", drawn)
