/**
 * A second clock, inside a frame: the way on which a model draws, e.g. pixel after pixel.
 *
 * The `path` in a layout's meta has pictures of that way: `data`, the traces at each moment, `at`,
 * where on the way they lie, and `says`, a sentence about it. The plot's own data are its end.
 * While it plays, points that are the same ones glide from one moment to the next; at rest only
 * the moments themselves are shown.
 */

const { assign, attribute, write } = await import(`./write.js${new URL(import.meta.url).search}`)

const SECONDS = 4
const calm = matchMedia("(prefers-reduced-motion: reduce)")

export class Path {
  constructor(panel, element) {
    this.panel = panel
    this.bar = element("div", "path", panel.box, { hidden: true })
    this.play = element("button", "path-play", this.bar, {
      type: "button", onclick: () => this.toggle(), innerHTML: "<svg viewBox='0 0 16 16'><path/></svg>",
    })
    this.slider = element("input", "path-slider", this.bar, { type: "range", min: 0, step: "any" })
    this.slider.oninput = () => this.go(Number(this.slider.value), null)
    this.text = element("span", "path-text", this.bar)
    Object.assign(this, { share: 1, began: null })
  }

  /** The picture on the way to this one, where the second clock stands. */
  along(picture) {
    const path = picture?.layout?.meta?.path
    if (this.bar.hidden === Boolean(path)) this.bar.hidden = !path
    if (!path) return picture
    const last = path.data.length
    const index = Math.min(Math.floor(this.share * last + 1e-9), last)
    this.show(path, index)
    if (index === last) return picture
    if (this.seen?.of !== picture || this.seen.index !== index) {
      this.seen = { of: picture, index, shown: { ...picture, data: path.data[index] } }
    }
    return this.seen.shown
  }

  /** What comes next on the way, and how far points have gone there; nothing if it is at its end. */
  ahead(picture) {
    if (picture !== this.seen?.shown) return null
    const { of, index } = this.seen
    const { data } = of.layout.meta.path
    const glides = this.began !== null && !calm.matches
    const next = glides ? { ...of, data: data[index + 1] ?? of.data } : null
    return { next, share: glides ? this.share * data.length - index : 0 }
  }

  show({ at, says, total }, index) {
    const text = says.replace("{at}", at[index] ?? total).replace("{total}", total)
    const playing = this.began !== null
    assign(this.slider, { max: "1" })
    assign(this.slider, { value: `${this.share}` })
    write(this.text, text)
    const { labels } = this.panel.plot.data
    attribute(this.slider, { "aria-valuetext": text, "aria-label": labels.path })
    attribute(this.play, { "aria-label": playing ? labels.pause : labels.play })
    attribute(this.play.querySelector("path"), { d: playing
      ? "M3 2h3.6v12H3zM9.4 2H13v12H9.4z" : "M3 1.5v13l10-6.5z" })
  }

  toggle() {
    if (this.began !== null) return this.go(this.share, null)
    const from = this.share >= 1 ? 0 : this.share
    this.go(from, performance.now() - 1000 * SECONDS * from)
  }

  go(share, began) {
    Object.assign(this, { share, began })
    this.panel.plot.wake()
  }

  /** Move on, if it plays; whether it has to be called again. */
  tick(now) {
    if (this.began === null) return false
    this.share = Math.min((now - this.began) / 1000 / SECONDS, 1)
    if (this.share === 1) this.began = null
    return true
  }
}
