/** A hand that holds something in a figure, and the figures that follow it at once (follow.js). */

const version = new URL(import.meta.url).search
const { changed, decoded, rules } = await import(`./follow.js${version}`)

const MOST_PLACES = 500

export class Hand {
  /** Take hold. All figures stand as they are now but for what follows the hand. */
  constructor(panel, { trace, index }) {
    const { panels, shown } = panel.plot
    const there = panels.filter((other) => other.canvas._fullLayout && other.picture())
    this.scene = Object.fromEntries(there.map((other) => (
      [other.spec.name, decoded(standing(other))])))
    const { follow } = this.scene[panel.spec.name].data[trace.number].meta
    const thing = { panel: panel.spec.name, trace: trace.number, index, follow }
    Object.assign(this, { panel, trace, index, thing, seq: shown?.seq ?? null, path: [] })
  }

  /** Go to a place of the figure, or to its edge. The figures follow once in a picture's time. */
  carry(spot) {
    const { xaxis, yaxis } = spot
    const [x, y] = [[xaxis, spot.px], [yaxis, spot.py]].map(([axis, pixels]) => (
      axis.p2d(Math.min(Math.max(pixels, 0), axis._length))))
    if (this.path.length < MOST_PLACES) this.path.push([x, y])
    Object.assign(this, { to: { x, y }, spot })
    this.waiting ??= requestAnimationFrame(() => this.follow(false))
  }

  /** Let all figures show what the hand has done, and return where the thing is now. */
  follow(dropped) {
    this.stop()
    const { panel, thing, scene, to, path } = this
    const rule = rules[thing.follow.rule]
    const { changes, says, at = to } = rule(scene, thing, { ...to, path, dropped })
    for (const other of panel.plot.panels) {
      const { name } = other.spec
      if (changes[name]) other.putMoved(changed(scene[name], changes[name]))
    }
    panel.say(thing.follow.says.replace(/\{(\w+)\}/g, (_, name) => says[name]), this.spot)
    return at
  }

  /** Open, and tell Python where the thing has come to rest. */
  drop() {
    const { panel, seq, thing, path } = this
    const passed = thing.follow.path ? { path } : {}
    const letter = panel.tell("drag", this.follow(true), this, { seq, ...passed })
    for (const other of panel.plot.panels) if (other.moved) other.moved.letter = letter
  }

  /** Open as if nothing had been held. */
  cancel() {
    this.stop()
    for (const other of this.panel.plot.panels) other.putBack()
  }

  stop() {
    cancelAnimationFrame(this.waiting)
    this.waiting = null
  }
}

/** A panel's picture with its axes as they are: a hand that moves must not move them. */
function standing(panel) {
  const { data, layout } = panel.picture()
  const drawn = panel.canvas._fullLayout
  const axes = Object.keys(drawn).filter((key) => /^[xy]axis\d*$/.test(key)).map((name) => (
    [name, { ...layout[name], range: [...drawn[name].range], autorange: false }]))
  return { data, layout: { ...layout, ...Object.fromEntries(axes) } }
}
