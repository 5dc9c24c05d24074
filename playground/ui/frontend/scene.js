/**
 * A scene: boxes with pictures, joined by arrows, that change from moment to moment.
 *
 * Everything is here before it plays: pictures are bytes, painted on canvases in the very moment
 * that shows them. While it plays no moment is left out, however late it comes.
 */

const calm = matchMedia("(prefers-reduced-motion: reduce)")
const SVG = "http://www.w3.org/2000/svg"
const HEAD = 7
const ARCH = 16

export default function ({ parentElement: place, data }) {
  const root = place.querySelector(".scene")
  const scene = root?.scene ?? new Scene(place)
  scene.update(data)
  return () => setTimeout(() => place.isConnected || scene.remove())
}

function element(tag, name, parent, properties = {}) {
  const made = Object.assign(document.createElement(tag), properties)
  made.className = name
  parent.append(made)
  return made
}

class Scene {
  constructor(place) {
    this.root = element("div", "scene", place)
    this.root.scene = this
    const around = element("div", "stage-window", this.root)
    this.stage = element("div", "stage", around, { role: "img" })
    const controls = element("div", "controls", this.root)
    this.button = element("button", "play", controls, { type: "button" })
    this.button.onclick = () => this.press()
    this.slider = element("input", "slider", controls, { type: "range", min: 0, step: 1 })
    this.slider.oninput = () => this.goTo(Number(this.slider.value))
    this.said = element("div", "said", this.root)
    this.resizing = new ResizeObserver(() => this.drawArrows())
    this.resizing.observe(this.stage)
  }

  remove() {
    cancelAnimationFrame(this.waiting)
    this.resizing.disconnect()
    this.root.remove()
  }

  update(data) {
    if (data.id === this.data?.id) return
    this.data = data
    cancelAnimationFrame(this.waiting)
    this.playing = false
    this.slider.max = data.moments.length - 1
    this.slider.setAttribute("aria-label", data.labels.timeline)
    this.stage.setAttribute("aria-label", data.alt)
    this.build()
    this.show(data.start)
    if (data.autoplay && !calm.matches) this.play()
  }

  build() {
    const { boxes } = this.data
    this.stage.replaceChildren()
    this.stage.style.setProperty("--columns", Math.max(...boxes.map((box) => box.column)) + 1)
    this.boxes = boxes.map((box) => new Box(box, this.stage))
    this.arrows = document.createElementNS(SVG, "svg")
    this.arrows.setAttribute("class", "arrows")
    this.stage.append(this.arrows)
  }

  press() {
    if (calm.matches) return void this.goTo((this.at + 1) % this.data.moments.length)
    if (this.playing) return void this.goTo(this.at)
    this.play()
  }

  play() {
    const { moments, pace } = this.data
    if (this.at === moments.length - 1) this.show(0)
    this.playing = true
    this.due = performance.now() + pace * moments[this.at].beats
    this.waiting = requestAnimationFrame(() => this.tick())
    this.showControls()
  }

  /** Show the next moment when its time has come, and never more than one at once. */
  tick() {
    const now = performance.now()
    if (now >= this.due) {
      this.show(this.at + 1)
      this.due = now + this.data.pace * this.data.moments[this.at].beats
    }
    this.playing = this.at < this.data.moments.length - 1
    if (this.playing) this.waiting = requestAnimationFrame(() => this.tick())
    else this.showControls()
  }

  goTo(at) {
    cancelAnimationFrame(this.waiting)
    this.playing = false
    this.show(at)
  }

  show(at) {
    this.at = at
    const { text, shown, lit } = this.data.moments[at]
    this.boxes.forEach((box, i) => box.show(shown[i], lit.includes(i)))
    for (const arrow of this.arrows.children) {
      const [from, to] = [arrow.dataset.from, arrow.dataset.to].map(Number)
      arrow.toggleAttribute("data-lit", lit.includes(to) && shown[from] >= 0)
    }
    this.said.textContent = text
    this.showControls()
  }

  showControls() {
    const { labels, moments } = this.data
    this.slider.value = this.at
    this.slider.setAttribute("aria-valuetext", moments[this.at].text)
    const mark = this.playing ? "❚❚" : "▶"
    const word = this.playing ? labels.pause : calm.matches ? labels.next : labels.play
    this.button.textContent = `${mark} ${word}`
    Object.assign(this.root.dataset, { moment: this.at, playing: Boolean(this.playing) })
  }

  drawArrows() {
    if (!this.data) return
    const home = this.stage.getBoundingClientRect()
    const places = this.boxes.map(({ box }) => {
      const { left, top, width, height } = box.getBoundingClientRect()
      return { left: left - home.left, top: top - home.top, width, height }
    })
    this.arrows.replaceChildren(...this.data.arrows.map(([from, to]) => {
      const group = document.createElementNS(SVG, "g")
      Object.assign(group.dataset, { from, to })
      const cells = [this.data.boxes[from], this.data.boxes[to]]
      for (const [name, d] of Object.entries(arrow(places[from], places[to], cells))) {
        const path = document.createElementNS(SVG, "path")
        path.setAttribute("class", name)
        path.setAttribute("d", d)
        group.append(path)
      }
      return group
    }))
    this.show(this.at)
  }
}

const rgb = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))

class Box {
  constructor(spec, stage) {
    this.spec = spec
    this.box = element("div", "box", stage)
    this.box.style.setProperty("--side", `${spec.side}px`)
    const top = Math.round(2 * spec.row) + 1
    this.box.style.gridArea = `${top} / ${spec.column + 1} / span 2 / span 1`
    if (spec.color) this.box.style.setProperty("--edge", spec.color)
    element("div", "title", this.box, { textContent: spec.title })
    if (spec.pictures) this.buildCanvas(spec)
    if (spec.bars) this.buildBars(spec)
    for (const note of spec.notes) element("div", "note", this.box, { textContent: note })
  }

  buildCanvas({ pictures, side }) {
    const [, height, width] = pictures.shape
    this.bytes = Uint8Array.from(atob(pictures.rgb), (letter) => letter.charCodeAt(0))
    const sharp = Math.min(devicePixelRatio || 1, 2)
    this.scale = Math.max(1, Math.round((side * sharp) / Math.max(height, width)))
    this.canvas = element("canvas", "picture", this.box)
    Object.assign(this.canvas, { width: width * this.scale, height: height * this.scale })
    this.canvas.style.width = `${(side * width) / Math.max(height, width)}px`
    this.small = new OffscreenCanvas(width, height)
  }

  buildBars({ bars, side }) {
    const [n, width] = [bars[0].length, `${side}px`]
    const frame = element("div", "bars", this.box)
    Object.assign(frame.style, { width, height: `${0.6 * side}px` })
    this.bars = bars[0].map(() => element("i", "bar", frame))
    const levels = element("div", "levels", this.box)
    levels.style.width = width
    bars[0].forEach((_, i) => {
      const seen = n <= 20 || i % Math.ceil(n / 8) === 0
      if (seen) element("span", "level", levels, { textContent: i })
    })
  }

  show(number, lit) {
    this.box.toggleAttribute("data-lit", lit)
    this.box.dataset.shown = number
    if (this.canvas && number !== this.number) this.paint(number)
    if (this.bars) {
      this.bars.forEach((bar, i) => {
        bar.style.height = number < 0 ? "0" : `${100 * this.spec.bars[number][i]}%`
      })
    }
    this.number = number
  }

  paint(number) {
    const pen = this.canvas.getContext("2d")
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height)
    if (number < 0) return
    this.small.getContext("2d").putImageData(this.cells(number), 0, 0)
    pen.imageSmoothingEnabled = false
    pen.drawImage(this.small, 0, 0, this.canvas.width, this.canvas.height)
    for (const mark of this.spec.marks[number] ?? []) this.frame(pen, mark)
  }

  /** The cells of a state: those that were at work in an earlier one, and those that are now. */
  cells(number) {
    const [empty, ...atWork] = ["empty", "mark-samples", "mark-gradients"].map((token) => (
      rgb(getComputedStyle(this.box).getPropertyValue(`--${token}`).trim())))
    const { pictures, orders } = this.spec
    const [n, height, width] = pictures.shape
    const image = new ImageData(width, height)
    const start = Math.min(number, n - 1) * height * width * 3
    for (let cell = 0; cell < height * width; cell += 1) {
      const at = orders.findIndex((order) => order[cell] === number)
      const hidden = orders.some((order) => order[cell] >= number)
      const seen = this.bytes.subarray(start + 3 * cell, start + 3 * cell + 3)
      image.data.set(at >= 0 ? atWork[at] : hidden ? empty : seen, 4 * cell)
      image.data[4 * cell + 3] = 255
    }
    return image
  }

  frame(pen, { row, column, height, width, color, filled }) {
    const place = [column, row, width, height].map((cells) => cells * this.scale)
    if (filled) {
      pen.fillStyle = `${color}80`
      pen.fillRect(...place)
    } else {
      pen.strokeStyle = color
      pen.lineWidth = Math.max(2, this.scale / 8)
      const inset = pen.lineWidth / 2
      pen.strokeRect(place[0] + inset, place[1] + inset, place[2] - 2 * inset,
                     place[3] - 2 * inset)
    }
  }
}

/** The line and the head of an arrow from one box to another, around what stands between. */
function arrow(a, b, [first, second]) {
  const [across, down] = [second.column - first.column, second.row - first.row]
  const middle = ({ left, top, width, height }) => [left + width / 2, top + height / 2]
  const [[ax, ay], [bx, by]] = [middle(a), middle(b)]
  if (down === 0 && Math.abs(across) > 1) { // over the boxes between
    const [start, end, top] = [[ax, a.top], [bx, b.top], Math.min(a.top, b.top) - ARCH]
    return { line: `M${start} C${ax},${top} ${bx},${top} ${end}`, head: head(end, [0, 1]) }
  }
  if (across === 0) {
    const sign = Math.sign(down)
    const start = [ax, sign > 0 ? a.top + a.height : a.top]
    const end = [bx, sign > 0 ? b.top : b.top + b.height]
    return { line: `M${start} L${end}`, head: head(end, [0, sign]) }
  }
  if (down > 0 && across > 0) { // into its top
    const [start, end] = [[a.left + a.width, ay], [bx, b.top]]
    return { line: `M${start} C${bx},${ay} ${bx},${ay} ${end}`, head: head(end, [0, 1]) }
  }
  if (down === 0.5) { // out of the bottom, and back
    const [start, end] = [[ax, a.top + a.height], [b.left + b.width, by]]
    return { line: `M${start} C${ax},${by} ${ax},${by} ${end}`, head: head(end, [-1, 0]) }
  }
  const sign = Math.sign(across)
  const start = [sign > 0 ? a.left + a.width : a.left, ay]
  const end = [sign > 0 ? b.left : b.left + b.width, by]
  const half = (start[0] + end[0]) / 2
  return { line: `M${start} C${half},${start[1]} ${half},${end[1]} ${end}`,
           head: head(end, [sign, 0]) }
}

function head([x, y], [dx, dy]) {
  const [backX, backY] = [x - HEAD * dx, y - HEAD * dy]
  const [asideX, asideY] = [(HEAD / 2) * dy, (HEAD / 2) * dx]
  return `M${x},${y} L${backX + asideX},${backY + asideY} L${backX - asideX},${backY - asideY}Z`
}
