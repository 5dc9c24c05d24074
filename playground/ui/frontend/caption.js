/** What the numbers of the shown moment mean, in words under the figures. */

const READABLE_MS = 300

export class Caption {
  constructor(box) {
    Object.assign(this, { box, said: null, saidAt: -Infinity })
  }

  /** Begin anew, for another run. */
  forget() {
    clearTimeout(this.waiting)
    Object.assign(this, { said: null, saidAt: -Infinity })
    this.box.style.minHeight = ""
    this.box.replaceChildren()
  }

  /** Show a text in which only **bold** is marked: at once, or not faster than one can read. */
  say(text, atOnce) {
    clearTimeout(this.waiting)
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

  /** What lies below must not jump while sentences come and go. */
  keepRoom() {
    const { height } = this.box.getBoundingClientRect()
    if (height > (parseFloat(this.box.style.minHeight) || 0)) {
      this.box.style.minHeight = `${height}px`
    }
  }

  close() {
    clearTimeout(this.waiting)
  }
}
