/** What the numbers of the shown moment mean, in words under the figures. */

const READABLE_MS = 300
const REST_MS = 700

let captions = 0

export class Caption {
  /** `spoken` says it to those who do not see it, and only when the clock rests. */
  constructor(box, spoken) {
    Object.assign(this, { box, spoken, wanted: "", said: null, saidAt: -Infinity })
    Object.assign(spoken, { id: `live-plot-spoken-${captions += 1}`, ariaLive: "polite" })
  }

  /** Begin anew, for another run. */
  forget() {
    clearTimeout(this.waiting)
    Object.assign(this, { said: null, saidAt: -Infinity })
    this.box.replaceChildren()
  }

  /** Show a text in which only **bold** is marked: at once, or not faster than one can read. */
  say(text, atOnce) {
    clearTimeout(this.waiting)
    this.wanted = text.replaceAll("**", "")
    if (text === this.said) return
    const wait = atOnce ? 0 : this.saidAt + READABLE_MS - performance.now()
    if (wait > 0) return void (this.waiting = setTimeout(() => this.say(text, true), wait))
    Object.assign(this, { said: text, saidAt: performance.now() })
    this.box.replaceChildren(...text.split("**").map((part, i) => {
      if (i % 2 === 0) return part
      return Object.assign(document.createElement("strong"), { textContent: part })
    }))
    this.keepRoom()
  }

  /** Speak once the clock has rested for a while, and not a word while it plays. */
  rest(resting) {
    if (resting && this.wanted === (this.about ?? this.spoken.textContent)) return
    clearTimeout(this.speaking)
    this.about = resting ? this.wanted : null
    if (resting) this.speaking = setTimeout(() => this.speak(), REST_MS)
  }

  speak() {
    this.about = null
    this.spoken.textContent = this.wanted
  }

  /** What lies below must not jump while sentences come and go, nor from run to run. */
  keepRoom() {
    const { width, height } = this.box.getBoundingClientRect()
    if (width === this.room?.width && height <= this.room.height) return
    const wider = this.room && width !== this.room.width
    this.room = { width, height: wider ? 0 : height }
    this.box.style.minHeight = wider ? "" : `${height}px`
  }

  close() {
    clearTimeout(this.waiting)
    clearTimeout(this.speaking)
  }
}
