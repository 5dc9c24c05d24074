/**
 * What moves in a figure, on a canvas over plotly's axes: points, lines, surfaces, pictures, words.
 *
 * Plotly makes an element of each point and lays out the whole figure anew, 40 to 150 ms for what
 * a canvas draws in 2. So plotly is given the shell of a picture: its layout, and of each trace
 * what axes and legend need to know. While the shell stays the same, the canvas does all the work.
 */

const version = new URL(import.meta.url).search
const [{ decode, inRows }, { Stamps, hasSymbol }] = await Promise.all(
  ["numbers", "symbols"].map((name) => import(`./${name}.js${version}`)))

const DASHES = { dash: [9, 5], dot: [3, 3], dashdot: [9, 4, 3, 4], longdash: [12, 6] }
const COLORS = 256
const MOST_PICTURES = 64
const MOST_WIDTHS = 2000

// --- what a canvas can draw

const isNumber = (value) => typeof value === "number" || value === null
const isPlain = (values) => values?.bdata !== undefined || (
  Array.isArray(values) && isNumber(values[0] ?? null))
const isColor = (value) => typeof value === "string" || value === undefined
const tags = /<(?!\/?b>|br>)/

function drawsScatter({ mode = "lines+markers", x, y, marker = {}, line = {}, fill, text,
  error_x, error_y, stackgroup }) {
  if (error_x || error_y || stackgroup || !isPlain(x) || !isPlain(y)) return false
  if (![undefined, "none", "toself", "tozeroy"].includes(fill)) return false
  if (line.shape && line.shape !== "linear") return false
  if (mode.includes("text") && [text ?? []].flat().some((each) => tags.test(each))) return false
  const { color, symbol, opacity, line: edge = {} } = marker
  return [color].flat().every(isColor) && [symbol ?? "circle"].flat().every(hasSymbol)
    && !Array.isArray(opacity) && isColor(edge.color)
}

function drawsHeatmap({ x, y, z, colorscale, text, texttemplate }) {
  const rows = inRows(z)
  return Array.isArray(colorscale) && !text && !texttemplate && rows.length > 1
    && rows[0].length > 1 && evenly(x) && evenly(y)
}

function evenly(values) {
  if (values === undefined) return true
  const places = decode(values)
  if (!isPlain(values)) return false
  const step = (places.at(-1) - places[0]) / (places.length - 1)
  return Array.from(places).every((place, i) => (
    Math.abs(place - places[0] - i * step) < 1e-3 * Math.abs(step)))
}

function drawsBars({ x, y, width, base, orientation, text, marker = {} }, { barmode } = {}) {
  return barmode === "overlay" && orientation !== "h" && typeof width === "number"
    && base === undefined && !text && isPlain(x) && isPlain(y) && isColor(marker.color)
}

const CAN_DRAW = {
  bar: drawsBars,
  scatter: drawsScatter, scattergl: drawsScatter, heatmap: drawsHeatmap,
  image: ({ source, x0, dx, y0, dy }) => source && x0 === dx && y0 === dy && x0 === undefined,
}
const STAY = ["contour"] // plotly draws it below

/** Whether all that plotly would draw above the canvas can be drawn on it. */
function canDraw({ data, layout }) {
  const axes = Object.entries(layout ?? {}).filter(([key]) => /^[xy]axis/.test(key))
  const plain = axes.every(([, { type = "linear" }]) => ["linear", "log"].includes(type))
  const framed = data.every((trace) => trace.type !== "image" || isFramed(trace, layout))
  return plain && framed && data.some(({ type = "scatter" }) => type in CAN_DRAW) && data.every((trace) => (
    STAY.includes(trace.type) || CAN_DRAW[trace.type ?? "scatter"]?.(trace, layout)))
}

// --- what is left to plotly

const NOTHING = { type: "scatter", mode: "markers", x: [null], y: [null], showlegend: false }

/** The lowest and the highest number; nothing of nothing. */
function ends(values) {
  const numbers = decode(values)
  let [low, high] = [Infinity, -Infinity]
  for (const value of numbers) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return low <= high ? [low, high] : [null]
}

const few = (style) => Object.fromEntries(Object.entries(style).map(([name, value]) => (
  [name, Array.isArray(value) ? value.slice(0, 2) : value])))

/** What a trace is to the axes and to the legend. */
function ghost(trace, layout) {
  const { type = "scatter", x, y, z, text, textposition, source, meta, customdata, ids, ...rest } = trace
  if (STAY.includes(type)) return trace
  if (type === "image") return { ...NOTHING, xaxis: trace.xaxis, yaxis: trace.yaxis }
  if (type === "heatmap") return heatmapGhost(trace)
  if (type === "bar") return { ...rest, type, x: ends(x), y: ends(y).slice(-1), hoverinfo: "skip" }
  const { mode = "lines+markers", marker = {}, fill, ...look } = rest
  const bound = isFramed(trace, layout)
  const places = (values) => bound ? [null] : ends(values)
  const down = fill === "tozeroy" ? [0] : []
  return {
    ...look, fill, type: "scatter", mode, marker: few(marker), hoverinfo: "skip",
    x: places(x), y: bound ? places(y) : ends([...places(y), ...down]),
  }
}

/** Whether the layout says itself which part of the plane is shown. */
export const isFramed = ({ xaxis = "x", yaxis = "y" }, layout) => [xaxis, yaxis].every((axis) => (
  layout?.[`${axis[0]}axis${axis.slice(1)}`]?.range))

/** Two by two cells that lie where the many lie. */
function heatmapGhost({ z, x, y, x0, dx, y0, dy, ...rest }) {
  const rows = inRows(z)
  const [left, right] = edges(x, x0, dx, rows[0].length)
  const [bottom, top] = edges(y, y0, dy, rows.length)
  const centres = (low, high) => [0.75 * low + 0.25 * high, 0.25 * low + 0.75 * high]
  const [zmin, zmax] = [rest.zmin, rest.zmax].map((given, i) => (
    given ?? ends(rows.flatMap((row) => Array.from(row)))[i]))
  return {
    ...rest, zmin, zmax, x: centres(left, right), y: centres(bottom, top),
    z: [[zmin, zmin], [zmin, zmin]], hoverinfo: "skip",
  }
}

/** Where the cells of a heat map begin and end. */
function edges(centres, first = 0, step = 1, n) {
  const places = centres ? decode(centres) : [first, first + (n - 1) * step]
  const half = (places.at(-1) - places[0]) / (n - 1) / 2
  return [places[0] - half, places.at(-1) + half]
}

const shells = new WeakMap()

/**
 * A picture as plotly is given it where a canvas draws what moves in it, and as it is where none
 * can: `layered` tells which. `looks` is what plotly must know at once, `written` all of it,
 * where that is short.
 */
export function shellOf(picture, mayLayer) {
  if (!shells.has(picture)) {
    const layered = mayLayer && canDraw(picture)
    const { data, layout } = layered ? shell(picture) : picture
    const { meta, ...rest } = layout ?? {} // what is for us alone
    const looks = JSON.stringify(data.map(({ type, mode, line, marker = {} }) => (
      [type, mode?.includes("text"), line, marker.color, marker.symbol])))
    const written = layered ? JSON.stringify([data, rest]) : null // else too long to be kept
    shells.set(picture, { layered, data, layout: rest, looks, written })
  }
  return shells.get(picture)
}

function shell({ data, layout }) {
  const { images = [], annotations = [], ...rest } = layout ?? {}
  const ours = rest.showlegend === false ? { name: undefined, hovertemplate: undefined } : {}
  return {
    data: data.map((trace) => (
      STAY.includes(trace.type) ? trace : { ...ghost(trace, layout), ...ours })),
    layout: {
      ...rest, images: images.filter((image) => !isGround(image)),
      annotations: annotations.filter((note) => !isTitle(note)),
    },
  }
}

/** Whether an annotation is a few words at a place of the figure, and nothing around them. */
const isTitle = ({ text, showarrow, xref, yref, xanchor, yanchor, ...rest }) => (
  showarrow === false && xref === "paper" && yref === "paper" && xanchor in ALIGNED
  && yanchor in RAISED && /^([^<]|<\/?b>|<br>|<\/?span[^>]*>)*$/.test(text)
  && Object.keys(rest).every((name) => ["x", "y", "font"].includes(name)))

const ALIGNED = { left: 0, center: 0.5, right: 1 }
const RAISED = { top: 0, middle: 0.5, bottom: 1 }

/** The pieces of a line of words, each with what makes it bold or coloured. */
function pieces(text) {
  let [bold, color] = [false, null]
  return text.split(/(<[^>]*>)/).flatMap((part) => {
    if (!part.startsWith("<")) return part ? [{ text: part, bold, color }] : []
    if (/^<\/?b>$/.test(part)) bold = part === "<b>"
    else color = part.match(/color:\s*([^;'"]+)/)?.[1] ?? null
    return []
  })
}

const titles = new WeakMap()

/** The annotations of a picture that are a few words, taken to pieces. */
function titlesOf(picture) {
  if (!titles.has(picture)) {
    titles.set(picture, (picture.layout?.annotations ?? []).filter(isTitle).map((note) => (
      { ...note, lines: note.text.split("<br>").map(pieces) })))
  }
  return titles.get(picture)
}

const widths = new Map()

/** How wide a few words are, in pixels. */
function widthOf(ink, font, text) {
  const key = `${font} ${text}`
  if (!widths.has(key)) {
    if (widths.size >= MOST_WIDTHS) widths.clear()
    ink.font = font
    widths.set(key, ink.measureText(text).width)
  }
  return widths.get(key)
}

/** Whether a picture of the layout fills a part of the plane below the points. */
const isGround = ({ layer, sizing, xref = "", yref = "" }) => (
  layer === "below" && sizing === "stretch" && /^x\d*$/.test(xref) && /^y\d*$/.test(yref))

// --- drawing

const pictures = new Map()

/** A picture by its address, and null while it is on its way; then `arrived` is called. */
function pictureOf(source, arrived) {
  if (!pictures.has(source)) {
    if (pictures.size >= MOST_PICTURES) pictures.delete(pictures.keys().next().value)
    pictures.set(source, Object.assign(new Image(), { src: source }))
  }
  const image = pictures.get(source)
  if (image.complete) return image
  image.addEventListener("load", arrived, { once: true })
  return null
}

const fields = new WeakMap()

/** The cells of a heat map as a picture of one pixel each, row 0 at the top. */
function fieldOf({ z, colorscale, reversescale, zmin, zmax }, spare) {
  if (fields.has(z)) return fields.get(z)
  const rows = inRows(z)
  const [low, high] = [zmin ?? spare.zmin, zmax ?? spare.zmax]
  const colors = ramp(colorscale, reversescale)
  const field = new OffscreenCanvas(rows[0].length, rows.length)
  const ink = field.getContext("2d")
  const cells = ink.createImageData(field.width, field.height)
  rows.forEach((row, i) => row.forEach((value, j) => {
    if (!Number.isFinite(value)) return
    const share = Math.min(Math.max((value - low) / (high - low || 1), 0), 1)
    const from = 4 * Math.round(share * (COLORS - 1))
    const to = 4 * (i * field.width + j)
    for (let k = 0; k < 4; k += 1) cells.data[to + k] = colors[from + k]
  }))
  ink.putImageData(cells, 0, 0)
  fields.set(z, field.transferToImageBitmap())
  return fields.get(z)
}

const ramps = new Map()

function ramp(colorscale, reversed) {
  const key = JSON.stringify([colorscale, reversed])
  if (!ramps.has(key)) {
    const ink = new OffscreenCanvas(COLORS, 1).getContext("2d")
    const gradient = ink.createLinearGradient(0, 0, COLORS, 0)
    for (const [place, color] of colorscale) {
      gradient.addColorStop(reversed ? 1 - place : place, color)
    }
    ink.fillStyle = gradient
    ink.fillRect(0, 0, COLORS, 1)
    ramps.set(key, ink.getImageData(0, 0, COLORS, 1).data)
  }
  return ramps.get(key)
}

/** From the units of an axis to pixels of the figure. */
function scaleOf(axis) {
  if (axis.type !== "linear") return (value) => axis._offset + axis.d2p(value)
  const [from, to] = axis.range
  const [start, end] = [axis.d2p(from), axis.d2p(to)]
  const slope = (end - start) / (to - from)
  return (value) => axis._offset + start + slope * (value - from)
}

const each = (style, i) => (Array.isArray(style) ? style[i] : style)

export class Layer {
  constructor(panel) {
    this.panel = panel
    this.paper = document.createElement("canvas")
    this.paper.className = "live-plot-layer"
  }

  /** Draw a picture; `ahead` is where its points go next, and `share` how far they have gone. */
  draw(picture, ahead, share) {
    const { canvas, box, theme } = this.panel
    Object.assign(this, { picture, ahead, share, scale: theme.scale })
    const full = canvas._fullLayout
    const grounds = (picture.layout?.images ?? []).filter(isGround)
    const traced = picture.data.filter(({ type }) => type === "image")
    const images = [...grounds, ...traced].map(({ source }) => (
      pictureOf(source, () => this.picture === picture && this.draw(picture, ahead, share))))
    if (!full || images.includes(null)) return
    const ink = this.clean()
    const stamped = box.hasAttribute("data-pictures")
    for (const ground of grounds) this.ground(ink, ground, full)
    picture.data.forEach((trace, i) => {
      const style = canvas._fullData[i]
      if (!style || style.visible !== true || STAY.includes(trace.type)) return
      const axes = [trace.xaxis ?? "x", trace.yaxis ?? "y"].map((id) => (
        full[`${id[0]}axis${id.slice(1)}`]))
      ink.save()
      this.clip(ink, axes, style)
      ink.globalAlpha = style.opacity ?? 1
      if (trace.type === "image") this.image(ink, trace, axes)
      else if (trace.type === "heatmap") this.heatmap(ink, trace, style, axes)
      else if (trace.type === "bar") this.bars(ink, trace, style, axes)
      else this.scatter(ink, trace, style, axes, this.places(i), stamped)
      ink.restore()
    })
    for (const note of titlesOf(picture)) this.title(ink, note, full)
  }

  title(ink, { lines, x, y, xanchor, yanchor, font = {} }, { _size: size, font: usual }) {
    const { family, color } = { ...usual, ...font }
    const height = font.size ? this.scale * font.size : usual.size
    const fonts = [400, 700].map((weight) => `${weight} ${height}px ${family}`)
    const gap = { top: 3, bottom: -3 }[yanchor] ?? 0
    let top = size.t + (1 - y) * size.h + gap
      + 1.3 * height * (0.5 - RAISED[yanchor] * lines.length)
    Object.assign(ink, { textBaseline: "middle", textAlign: "left" })
    for (const line of lines) {
      const widths = line.map(({ text, bold }) => widthOf(ink, fonts[Number(bold)], text))
      const width = widths.reduce((total, each) => total + each, 0)
      let left = size.l + x * size.w - ALIGNED[xanchor] * width
      line.forEach((part, i) => {
        Object.assign(ink, { font: fonts[Number(part.bold)], fillStyle: part.color ?? color })
        ink.fillText(part.text, left, top)
        left += widths[i]
      })
      top += 1.3 * height
    }
  }

  clean() {
    const { canvas, size: { width, height } } = this.panel
    const fine = window.devicePixelRatio || 1
    const home = canvas.querySelector(".gl-container")
    if (this.paper.parentElement !== home) home?.append(this.paper)
    if (this.stamps?.fine !== fine) this.stamps = new Stamps(fine)
    const ink = this.paper.getContext("2d")
    if (this.paper.width !== Math.round(width * fine)
      || this.paper.height !== Math.round(height * fine)) {
      Object.assign(this.paper, { width: width * fine, height: height * fine })
    }
    ink.setTransform(1, 0, 0, 1, 0, 0)
    ink.clearRect(0, 0, this.paper.width, this.paper.height)
    ink.scale(fine, fine)
    return ink
  }

  clear() {
    this.picture = null
    this.paper.remove()
  }

  clip(ink, [x, y], { cliponaxis }) {
    if (cliponaxis === false) return
    ink.beginPath()
    ink.rect(x._offset, y._offset, x._length, y._length)
    ink.clip()
  }

  /** Where the points of a trace are now: on their way, where they are the same ones later. */
  places(i) {
    const { picture, ahead, share } = this
    const [here, next] = [picture, ahead].map((each) => each?.data[i])
    const [x, y] = [decode(here.x), decode(here.y)]
    if (!share || !here.meta?.same || !next?.meta?.same) return { x, y }
    const [toX, toY] = here.meta.ids ? this.sorted(here) : [decode(next.x), decode(next.y)]
    if (toX.length !== x.length) return { x, y }
    const between = (from, to) => Float64Array.from(from, (value, k) => (
      value + share * (to[k] - value)))
    return { x: between(x, toX), y: between(y, toY) }
  }

  /** Where the pieces of a trace go that the next look divides among the traces in another way. */
  sorted({ legendgroup, meta: { ids } }) {
    const found = new Map()
    for (const trace of this.ahead.data) {
      if (trace.legendgroup !== legendgroup) continue
      const [x, y] = [decode(trace.x), decode(trace.y)]
      const length = x.length / trace.meta.ids.length
      trace.meta.ids.forEach((id, k) => (
        found.set(id, [x, y].map((values) => values.subarray(k * length, (k + 1) * length)))))
    }
    const pieces = ids.map((id) => found.get(id) ?? [[], []])
    return [0, 1].map((axis) => pieces.flatMap((piece) => Array.from(piece[axis])))
  }

  image(ink, { source, zsmooth }, [xaxis, yaxis]) {
    const image = pictureOf(source)
    const [x, y] = [scaleOf(xaxis), scaleOf(yaxis)]
    const corners = [x(-0.5), y(-0.5), x(image.naturalWidth - 0.5), y(image.naturalHeight - 0.5)]
    this.spread(ink, image, corners, zsmooth)
  }

  /** A picture of the layout, from its upper left corner on. */
  ground(ink, { source, x, y, sizex, sizey, xref, yref, opacity }, full) {
    const axes = [xref, yref].map((id) => full[`${id[0]}axis${id.slice(1)}`])
    const [toX, toY] = axes.map(scaleOf)
    ink.save()
    this.clip(ink, axes, {})
    ink.globalAlpha = opacity ?? 1
    this.spread(ink, pictureOf(source), [toX(x), toY(y), toX(x + sizex), toY(y - sizey)], true)
    ink.restore()
  }

  bars(ink, trace, { marker }, [xaxis, yaxis]) {
    const [toX, toY] = [scaleOf(xaxis), scaleOf(yaxis)]
    const [x, y, ground] = [decode(trace.x), decode(trace.y), toY(0)]
    ink.fillStyle = marker.color
    for (let i = 0; i < x.length; i += 1) {
      const [left, right] = [toX(x[i] - trace.width / 2), toX(x[i] + trace.width / 2)]
      ink.fillRect(left, toY(y[i]), right - left, ground - toY(y[i]))
    }
  }

  heatmap(ink, trace, style, [xaxis, yaxis]) {
    const rows = inRows(trace.z)
    const [x, y] = [scaleOf(xaxis), scaleOf(yaxis)]
    const [left, right] = edges(trace.x, trace.x0, trace.dx, rows[0].length)
    const [first, last] = edges(trace.y, trace.y0, trace.dy, rows.length)
    const field = fieldOf(trace, style)
    this.spread(ink, field, [x(left), y(first), x(right), y(last)], trace.zsmooth)
  }

  /** Spread a picture over a rectangle that may be turned round. */
  spread(ink, image, [left, top, right, bottom], smooth) {
    ink.imageSmoothingEnabled = Boolean(smooth)
    ink.translate(left, top)
    ink.scale(Math.sign(right - left) || 1, Math.sign(bottom - top) || 1)
    ink.drawImage(image, 0, 0, Math.abs(right - left), Math.abs(bottom - top))
  }

  scatter(ink, trace, style, [xaxis, yaxis], { x, y }, stamped) {
    const [toX, toY] = [scaleOf(xaxis), scaleOf(yaxis)]
    const [left, top] = [new Float64Array(x.length), new Float64Array(x.length)]
    for (let i = 0; i < x.length; i += 1) {
      left[i] = x[i] === null ? NaN : toX(x[i])
      top[i] = y[i] === null ? NaN : toY(y[i])
    }
    const mode = trace.mode ?? style.mode
    const filled = style.fill && style.fill !== "none"
    const ground = filled && style.fill === "tozeroy" ? toY(0) : null
    if (mode.includes("lines") || filled) this.line(ink, trace, style, mode, left, top, ground)
    if (mode.includes("markers") && !stamped) this.markers(ink, trace, style, left, top)
    if (mode.includes("text")) this.text(ink, trace, style, left, top)
  }

  line(ink, trace, { fill, fillcolor, line: usual }, mode, left, top, ground) {
    const line = { ...usual, ...trace.line }
    const path = new Path2D()
    let drawing = false
    for (let i = 0; i < left.length; i += 1) {
      const here = Number.isFinite(left[i]) && Number.isFinite(top[i])
      if (here) path[drawing ? "lineTo" : "moveTo"](left[i], top[i])
      drawing = here
    }
    if (fill === "toself" || ground !== null) {
      ink.fillStyle = fillcolor
      ink.fill(ground === null ? path : down(left, top, ground))
    }
    if (!mode.includes("lines") || !line.width) return
    Object.assign(ink, { strokeStyle: line.color, lineWidth: line.width * this.scale, lineJoin: "round" })
    ink.setLineDash(DASHES[line.dash] ?? [])
    ink.stroke(path)
  }

  markers(ink, trace, style, left, top) {
    const [marker, own] = [style.marker ?? {}, trace.marker ?? {}]
    const look = (name, i) => each(own[name], i) ?? each(marker[name], 0)
    const sizes = own.size?.bdata === undefined ? own.size : decode(own.size)
    const edge = marker.line ?? {}
    ink.globalAlpha *= each(marker.opacity, 0) ?? 1
    let [before, stamp, half] = [[], null, 0]
    for (let i = 0; i < left.length; i += 1) {
      if (!Number.isFinite(left[i]) || !Number.isFinite(top[i])) continue
      const size = (sizes?.length ? sizes[i] : sizes ?? marker.size) * this.scale
      const [symbol, color] = [look("symbol", i), look("color", i)]
      if (symbol !== before[0] || size !== before[1] || color !== before[2]) {
        before = [symbol, size, color]
        ;({ stamp, half } = this.stamps.get(symbol, size, color, each(edge.color, 0),
          each(edge.width, 0)))
      }
      ink.drawImage(stamp, left[i] - half, top[i] - half, 2 * half, 2 * half)
    }
  }

  text(ink, { text, textposition = "middle center" }, { textfont, marker }, left, top) {
    const gap = (marker?.size ?? 0) / 2 + 3
    const { color, family } = textfont
    const size = this.scale * each(textfont.size, 0)
    const height = 1.3 * size
    Object.assign(ink, { fillStyle: each(color, 0), textBaseline: "middle" })
    for (let i = 0; i < left.length; i += 1) {
      if (!Number.isFinite(left[i]) || !Number.isFinite(top[i])) continue
      const lines = String(each(text, i) ?? "").split("<br>")
      const [row, column] = each(textposition, i).split(" ")
      const middle = { top: -gap - height * lines.length / 2, bottom: gap + height * lines.length / 2 }
      const x = left[i] + ({ left: -gap, right: gap }[column] ?? 0)
      ink.textAlign = { left: "right", right: "left" }[column] ?? "center"
      lines.forEach((line, n) => {
        const bold = line.includes("<b>")
        ink.font = `${bold ? 700 : 400} ${size}px ${family}`
        ink.fillText(line.replace(/<\/?b>/g, ""), x,
          top[i] + (middle[row] ?? 0) + (n - (lines.length - 1) / 2) * height)
      })
    }
  }
}

/** What lies between a line and a level. */
function down(left, top, level) {
  const area = new Path2D()
  let start = null
  for (let i = 0; i <= left.length; i += 1) {
    const here = i < left.length && Number.isFinite(left[i]) && Number.isFinite(top[i])
    if (here && start === null) {
      area.moveTo(left[i], level)
      start = i
    }
    if (here) area.lineTo(left[i], top[i])
    else if (start !== null) {
      area.lineTo(left[i - 1], level)
      area.closePath()
      start = null
    }
  }
  return area
}
