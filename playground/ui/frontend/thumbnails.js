/** Small pictures in place of the points of a plane: the cells of one sheet, over plotly's axes. */

const version = new URL(import.meta.url).search
const { decode } = await import(`./numbers.js${version}`)

const SIDES = [16, 32]

export class Thumbnails {
  constructor(panel) {
    this.panel = panel
    this.paper = document.createElement("canvas")
    this.paper.className = "live-plot-thumbnails"
    panel.figure.append(this.paper)
  }

  /** The cells lie on the sheet in the order of the points, trace after trace. */
  draw() {
    const { canvas, spec, plot, box } = this.panel
    const sheet = plot.frames.map(({ plots }) => plots[spec.name]?.layout.meta?.sheet).find(Boolean)
    const ready = canvas._fullLayout && sheet && this.load(sheet.src)
    box.toggleAttribute("data-pictures", Boolean(ready))
    if (!ready) return
    const { xaxis, yaxis } = canvas._fullLayout
    const points = this.panel.picture().data.flatMap(({ x, y }) => {
      const [across, up] = [decode(x), decode(y)]
      return Array.from(across, (value, i) => [value, up[i]])
    })
    const ink = this.clean()
    ink.beginPath()
    ink.rect(xaxis._offset, yaxis._offset, xaxis._length, yaxis._length)
    ink.clip()
    const room = Math.sqrt(xaxis._length * yaxis._length / Math.max(points.length, 1))
    const side = Math.min(Math.max(room, SIDES[0]), SIDES[1])
    points.forEach(([x, y], i) => {
      const [left, top] = [xaxis._offset + xaxis.d2p(x), yaxis._offset + yaxis.d2p(y)]
      const [column, row] = [i % sheet.columns, Math.floor(i / sheet.columns)]
      ink.fillRect(left - side / 2, top - side / 2, side, side)
      ink.drawImage(this.image, column * sheet.cell, row * sheet.cell, sheet.cell, sheet.cell,
        left - side / 2, top - side / 2, side, side)
    })
  }

  /** Whether the sheet is here; if not, what is to be drawn is drawn as soon as it is. */
  load(source) {
    if (this.source !== source) {
      this.source = source
      this.image = Object.assign(new Image(), { src: source, onload: () => this.draw() })
    }
    return this.image.complete && this.image.naturalWidth > 0
  }

  clean() {
    const { offsetWidth, offsetHeight } = this.panel.canvas
    const fine = window.devicePixelRatio || 1
    Object.assign(this.paper, { width: offsetWidth * fine, height: offsetHeight * fine })
    const ink = this.paper.getContext("2d")
    ink.scale(fine, fine)
    ink.globalAlpha = 0.9
    ink.fillStyle = getComputedStyle(this.paper).getPropertyValue("--st-background-color")
    return ink
  }
}
