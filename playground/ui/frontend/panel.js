/** One figure of a live plot, and what the visitor does in it. */

const version = new URL(import.meta.url).search
const [{ Grip }, { Hand }, { Layer, isFramed, shellOf }, { Legend }, { decode }, { Overlay },
  { Path }, { SaveMenu }, { Thumbnails }] = await Promise.all(
  ["grip", "hand", "layer", "legend", "numbers", "overlay", "path", "save", "thumbnails"].map((name) => (
    import(`./${name}.js${version}`))))

const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: "reset", showTips: false }
const CLICK_PIXELS = 5
const SETTLE_MS = 400
const AXES_MS = 200
const PAUSES = 32 // times as long as plotly has drawn
const MOST_PAUSE_MS = 1500
const MOST_PLACES = 500
const SPRING_MS = 3000
const WHOLE = '<svg viewBox="0 0 16 16"><path d="M6 2H2v4M10 2h4v4M6 14H2v-4M10 14h4v-4"/></svg>'
const REACH = { mouse: 12, pen: 16, touch: 28 }

/** The plotly that draws our figures: whatever else is on the page may bring another one. */
export function plotly() {
  return globalThis.livePlotly ?? window.Plotly
}

export function element(tag, name, parent, properties = {}) {
  const made = Object.assign(document.createElement(tag), properties)
  made.className = `live-plot-${name}`
  parent.append(made)
  return made
}

/** Streamlit's colours as a plotly template: defaults that each layout may overrule. */
export function readTheme(place) {
  const css = getComputedStyle(place)
  const [text, second, border, family] = [
    "text-color", "secondary-background-color", "border-color", "font",
  ].map((name) => css.getPropertyValue(`--st-${name}`).trim())
  const pixels = (name) => parseFloat(css.getPropertyValue(`--${name}`))
  const clear = "rgba(0,0,0,0)"
  const scale = Number(css.getPropertyValue("--plot-scale")) || 1
  const font = { family, size: scale * pixels("type-small"), color: text }
  const stroke = scale * pixels("stroke-thin")
  const axis = {
    gridcolor: border, zerolinecolor: border, linecolor: border, tickcolor: border,
    zerolinewidth: stroke, gridwidth: stroke, title: { font, standoff: 6 * scale },
  }
  return { scale, layout: {
    font, xaxis: axis, yaxis: axis, paper_bgcolor: clear, plot_bgcolor: clear,
    margin: { l: 48 * scale, r: 12, t: 8, b: 42 * scale },
    hoverlabel: { bgcolor: second, bordercolor: border, font },
    legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom", bgcolor: clear },
  } }
}

export class Panel {
  constructor(spec, plot, place) {
    Object.assign(this, { spec, plot, theme: plot.theme, zoom: 0, pause: 0 })
    this.box = document.createElement("section")
    this.box.className = "live-plot-panel"
    place.insertBefore(this.box, place.querySelector(":scope > .live-plot-aside"))
    Object.assign(this.box.dataset, { panel: spec.name, events: spec.events.join(" ") })
    const head = element("div", "head", this.box)
    element("div", "title", head, { textContent: spec.title })
    this.whole = element("button", "whole", head, {
      type: "button", innerHTML: WHOLE, title: plot.data.labels.whole,
      ariaLabel: plot.data.labels.whole, onclick: () => this.fillScreen(),
    })
    this.menu = new SaveMenu(this, head, element)
    this.legend = new Legend(this, element)
    this.figure = element("div", "figure", this.box)
    this.note = element("div", "note", this.figure, { textContent: plot.data.labels.loading })
    this.canvas = element("div", "canvas", this.figure)
    this.canvas.setAttribute("role", "img")
    this.canvas.setAttribute("aria-label", spec.alt)
    this.canvas.setAttribute("aria-describedby", plot.caption.spoken.id)
    this.layer = new Layer(this)
    this.thumbnails = spec.pictures ? new Thumbnails(this) : null
    this.overlay = new Overlay(this.figure)
    this.marker = element("canvas", "marker", this.figure, { hidden: true })
    this.card = element("div", "card", this.figure, { hidden: true })
    this.resizing = new ResizeObserver(() => this.resize())
    this.resizing.observe(this.canvas)
    this.path = new Path(this, element)
    this.canvas.traces = () => this.traces()
    this.box.addEventListener("fullscreenchange", () => {
      this.redraw(readTheme(this.box))
      this.plot.wake()
    })
    this.box.addEventListener("pointerenter", () => this.enter())
    this.box.addEventListener("pointerleave", () => { this.inside = false })
    if (spec.events.length) this.listen()
    if (spec.events.includes("drag")) this.grip = new Grip(this, element)
  }

  enter() {
    this.inside = true
    this.answerHover()
  }

  fillScreen() {
    if (document.fullscreenElement) document.exitFullscreen()
    else this.box.requestFullscreen()
  }

  remove() {
    clearTimeout(this.settling)
    clearTimeout(this.springing)
    this.hand?.stop()
    this.resizing.disconnect()
    this.box.remove()
    // Plotly waits for images while it draws, and would look for what is gone by then.
    Promise.resolve(this.drawing).catch(() => {}).then(() => plotly()?.purge(this.canvas))
  }

  /** Ask for the figure's size, not in each frame: the browser lays out the page for it. */
  measure() {
    const { offsetWidth: width, offsetHeight: height } = this.canvas
    Object.assign(this, { size: { width, height }, onLayer: null })
  }

  resize() {
    this.measure()
    const [{ width, height }, { _fullLayout: drawn }] = [this.size, this.canvas]
    const fits = Math.abs(drawn?.width - width) < 1 && Math.abs(drawn?.height - height) < 1
    if (this.drawn && width && !fits) plotly().Plots.resize(this.canvas)
    this.overlay.clear()
    this.plot.wake()
  }

  redraw(theme) {
    Object.assign(this, { theme, drawn: null, plotlyHas: null })
  }

  /** Take what Python has for this panel besides the frames: a curve, an answer. */
  offer({ curves, answer }) {
    const curve = curves[this.spec.name]
    const signature = curve && JSON.stringify(curve)
    if (signature !== this.curveSignature) Object.assign(this, { curve, curveSignature: signature })
    if (answer && answer.panel === this.spec.name && answer.id !== this.answered) this.reply(answer)
  }

  /** What is on the screen: what a hand has moved, the curve, or the frame of the shown moment. */
  picture() {
    return this.moved?.picture ?? this.given()
  }

  given() {
    const { kind, name } = this.spec
    return kind === "curve" ? this.curve : this.path.along(this.plot.plotOf(name))
  }

  /** Python's picture follows the one of the hand; where there is none, all goes back. */
  takeOver(handled) {
    if (!this.moved?.letter) return
    if (this.plot.run !== this.moved.run && this.given()) this.putBack()
    else if (handled === this.moved.letter && !this.springing) {
      this.springing = setTimeout(() => this.putBack(), SPRING_MS)
    }
  }

  /** Show what a hand has moved until Python has drawn it. */
  putMoved(picture) {
    clearTimeout(this.springing)
    Object.assign(this, { moved: { picture, run: this.plot.run }, springing: null })
    this.plot.wake()
  }

  putBack() {
    if (!this.moved) return
    clearTimeout(this.springing)
    Object.assign(this, { moved: null, springing: null })
    if (!this.hears("hover")) this.say("")
    this.plot.wake()
  }

  /** Draw what is due; false if it has to wait for the end of a zoom. */
  draw() {
    this.takeOver(this.plot.data.handled)
    const picture = this.picture()
    const zooming = Boolean(this.canvas._dragging)
    const isNew = picture && picture !== this.drawn
    if (isNew && !zooming && this.size?.width) this.paint(picture)
    else if (this.layered && picture === this.drawn) {
      if (this.owed && !zooming) this.give(this.owed)
      this.glide(picture)
    }
    if (this.spec.kind === "curve") this.placeMarker()
    return !zooming && !this.owed
  }

  /** Draw a picture: what moves in it on the canvas, and by plotly only what is new in the rest. */
  paint(picture) {
    this.overlay.clear()
    if (this.cursor?.tapped) this.leave() // a tap's answer was about another moment
    this.drawn = picture
    const shell = shellOf(picture, this.spec.kind === "frame")
    this.layered = shell.layered
    this.box.toggleAttribute("data-layered", this.layered)
    this.give(shell)
    if (this.layered) this.glide(picture)
    else {
      this.layer.clear()
      this.grip?.follow()
    }
    clearTimeout(this.settling)
    if (this.layered && this.inside) this.answerHover()
    for (const ink of this.figure.querySelectorAll("svg.live-plot-ink")) {
      if (ink !== this.stroke?.ink) ink.remove()
    }
  }

  /** Draw the canvas, its points as far on their way to the next frame as the clock says. */
  glide(picture) {
    const { next, share } = this.moved ? {}
      : this.path.ahead(picture) ?? this.plot.ahead(this.spec.name)
    if (picture === this.onLayer?.picture && share === this.onLayer.share) return
    this.onLayer = { picture, share }
    this.thumbnails?.draw()
    this.layer.draw(picture, next, share)
    this.grip?.follow()
  }

  /**
   * Let plotly draw, unless it has drawn the same already. Where the canvas draws what moves, axes
   * and words around it may be a moment late: plotly needs as long for them as the canvas for ten
   * frames.
   */
  give(shell) {
    const { data, layout, looks, written } = shell
    const frame = JSON.stringify([looks, this.zoom, this.plot.run, [...this.legend.hidden]])
    const signature = frame + (written ?? JSON.stringify([data, layout]))
    this.owed = null
    if (signature === this.plotlyHas) return
    const now = performance.now()
    const early = now < this.gaveAt + Math.max(AXES_MS, this.pause)
    if (this.layered && this.plotlyHas && frame === this.frame && early) {
      return void (this.owed = shell)
    }
    Object.assign(this, { plotlyHas: signature, frame, gaveAt: now })
    const first = !this.canvas._fullLayout
    const traces = this.copies(data, layout)
    const config = { ...CONFIG, ...this.plot.data.words }
    if (this.legend.draw(data, layout)) this.measure() // its chips take room from the figure
    this.drawing = plotly().react(this.canvas, traces, { ...this.layout(layout), showlegend: false },
      config)
    this.pause = first ? 0 : Math.min(PAUSES * (performance.now() - now), MOST_PAUSE_MS)
    if (first) this.followZoom()
  }

  /**
   * Zooming writes into what plotly was given, so it gets copies; of a trace that is the same as
   * before the one that it has. Arrays that are others are new data for plotly: then it draws all,
   * and not just what is new in the layout. Where the axes fit themselves to the data, they have
   * to be new: of the ones that it has, plotly does not look for the ends again.
   */
  copies(data, layout) {
    this.had = data.map((trace, i) => {
      const copy = this.legend.shown({ ...trace })
      const written = JSON.stringify(copy)
      const same = isFramed(trace, layout) && written === this.had?.[i]?.written
      return same ? this.had[i] : { copy, written }
    })
    return this.had.map(({ copy }) => copy)
  }

  /** Give plotly each point of a figure that rests under the mouse: it knows how to name them. */
  answerHover() {
    clearTimeout(this.settling)
    if (!this.layered || this.hears("hover") || this.picture()?.layout?.hovermode === false) return
    this.settling = setTimeout(() => {
      if (!this.inside || this.canvas._dragging || !this.drawn) return
      this.give({ ...shellOf(this.drawn, true), data: this.drawn.data, written: null })
    }, SETTLE_MS)
  }

  /** Take over the zoom of another figure. */
  zoomTo([x, y]) {
    if (!this.canvas._fullLayout) return
    this.following = true
    plotly().relayout(this.canvas, { "xaxis.range": [...x], "yaxis.range": [...y] })
      .then(() => { this.following = false })
  }

  followZoom() {
    this.canvas.on("plotly_relayout", (change) => {
      const zoomed = Object.keys(change).some((name) => /^[xy]axis[.](range|autorange)/.test(name))
      if (!this.plot.data.linked || this.following || !zoomed) return
      const { xaxis, yaxis } = this.canvas._fullLayout
      this.plot.link(this, [xaxis.range, yaxis.range])
    })
    for (const change of ["plotly_afterplot", "plotly_relayouting"]) {
      this.canvas.on(change, () => {
        this.placeMarker()
        this.onLayer = null
        if (this.layered && this.drawn) this.glide(this.drawn)
      })
    }
    // After a reset the axes follow the frames again, not the range of the first frame. A curve
    // shows in turn the part that Python has chosen and the whole.
    this.canvas.on("plotly_doubleclick", () => {
      Object.assign(this, { zoom: this.zoom + 1, entire: !this.entire, drawn: null, plotlyHas: null })
      this.plot.wake()
    })
  }

  /** Plotly would take another range for a zoom of the one before, and show more of one axis. */
  forgetRanges({ xaxis, yaxis }) {
    const ranges = JSON.stringify([xaxis?.range, yaxis?.range])
    if (ranges === this.ranges) return
    this.ranges = ranges
    for (const name of ["xaxis", "yaxis"]) {
      const axis = this.canvas._fullLayout?.[name]
      if (axis) delete axis._inputRange // of plotly's own constraints.js
    }
  }

  layout(layout) {
    const { events, kind, square, zoom } = this.spec
    const { title, width, height, template, ...rest } = structuredClone(layout ?? {})
    const made = { ...rest, template: this.theme, uirevision: `${this.plot.run} ${this.zoom}` }
    if (!zoom && ["click", "drag", "stroke"].some((kind) => events.includes(kind))) {
      made.dragmode = false
    }
    if (events.includes("hover")) made.hovermode = false
    if (kind === "curve" && this.entire) delete made.yaxis?.range
    for (const [side, pixels] of Object.entries(made.margin ?? {})) {
      made.margin[side] = pixels * this.theme.scale
    }
    if (square) made.yaxis = { scaleanchor: "x", scaleratio: 1, ...made.yaxis }
    this.forgetRanges(made)
    return made
  }

  /**
   * Show on a curve where the frame on the screen lies. On a canvas: an element that moves makes
   * the browser sort the layers of the whole page anew.
   */
  placeMarker() {
    const { xaxis, _size: size, width, height } = this.canvas._fullLayout ?? {}
    const step = this.plot.shown?.step
    const left = xaxis && step !== undefined ? xaxis.d2p(step) : NaN
    this.marker.hidden = this.spec.kind !== "curve" || !(left >= 0 && left <= xaxis._length)
    if (this.marker.hidden) return
    const fine = window.devicePixelRatio || 1
    const fits = { width: Math.round(width * fine), height: Math.round(height * fine) }
    if (this.marker.width !== fits.width || this.marker.height !== fits.height) {
      Object.assign(this.marker, fits)
      Object.assign(this.marker.style, { width: `${width}px`, height: `${height}px` })
    }
    const ink = this.marker.getContext("2d")
    ink.setTransform(fine, 0, 0, fine, 0, 0)
    ink.clearRect(0, 0, width, height)
    Object.assign(ink, { strokeStyle: this.theme.layout.font.color, lineWidth: 1.5 })
    ink.setLineDash([4, 3])
    ink.beginPath()
    ink.moveTo(xaxis._offset + left, size.t)
    ink.lineTo(xaxis._offset + left, size.t + size.h)
    ink.stroke()
  }

  listen() {
    const on = (name, act) => this.canvas.addEventListener(name, act, { capture: true })
    on("pointermove", (event) => this.move(event))
    on("pointerdown", (event) => this.press(event))
    on("pointerup", (event) => this.release(event))
    on("pointercancel", () => {
      this.hand?.cancel()
      this.letGo()
    })
    // A finger leaves at once when it is lifted; what it asked for should stay to be read.
    on("pointerleave", (event) => event.pointerType === "touch" || this.leave())
  }

  /**
   * Where a pointer is: pixels from the corner of the plot area, and the axes' own units. Of
   * several plots in a figure, in the one under the pointer, else in the first.
   */
  locate(event) {
    const box = this.canvas.getBoundingClientRect()
    const [left, top] = [event.clientX - box.left, event.clientY - box.top]
    const spots = Object.values(this.canvas._fullLayout?._plots ?? {}).map(({ xaxis, yaxis }) => {
      const [px, py] = [left - xaxis._offset, top - yaxis._offset]
      const inside = px >= 0 && py >= 0 && px <= xaxis._length && py <= yaxis._length
      const tapped = event.pointerType === "touch"
      return { left, top, px, py, inside, tapped, x: xaxis.p2d(px), y: yaxis.p2d(py), xaxis, yaxis }
    })
    return spots.find(({ inside }) => inside) ?? spots[0] ?? null
  }

  /** The traces on the screen as Python has sent them, their numbers decoded. */
  traces() {
    const { data } = this.drawn ?? { data: [] }
    return data.map((trace, number) => {
      const { type = "scatter", visible, xaxis, yaxis } = this.canvas._fullData?.[number] ?? {}
      return { ...trace, number, type: trace.type ?? type, visible, xaxis, yaxis,
        x: decode(trace.x), y: decode(trace.y) }
    })
  }

  nearest(spot, reach, wanted = () => true) {
    const { xaxis, yaxis } = spot
    let best = { distance: reach, trace: null, index: null }
    for (const trace of this.traces()) {
      if (trace.visible !== true || !/^scatter(gl)?$/.test(trace.type) || !wanted(trace)) continue
      if (trace.xaxis !== xaxis._id || trace.yaxis !== yaxis._id) continue
      for (let index = 0; index < trace.x.length; index += 1) {
        const [dx, dy] = [xaxis.d2p(trace.x[index]) - spot.px, yaxis.d2p(trace.y[index]) - spot.py]
        const distance = Math.hypot(dx, dy)
        if (distance < best.distance) best = { distance, trace, index }
      }
    }
    return best
  }

  tell(kind, { x, y }, { trace, index }, more = {}) {
    // A part is known by its name in every language; what the legend says of it is translated.
    const [panel, part] = [this.spec.name, trace?.meta?.part ?? null]
    return this.plot.mailbox.post({ kind, panel, x, y, trace: part, index, ...more })
  }

  hears(kind) {
    return this.spec.events.includes(kind)
  }

  move(event) {
    const spot = this.locate(event)
    if (this.stroke) return void this.extendStroke(spot)
    if (this.hand) return void (spot && this.hand.carry(spot))
    if (!spot?.inside) return void this.leave()
    this.placeCard(spot)
    const reach = REACH[event.pointerType] ?? REACH.mouse
    if (this.hears("drag")) {
      const near = this.nearest(spot, reach, (trace) => trace.meta?.draggable)
      this.box.toggleAttribute("data-grab", near.trace !== null)
    }
    if (this.hears("hover") && !this.canvas._dragging) {
      this.tell("hover", spot, this.nearest(spot, reach))
    }
  }

  press(event) {
    const spot = this.locate(event)
    if (!spot?.inside || event.button > 0) return
    this.pressed = spot
    if (event.pointerType === "touch") this.move(event)
    // plotly covers the page while a button is down, so the release would not arrive here.
    const wanted = ["click", "drag", "stroke"].some((kind) => this.hears(kind))
    if (this.spec.zoom) {
      window.addEventListener("pointerup", (up) => this.release(up), { capture: true, once: true })
    } else if (wanted) this.canvas.setPointerCapture(event.pointerId)
    if (this.hears("stroke")) return void this.beginStroke(event, spot)
    if (!this.hears("drag")) return
    const reach = REACH[event.pointerType] ?? REACH.mouse
    const near = this.nearest(spot, reach, (trace) => trace.meta?.draggable)
    if (!near.trace || !this.picture()) return
    event.preventDefault()
    this.take(near)
  }

  /** Take hold of a point of a trace. */
  take(thing) {
    this.hand = new Hand(this, thing)
    this.box.toggleAttribute("data-dragging", true)
  }

  /** Ink under the pointer at once; Python draws the stroke when it is whole. */
  beginStroke(event, spot) {
    event.preventDefault()
    const ink = document.createElementNS("http://www.w3.org/2000/svg", "svg")
    const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline")
    ink.setAttribute("class", "live-plot-ink")
    ink.append(line)
    this.figure.append(ink)
    this.stroke = { ink, line, pixels: [], path: [] }
    this.extendStroke(spot)
  }

  extendStroke(spot) {
    const { line, pixels, path } = this.stroke
    if (!spot || path.length >= MOST_PLACES) return
    path.push([spot.x, spot.y])
    pixels.push(`${spot.left},${spot.top}`)
    line.setAttribute("points", [...pixels, pixels.at(-1)].join(" "))
  }

  endStroke() {
    const { path } = this.stroke
    this.stroke = null
    this.plot.mailbox.post({ kind: "stroke", panel: this.spec.name, path })
  }

  release(event) {
    if (this.stroke) return void this.endStroke()
    const [pressed, hand, spot] = [this.pressed, this.hand, this.locate(event)]
    if (hand?.to) hand.drop()
    this.letGo()
    if (hand?.to) return
    if (!pressed || !spot?.inside || !this.hears("click")) return
    if (Math.hypot(spot.px - pressed.px, spot.py - pressed.py) > CLICK_PIXELS) return
    this.cursor = spot
    this.tell("click", spot, this.nearest(spot, REACH[event.pointerType] ?? REACH.mouse))
  }

  letGo() {
    this.stroke?.ink.remove()
    Object.assign(this, { pressed: null, hand: null, stroke: null })
    this.box.removeAttribute("data-dragging")
  }

  leave() {
    if (this.stroke || this.hand) return
    this.cursor = null
    this.card.hidden = true
    this.card.replaceChildren()
    this.overlay.clear()
    this.plot.mailbox.forgetHover()
  }

  reply({ id, text, image, lines }) {
    this.answered = id
    if (!this.cursor) return
    this.overlay.draw(lines ?? [], this.canvas._fullLayout)
    this.card.replaceChildren()
    if (image) element("img", "image", this.card, { src: image, alt: "" })
    if (text) element("span", "text", this.card, { textContent: text })
    this.placeCard(this.cursor)
  }

  /** Say something beside a place. */
  say(text, spot) {
    this.card.replaceChildren()
    if (text) element("span", "text", this.card, { textContent: text })
    this.placeCard(spot ?? this.cursor)
  }

  placeCard(spot) {
    this.cursor = spot
    this.card.hidden = !this.card.childElementCount
    if (this.card.hidden) return
    const beside = (at, size, room) => Math.max(at + 16 + size > room ? at - 16 - size : at + 16, 0)
    const { offsetWidth, offsetHeight } = this.card
    this.card.style.left = `${beside(spot.left, offsetWidth, this.canvas.offsetWidth)}px`
    this.card.style.top = `${beside(spot.top, offsetHeight, this.canvas.offsetHeight)}px`
  }
}
