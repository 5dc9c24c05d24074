/**
 * live_plot: several plotly figures that share one clock, with a timeline under them.
 *
 * Python sends the newest frames about twice a second. They are kept here by number, played back
 * evenly, and stay at hand for the scrubber. Each component on the page has one `LivePlot`; each of
 * its figures is a `Panel` (panel.js); what the visitor does there goes to Python by mailbox.js.
 */

// The query keeps a browser from pairing this file with older copies of the others.
const version = new URL(import.meta.url).search
const [{ Panel, element, readTheme }, { Mailbox }, { Caption }, { Lasting }, { assign, attribute, write }] = await Promise.all(
  ["panel", "mailbox", "caption", "lasting", "write", "keys"].map((name) => import(`./${name}.js${version}`)))

const MOST_BEHIND = 30
const HERO = 1.4 // times as wide as the column beside it
const BESIDE_TWINS = 0.7 // the column's width beside two heroes, over one of theirs
const FLAT = 0.65 // a curve beside pictures can be lower than they
const REPLAY_MS = 8000
const REST_MS = 250
const STILL_MS = 1000 // without a new picture, until nothing moves
const AGAIN_MS = 4000 // a run that plays by itself rests so long at its end
const ASK_AGAIN_MS = [1000, 8000]
const ICONS = { // of the way back through the run; training has a button of the page's own
  play: "M8 3a5 5 0 1 1-4.6 3l1.4.6A3.5 3.5 0 1 0 8 4.500V7L4.200 3.700 8 .5z",
  pause: "M3 2h3.6v12H3zM9.4 2H13v12H9.4z",
}

const calm = matchMedia("(prefers-reduced-motion: reduce)")
const plots = new WeakMap()
const slots = new Map() // where a page has room for the timeline of a plot, by the plot's key
const editions = {} // of plotly, on their way or here
// Nothing is drawn before its style is here, or all would jump.
if (!globalThis.parts) await loadStyle()

export default function (component) {
  const place = component.parentElement
  if (component.data.timelineOf) return takeSlot(place, component.data.timelineOf)
  if (!plots.has(place)) plots.set(place, new LivePlot(place, component.data))
  plots.get(place).update(component)
  // Streamlit also calls the cleanup of a run that a newer one overtook: only a place that has
  // left the page is really gone.
  return () => setTimeout(() => place.isConnected || unmount(place))
}

/** A place of the page itself takes in the timeline of a plot, which may be here or to come. */
function takeSlot(place, key) {
  slots.set(key, place)
  document.dispatchEvent(new CustomEvent("live-plot-slot", { detail: key }))
}

/** Begin to fetch plotly before there is a place for it. */
export function preload(assets) {
  load(assets)
}

export function unmount(place) {
  plots.get(place)?.remove()
  plots.delete(place)
}

/** Fetch plotly, once: its small edition, or the whole for figures in space. */
async function load(assets, inSpace = false) {
  if (!assets) return null // a page that brings all of it along: see standalone.py
  const fetched = (edition) => loadPlotly(new URL(assets[edition], import.meta.url))
  const { plane, space } = editions
  if (inSpace) editions.space ??= Promise.resolve(plane).catch(() => {}).then(() => fetched("space"))
  else if (!space) editions.plane ??= fetched("plane")
  return editions.space ?? editions.plane
}

function loadStyle() {
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet" })
  style.href = new URL(`live_plot.css${version}`, import.meta.url).href
  document.head.append(style)
  return new Promise((resolve) => { style.onload = style.onerror = resolve })
}

/** Streamlit sends no expiry date, so a plain script tag would fetch 5 MB at every reload. */
async function loadPlotly(url) {
  const answer = await fetch(url, { cache: "force-cache" })
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`)
  const script = document.createElement("script")
  script.dataset.plotly = "" // a figure that is saved as a page takes it along
  const plain = answer.body.pipeThrough(new DecompressionStream("gzip"))
  script.src = URL.createObjectURL(await new Response(plain).blob())
  await new Promise((resolve, reject) => {
    Object.assign(script, { onload: resolve, onerror: reject })
    document.head.append(script)
  })
  globalThis.livePlotly = window.Plotly // Streamlit's own charts put another edition there
}

let stillness = null

/** While pictures move, the page leaves out what is below the screen: it would be painted too. */
function moving() {
  clearTimeout(stillness)
  const page = document.documentElement
  if (!page.hasAttribute("data-moving")) page.toggleAttribute("data-moving", true)
  stillness = setTimeout(() => page.removeAttribute("data-moving"), STILL_MS)
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name])
}

class LivePlot {
  constructor(place, data) {
    this.place = place
    this.root = element("div", "root", place)
    this.root.className = "live-plot"
    this.box = element("div", "panels", this.root)
    this.aside = element("div", "aside", this.box)
    this.mailbox = new Mailbox(() => this.shown?.seq ?? null)
    this.panels = []
    this.drawTimes = []
    this.drawnFrames = 0
    this.lasting = new Lasting()
    this.caption = new Caption(element("div", "caption", this.root), element("div", "spoken", this.root))
    this.buildTimeline()
    this.settle = ({ detail }) => detail === this.data?.key && this.placeTimeline()
    document.addEventListener("live-plot-slot", this.settle)
    this.forget(null)
  }

  ready() {
    this.root.dataset.ready = true
    this.playByItself()
    this.wake()
  }

  fail(error) {
    console.error(error)
    for (const edition of Object.keys(editions)) delete editions[edition]
    for (const panel of this.panels) panel.note.textContent = this.data.labels.failed
  }

  remove() {
    this.removed = true
    cancelAnimationFrame(this.waking)
    for (const timer of [this.asking, this.telling, this.resting]) clearTimeout(timer)
    this.caption.close()
    this.mailbox.close()
    for (const panel of this.panels) panel.remove()
    document.removeEventListener("live-plot-slot", this.settle)
    this.bar.remove()
    this.root.remove()
  }

  forget(run) {
    Object.assign(this, { run, frames: [], shown: null, plan: null, gap: 500, arrived: 0, share: 0 })
    Object.assign(this, { mode: "follow", behind: 0, askedAt: -Infinity, patience: 0, opened: false })
    this.caption.forget()
  }

  /** Take what Python sent; it may hold frames that are here already. */
  update({ data, setTriggerValue, setStateValue }) {
    const before = this.data
    this.complete = this.lasting.take(data.lasting)
    Object.assign(this, { data: { ...data, ...this.lasting }, setTriggerValue, setStateValue })
    this.mailbox.take(data.handled, setTriggerValue)
    if (data.run !== this.run) this.forget(data.run)
    this.placeTimeline()
    if (!this.lasting.version) return this.askForMissing()
    this.setTheme(readTheme(this.place))
    this.setPanels(this.data)
    const newest = this.frames.at(-1)?.seq ?? null
    this.takeFrames(data)
    const isNew = this.frames.length > 0 && this.frames.at(-1).seq !== newest
    // Whoever lets the run go on wants to see it: the clock follows again.
    if (before && data.starts !== before.starts) this.jump()
    if (isNew) this.planPlayback()
    this.open(data)
    this.askForMissing()
    for (const panel of this.panels) panel.offer(this.data)
    this.showControls()
    this.playByItself()
    this.wake()
  }

  /** Show the same part of the plane in all figures. */
  link(from, ranges) {
    for (const panel of this.panels) {
      if (panel !== from && panel.spec.kind === "frame") panel.zoomTo(ranges)
    }
  }

  setTheme(theme) {
    const signature = JSON.stringify(theme)
    if (signature === this.themeSignature) return
    Object.assign(this, { theme, themeSignature: signature })
    // The page's own style sheet has no words for its colours.
    const css = getComputedStyle(this.place)
    for (const [name, ours] of [["background", "background-color"], ["text", "text-color"]]) {
      document.documentElement.style.setProperty(`--page-${name}`, css.getPropertyValue(`--st-${ours}`))
    }
    for (const panel of this.panels) panel.redraw(theme)
  }

  setPanels({ panels, labels }) {
    const signature = JSON.stringify([panels, labels])
    if (signature === this.panelSignature) return
    this.panelSignature = signature
    for (const panel of this.panels) panel.remove()
    if (this.data.height) this.root.style.setProperty("--figures", `${this.data.height}px`)
    const [hero, ...more] = panels
    const [twins, others] = [more.filter(({ twin }) => twin), more.filter(({ twin }) => !twin)]
    this.box.toggleAttribute("data-alone", !others.length)
    // Many of one size stand in rows.
    const many = !others.length && twins.length > 2
    this.box.toggleAttribute("data-rows", many)
    const widths = many ? Array(Math.ceil((1 + twins.length) / 2)).fill(1) : twins.length ? [1, ...twins.map(() => 1), BESIDE_TWINS] : [HERO * hero.weight, 1]
    this.box.style.setProperty("--columns", widths.slice(0, many ? undefined : 1 + twins.length + (others.length > 0)).map((
      (width) => `minmax(0, ${width}fr)`)).join(" "))
    const mixed = others.some(({ kind }) => kind === "frame")
    this.aside.style.setProperty("--rows", others.map(({ weight, kind }) => (
      `minmax(0, ${mixed && kind === "curve" && !twins.length ? FLAT * weight : weight}fr)`)).join(" "))
    this.panels = panels.map((spec) => (
      new Panel(spec, this, others.includes(spec) ? this.aside : this.box)))
    this.root.dataset.ready = false
    const loading = load(this.data.assets, panels.some(({ space }) => space))
    this.loading = loading
    loading.then(() => loading === this.loading && this.ready(), (error) => this.fail(error))
  }

  /** Keep what the server keeps, and the frame on the screen. */
  takeFrames({ frames, kept }) {
    const there = new Set([...kept, this.shown?.seq])
    const bySeq = new Map(this.frames.map((frame) => [frame.seq, frame]))
    // One that comes again is the same one: it may be on the screen, or about to be.
    for (const frame of frames) {
      bySeq.set(frame.seq, Object.assign(bySeq.get(frame.seq) ?? {}, frame))
    }
    this.frames = [...bySeq.values()].filter(({ seq }) => there.has(seq))
    this.frames.sort((a, b) => a.seq - b.seq)
  }

  /**
   * The browser has no past after a reload, a sleeping tab misses frames, and one under load skips
   * messages: ask for all frames from the first one that is missing. Once more after a while.
   */
  askForMissing() {
    clearTimeout(this.asking)
    const here = new Set(this.frames.map(({ seq }) => seq))
    const missing = this.data.kept.findIndex((seq) => !here.has(seq))
    if (missing < 0 && this.complete) return void (this.patience = 0)
    const wait = this.askedAt + this.patience - performance.now()
    if (wait > 0) return void (this.asking = setTimeout(() => this.askForMissing(), wait))
    const [shortest, longest] = ASK_AGAIN_MS
    this.patience = Math.min(Math.max(2 * this.patience, shortest), longest)
    this.askedAt = performance.now()
    const since = missing < 0 ? this.frames.at(-1)?.seq : this.data.kept[missing - 1]
    this.setTriggerValue("resync", { run: this.run, since: since ?? -1 })
    this.asking = setTimeout(() => this.askForMissing(), this.patience)
  }

  /** A run that has ended may open at another moment than its last one. */
  open({ opens, live }) {
    const index = live || this.opened ? -1 : this.frames.findIndex(({ seq }) => seq === opens)
    if (index < 0) return
    this.opened = true
    this.scrub(index)
  }

  /** Spread the frames that were not seen yet over the time until the next ones arrive. */
  planPlayback() {
    const now = performance.now()
    const passed = Math.min(Math.max(now - this.arrived, 50), 1000)
    if (this.arrived) this.gap += 0.25 * (passed - this.gap)
    this.arrived = now
    const unseen = this.frames.filter((frame) => !this.shown || frame.seq > this.shown.seq)
    const most = calm.matches ? 1 : this.shown ? MOST_BEHIND : this.data.live ? 6 : 1
    this.plan = { frames: unseen.slice(-most), start: now, length: this.gap * 1.05 }
  }

  /** Look at every panel in the next animation frame. */
  wake() {
    this.due = true
    this.watchClock()
  }

  watchClock() {
    if (!this.removed && !this.waking) this.waking = requestAnimationFrame(() => this.tick())
  }

  tick() {
    this.waking = null
    const now = performance.now()
    if (now >= (this.restUntil ?? 0)) {
      const next = this.mode === "replay" ? this.replayed(now) : this.planned(now)
      if (next && next !== this.shown) this.show(next)
      this.due ||= this.share > 0
    }
    const onTheirWay = this.panels.filter(({ path }) => path.tick(now)).length > 0
    if (this.due || onTheirWay) this.due = this.draw() || onTheirWay
    this.caption.rest(!this.plan && !this.isPlaying)
    if (this.due || this.mode === "replay" || (this.mode === "follow" && this.plan)) {
      this.watchClock()
    }
  }

  /**
   * The frame that is due while the clock follows. In between, `share` says how far it is to the
   * next one: what is the same thing in both glides there. Where the clock rests, it is 0.
   */
  planned(now) {
    this.share = 0
    if (this.mode !== "follow" || !this.plan || this.root.dataset.ready !== "true") return null
    const { frames, start, length } = this.plan
    const passed = Math.min(((now - start) / length) * frames.length, frames.length)
    const due = Math.floor(passed)
    this.behind = frames.length - due
    if (due === frames.length) this.plan = null
    else Object.assign(this, { share: this.shown ? passed - due : 0, next: frames[due] })
    return due ? frames[due - 1] : this.shown ?? frames[0]
  }

  replayed(now) {
    const length = Math.min(Math.max(REPLAY_MS / this.frames.length, 33), 250)
    const passed = (now - this.replay.start) / length
    const due = this.replay.from + Math.floor(passed)
    const next = this.frames[due + 1]
    Object.assign(this, { share: next ? passed % 1 : 0, next })
    if (due < this.frames.length) return this.frames[due]
    this.follow()
    this.playAgain()
    return this.frames.at(-1)
  }

  /** A page may let a run play until the visitor takes the clock; for calm eyes it has ended. */
  playByItself() {
    const { autoplay, live } = this.data
    if (!autoplay || live || this.taken || this.resting || calm.matches) return
    if (this.mode !== "follow" || this.root.dataset.ready !== "true") return
    if (this.frames.length < Math.max(this.data.kept.length, 2)) return
    this.replay = { from: 0, start: performance.now() }
    this.mode = "replay"
    this.showControls()
    this.wake()
  }

  /** After a rest it plays again, unless it is out of sight. */
  playAgain() {
    this.resting = setTimeout(() => {
      this.resting = null
      const { top, bottom } = this.box.getBoundingClientRect()
      if (bottom > 0 && top < innerHeight) this.playByItself()
      else if (!this.taken) this.playAgain()
    }, AGAIN_MS)
  }

  /** What a panel shows next, and how far its points have gone there: nowhere for calm eyes. */
  ahead(name) {
    const next = this.share && !calm.matches ? this.next.plots[name] : null
    return { next, share: next ? this.share : 0 }
  }

  show(frame) {
    this.shown = frame
    this.stale = true
    this.showControls()
    this.caption.say(frame.caption ?? "")
    this.wake()
  }

  /** Tell Python at which frame the visitor has come to rest. */
  tell() {
    clearTimeout(this.telling)
    if (this.mode === "replay") return
    const seq = this.mode === "scrub" ? this.shown?.seq ?? null : null
    if (seq === (this.told ?? null)) return
    this.telling = setTimeout(() => {
      this.told = seq
      this.setStateValue("shown", seq === null ? null : { run: this.run, seq })
    }, REST_MS)
  }

  /** The plots of the shown frame; a panel that is drawn less often keeps its last picture. */
  plotOf(name) {
    let i = this.shown ? this.frames.indexOf(this.shown) : -1
    while (i > 0 && !this.frames[i].plots[name]) i -= 1
    return this.frames[i]?.plots[name]
  }

  draw() {
    if (this.root.dataset.ready !== "true") return false
    const start = performance.now()
    const unfinished = this.panels.map((panel) => panel.draw()).includes(false)
    if (this.stale || this.share > 0) this.count(start)
    this.stale = false
    return unfinished
  }

  count(start) {
    moving()
    const now = performance.now()
    // Leave the page some air between two drawings on a slow machine.
    this.restUntil = now + Math.min(0.5 * (now - start), 60)
    this.drawTimes = [...this.drawTimes, now].filter((time) => time > now - 2000)
    this.drawnFrames += 1
    Object.assign(this.root.dataset, {
      framesDrawn: this.drawnFrames, fps: (this.drawTimes.length / 2).toFixed(1),
      drawMs: (now - start).toFixed(1), behind: this.behind,
    })
  }

  buildTimeline() {
    const bar = element("div", "timeline", this.root)
    bar.dataset.frames = 0 // as long as nothing is here it is not seen
    this.bar = bar
    this.play = element("button", "play", bar, { type: "button", onclick: () => this.togglePlay() })
    this.slider = element("input", "slider", bar, { type: "range", min: 0, max: 0, step: 1 })
    this.slider.oninput = () => this.scrub(Number(this.slider.value))
    this.step = element("span", "step", bar)
    this.newest = element("button", "newest", bar, { type: "button", onclick: () => this.jump() })
    element("span", "dot", this.newest)
    this.newestText = element("span", "newest-text", this.newest)
  }

  /** The timeline stands where the page has a place for it, else under the figures. */
  placeTimeline() {
    const slot = slots.get(this.data.key)
    const home = slot?.isConnected ? slot : this.root
    if (this.bar.parentElement !== home) home.append(this.bar)
  }

  scrub(index) {
    Object.assign(this, { taken: true, share: 0 })
    if (index >= this.frames.length - 1) this.follow()
    else this.mode = "scrub"
    if (this.frames[index]) this.show(this.frames[index])
  }

  follow() {
    Object.assign(this, { mode: "follow", plan: null })
    this.showControls()
  }

  jump() {
    this.scrub(this.frames.length - 1)
  }

  get isPlaying() {
    return this.mode === "replay" || (this.mode === "follow" && this.data.live)
  }

  togglePlay() {
    this.taken = true
    const playing = this.isPlaying
    const index = this.frames.indexOf(this.shown)
    const from = index === this.frames.length - 1 ? 0 : index
    // Whoever pauses sees what was measured, not a point on its way.
    Object.assign(this, { mode: playing ? "scrub" : "replay", share: 0 })
    this.replay = { from, start: performance.now() }
    this.showControls()
    this.wake()
  }

  showControls() {
    const { labels, total, live } = this.data
    const playing = this.isPlaying
    const words = (step) => fill(total ? labels.step_of_total : labels.step, { step, total })
    const text = this.shown ? words(this.shown.step) : ""
    const last = Math.max(this.frames.length - 1, 0)
    const at = this.mode === "follow" ? last : Math.max(this.frames.indexOf(this.shown), 0)
    assign(this.slider, { max: `${last}` })
    assign(this.slider, { value: `${at}` })
    const share = `${100 * at / (last || 1)}%`
    if (share !== this.sliderShare) this.slider.style.setProperty("--at", share)
    this.sliderShare = share
    attribute(this.slider, { "aria-valuetext": text, "aria-label": labels.timeline })
    write(this.step, text)
    // Room for the longest text: the slider must not move while the visitor holds it.
    assign(this.step.style, { minWidth: `${Number((0.9 * words(total ?? 10000).length).toFixed(1))}ch` })
    write(this.newestText, live ? labels.live : labels.newest)
    attribute(this.newest, { "aria-pressed": this.mode === "follow" })
    attribute(this.play, { "aria-label": playing ? labels.pause : labels.play })
    this.showIcon(playing ? "pause" : "play")
    this.tell()
    const state = { mode: this.mode, live: `${live}`, frames: `${this.frames.length}` }
    assign(this.bar.dataset, state)
    assign(this.root.dataset, {
      ...state, run: `${this.run}`, playing: `${playing}`, seq: `${this.shown?.seq ?? ""}`,
      // Streamlit has rules for a data-step of its own, which concern the whole page.
      atStep: `${this.shown?.step ?? ""}`, newest: `${this.frames.at(-1)?.seq ?? ""}`,
    })
  }

  showIcon(name) {
    if (this.play.dataset.icon === name) return
    this.play.dataset.icon = name
    this.play.innerHTML = `<svg viewBox="0 0 16 16"><path d="${ICONS[name]}"/></svg>`
  }
}
