/** The post from the visitor to Python. */

const HOVER_MS = 120
const REPEAT_MS = 1500

/** Sends events to Python one at a time: Streamlit keeps only the last of those sent together. */
export class Mailbox {
  constructor(shownSeq) {
    Object.assign(this, { shownSeq, queue: [], hover: null, sent: null, sentAt: 0, count: 0 })
    this.session = Math.random().toString(36).slice(2, 8)
  }

  /** Note what Python has handled, and how to reach it from now on. */
  take(handled, setTriggerValue) {
    this.send = setTriggerValue
    if (this.sent && handled === this.sent.id) this.sent = null
    this.pump()
  }

  /** Send an event, and return the name that it is given. */
  post(event) {
    this.count += 1
    const letter = { seq: this.shownSeq(), ...event, id: `${this.session}-${this.count}` }
    if (event.kind === "hover") this.hover = letter
    else this.queue.push(letter)
    this.pump()
    return letter.id
  }

  forgetHover() {
    this.hover = null
  }

  pump() {
    clearTimeout(this.timer)
    const quiet = performance.now() - this.sentAt
    const wait = this.sent ? REPEAT_MS - quiet : this.queue.length ? 0 : HOVER_MS - quiet
    if (!this.sent && !this.queue.length && !this.hover) return
    if (wait > 0) this.timer = setTimeout(() => this.pump(), wait)
    else this.dispatch()
  }

  dispatch() {
    // What got no reply is sent once more, except a hover: a newer one will follow.
    const repeat = this.sent && this.sent.kind !== "hover" && !this.sent.repeated ? this.sent : null
    const letter = repeat ?? this.queue.shift() ?? this.hover
    if (letter === this.hover) this.hover = null
    this.sent = letter ? { ...letter, repeated: Boolean(repeat) } : null
    if (!letter) return
    this.sentAt = performance.now()
    const { repeated, ...plain } = letter
    this.send("event", plain)
    this.pump()
  }

  close() {
    clearTimeout(this.timer)
  }
}
