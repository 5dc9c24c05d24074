/** What Python need not send again: it sends what has changed; see lasting.py. */

const CURVE = "curve "

export class Lasting {
  constructor() {
    Object.assign(this, { version: 0, parts: {}, curves: {} })
  }

  /** Take what has changed; false if something before it was missed, and all must be asked for. */
  take({ base, version, parts }) {
    if (version === this.version) return true
    if (base !== 0 && base !== this.version) return false
    const before = base === 0 ? {} : this.parts
    const changed = Object.entries(parts).map(([name, part]) => [name, applied(before[name], part)])
    this.parts = { ...before, ...Object.fromEntries(changed) }
    this.version = version
    const { labels, words, panels, source, ...rest } = this.parts
    const curves = Object.entries(rest).filter(([, figure]) => figure)
      .map(([name, figure]) => [name.slice(CURVE.length), figure])
    Object.assign(this, { labels, words, panels, source, curves: Object.fromEntries(curves) })
    return true
  }
}

/** What a difference makes out of the old value. */
function applied(old, change) {
  if (change === null || typeof change !== "object") return change
  if (Array.isArray(change)) return change.map((item, i) => applied(old?.[i], item))
  if ("same" in change && "rest" in change) return old.slice(0, change.same) + change.rest
  const entries = Object.entries(change).map(([name, item]) => [name, applied(old?.[name], item)])
  return Object.fromEntries(entries)
}
