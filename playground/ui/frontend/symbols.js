/** The markers of points, as pictures that are stamped: a page has few looks and many points. */

const MOST_STAMPS = 600
const SIDE = 2 / Math.sqrt(3) // half of it, of a triangle

const corners = (...points) => (ink, r) => {
  points.forEach(([x, y], i) => ink[i ? "lineTo" : "moveTo"](r * x, r * y))
  ink.closePath()
}
const star = Array.from({ length: 10 }, (_, i) => {
  const [length, turn] = [i % 2 ? 1.4 * 0.382 : 1.4, Math.PI * (i / 5 - 0.5)]
  return [length * Math.cos(turn), length * Math.sin(turn)]
})
const pentagon = Array.from({ length: 5 }, (_, i) => {
  const turn = Math.PI * (0.4 * i - 0.5)
  return [Math.cos(turn), Math.sin(turn)]
})
const bars = (a, b) => [[b, a], [a, a], [a, b], [-a, b], [-a, a], [-b, a], [-b, -a], [-a, -a],
  [-a, -b], [a, -b], [a, -a], [b, -a]]
const X = [[0, 1], [1, 2], [2, 1], [1, 0], [2, -1], [1, -2], [0, -1], [-1, -2], [-2, -1], [-1, 0],
  [-2, 1], [-1, 2]].map((point) => point.map((value) => 0.8 * value / Math.SQRT2))

/** Outlines around the origin for a radius r, by plotly's names; of plotly's sizes too. */
const OUTLINES = {
  circle: (ink, r) => ink.arc(0, 0, r, 0, 2 * Math.PI),
  square: corners([-1, -1], [1, -1], [1, 1], [-1, 1]),
  diamond: corners([1.3, 0], [0, 1.3], [-1.3, 0], [0, -1.3]),
  cross: corners(...bars(0.4, 1.2)),
  x: corners(...X),
  "triangle-up": corners([-SIDE, 0.5], [SIDE, 0.5], [0, -1]),
  "triangle-down": corners([-SIDE, -0.5], [SIDE, -0.5], [0, 1]),
  star: corners(...star),
  pentagon: corners(...pentagon),
  hourglass: corners([1, 1], [-1, 1], [1, -1], [-1, -1]),
  "x-thin": (ink, r) => {
    ink.moveTo(-r, -r); ink.lineTo(r, r)
    ink.moveTo(-r, r); ink.lineTo(r, -r)
  },
  "line-ns": (ink, r) => { ink.moveTo(0, 1.4 * r); ink.lineTo(0, -1.4 * r) },
}

export const hasSymbol = (name) => String(name).replace("-open", "") in OUTLINES

/** A shelf of stamps: each look is drawn once for a screen of `fine` pixels per pixel. */
export class Stamps {
  constructor(fine) {
    Object.assign(this, { fine, made: new Map() })
  }

  get(symbol, size, color, edge, edgeWidth) {
    const key = `${symbol} ${size} ${color} ${edge} ${edgeWidth}`
    if (this.made.size > MOST_STAMPS) this.made.clear()
    if (!this.made.has(key)) {
      const paper = new OffscreenCanvas(1, 1)
      const half = drawSymbol(paper, this.fine, symbol, size, color, edge, edgeWidth)
      // Of a canvas, each stamp would be a look at what is on it now.
      this.made.set(key, { stamp: paper.transferToImageBitmap(), half })
    }
    return this.made.get(key)
  }
}

/** Draw one marker on a canvas that fits around it; return the half of its side. */
export function drawSymbol(paper, fine, symbol, size, color, edge, edgeWidth) {
  const open = symbol.endsWith("-open")
  const width = edgeWidth || (open ? 1 : 0)
  const half = Math.ceil(0.75 * size + width) + 1
  paper.width = paper.height = 2 * half * fine
  const ink = paper.getContext("2d")
  ink.scale(fine, fine)
  ink.translate(half, half)
  ink.beginPath()
  OUTLINES[symbol.replace("-open", "")](ink, size / 2)
  Object.assign(ink, { fillStyle: color, strokeStyle: open ? color : edge, lineWidth: width })
  if (!open) ink.fill()
  if (width) ink.stroke()
  return half
}
