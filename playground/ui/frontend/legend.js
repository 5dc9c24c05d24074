/** The legend of a figure as chips under its title: a click hides a group, two show it alone. */

const version = new URL(import.meta.url).search
const { drawSymbol, hasSymbol } = await import(`./symbols.js${version}`)

const SIZE = 14
const DASHES = { dash: "5 3", dot: "2 2", dashdot: "5 2 2 2" }

export class Legend {
  constructor(panel, element) {
    Object.assign(this, { panel, element, hidden: new Set() })
    this.box = element("div", "legend", panel.box, { hidden: true })
  }

  /** A trace, hidden where its chip says so. */
  shown(trace) {
    return this.hidden.has(keyOf(trace)) ? { ...trace, visible: "legendonly" } : trace
  }

  /** One chip for each group that the figure names, drawn anew where they are others: then true. */
  draw(data, { showlegend, legend }) {
    const named = showlegend === false ? [] : data.filter((trace) => (
      trace.showlegend !== false && trace.name && (data.length > 1 || showlegend)
      && (trace.type !== "heatmap" || trace.showlegend)))
    const chips = named.filter((trace, i) => (
      named.findIndex((other) => keyOf(other) === keyOf(trace)) === i))
    const looks = chips.map(({ name, marker, line, mode, type, fillcolor, colorscale }) => (
      JSON.stringify([name, first(marker?.color), first(marker?.symbol), line?.color, line?.dash,
        mode, type, fillcolor, colorscale])))
    const signature = JSON.stringify([looks, [...this.hidden]])
    if (signature === this.signature) return false
    this.signature = signature
    this.box.hidden = chips.length < 2
    this.box.replaceChildren(...chips.map((trace) => this.chip(trace, chips)))
    return true
  }

  chip(trace, chips) {
    const key = keyOf(trace)
    const chip = this.element("button", "chip", this.box, { type: "button" })
    chip.setAttribute("aria-pressed", !this.hidden.has(key))
    chip.append(swatch(trace), document.createTextNode(plain(trace.name)))
    chip.onclick = () => this.set(key, !this.hidden.has(key))
    chip.ondblclick = () => this.isolate(key, chips)
    return chip
  }

  set(key, hide) {
    this.hidden[hide ? "add" : "delete"](key)
    this.redraw()
  }

  isolate(key, chips) {
    const others = chips.map(keyOf).filter((other) => other !== key)
    const alone = others.every((other) => this.hidden.has(other))
    this.hidden = new Set(alone ? [] : others)
    this.redraw()
  }

  redraw() {
    this.panel.redraw(this.panel.theme)
    this.panel.plot.wake()
  }
}

const first = (value) => (Array.isArray(value) ? value[0] : value)
const keyOf = ({ legendgroup, name }) => legendgroup || name || ""
const plain = (name) => name.replace(/<[^>]*>/g, "")

/** What a group looks like, small. */
function swatch({ mode = "lines+markers", type = "scatter", marker = {}, line = {}, fillcolor,
  colorscale }) {
  const symbol = String(first(marker.symbol) ?? "circle")
  const stamped = type !== "bar" && mode.includes("markers") && hasSymbol(symbol)
  if (stamped && !mode.includes("lines")) {
    const fine = window.devicePixelRatio || 1
    const stamp = document.createElement("canvas")
    const half = drawSymbol(stamp, fine, symbol, 9, first(marker.color) ?? line.color, undefined, 0)
    stamp.style.cssText = `width: ${2 * half}px; height: ${2 * half}px`
    return stamp
  }
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("viewBox", `0 0 ${SIZE + 6} ${SIZE}`)
  svg.setAttribute("width", SIZE + 6)
  svg.setAttribute("height", SIZE)
  const area = type === "heatmap" || type === "bar" || fillcolor
  if (area) {
    const ends = colorscale ? [colorscale[0][1], colorscale.at(-1)[1]] : null
    const color = ends ? `url(#${gradient(svg, ends)})` : fillcolor ?? first(marker.color)
    svg.append(shape("rect", { x: 0, y: 2, width: SIZE + 6, height: SIZE - 4, rx: 2, fill: color }))
  }
  if (mode.includes("lines") && type === "scatter") {
    svg.append(shape("line", {
      x1: 0, x2: SIZE + 6, y1: SIZE / 2, y2: SIZE / 2, stroke: line.color,
      "stroke-width": Math.max(line.width ?? 2, 2), "stroke-dasharray": DASHES[line.dash] ?? "",
    }))
  }
  return svg
}

function shape(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

let gradients = 0

function gradient(svg, [from, to]) {
  const id = `live-plot-gradient-${gradients += 1}`
  const made = shape("linearGradient", { id })
  made.append(shape("stop", { offset: 0, "stop-color": from }),
    shape("stop", { offset: 1, "stop-color": to }))
  svg.append(made)
  return id
}
