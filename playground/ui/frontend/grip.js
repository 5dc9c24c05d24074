/**
 * The things of a figure that can be dragged, for the keyboard: Tab goes from one to the next, the
 * arrows move it (with Shift in large steps), Enter drops it, and Escape puts it back.
 */

const STEP = 0.01 // of the length of an axis
const LEAP = 0.1
const MOST_STOPS = 12 // of Tab in one figure; Page Up and Page Down go to all
const LATE_MS = 500
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

export class Grip {
  constructor(panel, element) {
    Object.assign(this, { panel, at: 0 })
    this.button = element("button", "grip", panel.figure, { type: "button", hidden: true })
    this.button.onkeydown = (event) => this.press(event)
    this.button.onfocus = () => this.place()
    this.button.onblur = () => this.drop()
  }

  /** All that can be dragged: for each thing its trace, and its index there. */
  things() {
    if (!this.panel.canvas._fullLayout) return []
    return this.panel.traces().filter(({ meta, visible }) => meta?.draggable && visible === true)
      .flatMap((trace) => Array.from(trace.x, (_, index) => ({ trace, index })))
      .filter(({ trace, index }) => Number.isFinite(trace.x[index]))
  }

  /**
   * Go where the thing has gone, after each drawing: at once for whoever holds it, else a little
   * later. An element that moves makes the browser sort the layers of the whole page anew.
   */
  follow() {
    if (this.button.hidden || document.activeElement === this.button) return void this.place()
    this.placing ??= setTimeout(() => {
      this.placing = null
      this.place()
    }, LATE_MS)
  }

  /** Lie around the thing that is chosen. */
  place() {
    const things = this.things()
    this.button.hidden = !things.length
    if (!things.length) return
    this.at = Math.min(this.at, things.length - 1)
    const { trace, index } = this.held ?? things[this.at]
    const { x, y, spot } = this.placeOf(trace, index)
    Object.assign(this.button.style, { left: `${x}px`, top: `${y}px` })
    const { labels } = this.panel.plot.data
    const name = (trace.name ?? this.panel.spec.title).replace(/<[^>]*>/g, "")
    const label = labels.grip.replace("{name}", () => name)
      .replace("{number}", this.at + 1).replace("{count}", things.length)
    if (this.button.ariaLabel !== label) this.button.ariaLabel = label
    return spot
  }

  /** Where a thing is, or where the hand has taken it. */
  placeOf(trace, index) {
    const axes = this.panel.canvas._fullLayout._plots
    const { xaxis, yaxis } = Object.values(axes).find(({ xaxis: x, yaxis: y }) => (
      x._id === trace.xaxis && y._id === trace.yaxis)) ?? Object.values(axes)[0]
    const [px, py] = this.held?.to ?? [xaxis.d2p(trace.x[index]), yaxis.d2p(trace.y[index])]
    const [x, y] = [px + xaxis._offset, py + yaxis._offset]
    return { x, y, spot: { px, py, left: x, top: y, xaxis, yaxis } }
  }

  press(event) {
    if (event.key in WAYS) this.move(WAYS[event.key], event.shiftKey ? LEAP : STEP)
    else if (event.key === "Enter" || event.key === " ") this.drop()
    else if (event.key === "Escape") this.cancel()
    else if (!this.turn(event)) return
    event.preventDefault()
    event.stopPropagation()
  }

  /** Choose another thing; false where there is none, and the focus goes on. */
  turn({ key, shiftKey }) {
    const count = this.things().length
    const by = { PageUp: -1, PageDown: 1, Tab: shiftKey ? -1 : 1 }[key]
    const next = this.at + (by ?? NaN)
    if (!(next >= 0 && next < count) || (key === "Tab" && count > MOST_STOPS)) return false
    this.drop()
    this.at = next
    this.place()
    return true
  }

  move([right, down], step) {
    const thing = this.held ?? this.things()[this.at]
    if (!thing || !this.panel.picture()) return
    if (!this.held) {
      this.held = thing
      this.panel.take(thing)
    }
    const { spot: { px, py, xaxis, yaxis } } = this.placeOf(thing.trace, thing.index)
    const within = (value, axis) => Math.min(Math.max(value, 0), axis._length)
    this.held.to = [within(px + right * step * xaxis._length, xaxis),
      within(py + down * step * yaxis._length, yaxis)]
    this.panel.hand.carry(this.place())
  }

  drop() {
    if (!this.held) return
    this.held = null
    this.panel.hand?.drop()
    this.panel.letGo()
  }

  cancel() {
    if (!this.held) return
    this.held = null
    this.panel.hand?.cancel()
    this.panel.letGo()
    this.place()
  }
}
