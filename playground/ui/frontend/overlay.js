/** Lines over a figure that come and go with the cursor, without drawing the figure anew. */

const SVG = "http://www.w3.org/2000/svg"

export class Overlay {
  constructor(parent) {
    this.svg = document.createElementNS(SVG, "svg")
    this.svg.setAttribute("class", "live-plot-overlay")
    this.svg.setAttribute("aria-hidden", "true")
    parent.append(this.svg)
  }

  /** Draw lines of `x` and `y` in the units of the axes, each with its `color` and `width`. */
  draw(lines, { _plots: plots }) {
    this.svg.replaceChildren(...Object.values(plots).flatMap((plot) => this.over(plot, lines)))
  }

  over({ xaxis, yaxis }, lines) {
    return lines.map(({ x, y, color, width }) => {
      const path = document.createElementNS(SVG, "polyline")
      path.setAttribute("points", x.map((value, i) => (
        `${xaxis.d2p(value) + xaxis._offset},${yaxis.d2p(y[i]) + yaxis._offset}`)).join(" "))
      path.setAttribute("stroke", color)
      path.setAttribute("stroke-width", width)
      return path
    })
  }

  clear() {
    if (this.svg.childElementCount) this.svg.replaceChildren()
  }
}
