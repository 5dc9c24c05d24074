/**
 * The keys of a page: the space bar trains and pauses, left and right go through the run, and on
 * by a step. Who presents has also the presets with up and down, the next page with Page Down,
 * which a presenter's remote sends, and Escape to leave. No letters: whoever speaks to the browser
 * would press them. A button takes keys from who came to it by keyboard, not after a click.
 */

const PLAY = ":is(.st-key-train-button, .st-key-pause) button" // the page's own control
const TAKES_KEYS = ":is(input, textarea, select, a, summary, iframe, [contenteditable], [role=slider], "
  + "[role=button], [role=tab], [role=option], [role=combobox], [role=dialog] *)"
const AT_ONCE_MS = 300
const PRESENTING = ".st-key-leave-presenting"

function click(selector) {
  const found = document.querySelector(selector)
  found?.click()
  return Boolean(found)
}

/** Go through the run as a hand on the slider would; from its end, let the model make a step. */
function go(by) {
  const slider = document.querySelector(".live-plot-slider")
  if (!slider) return false
  const to = Number(slider.value) + by
  if (to > Number(slider.max)) return click(".st-key-step button:not([disabled])")
  slider.value = Math.max(to, 0)
  slider.dispatchEvent(new Event("input"))
  return true
}

function choosePreset(by) {
  if (!document.querySelector(PRESENTING)) return false
  const chips = [...document.querySelectorAll(".st-key-presets .stButton button")]
  const chosen = chips.findIndex((chip) => chip.dataset.testid?.endsWith("primary"))
  chips[(chosen + by + chips.length) % chips.length]?.click()
  return true
}

const KEYS = {
  " ": () => click(PLAY),
  ArrowLeft: () => go(-1),
  ArrowRight: () => go(1),
  ArrowUp: () => choosePreset(-1),
  ArrowDown: () => choosePreset(1),
  Escape: () => !document.fullscreenElement && click(`${PRESENTING} button`),
  PageDown: () => click(".st-key-next-page a"),
}

// Who has come to a button, a hand on the mouse or one on the keyboard; the first key that is pressed
// makes the browser's own `:focus-visible` forget it.
let [byPointer, pressedAt] = [false, -Infinity]
document.addEventListener("pointerdown", ({ timeStamp }) => {
  [byPointer, pressedAt] = [true, timeStamp]
}, true)
document.addEventListener("focusin", ({ timeStamp }) => {
  if (timeStamp > pressedAt + AT_ONCE_MS) byPointer = false
})

document.addEventListener("keydown", (event) => {
  const { key, target, repeat, altKey, ctrlKey, metaKey, shiftKey, defaultPrevented } = event
  if (altKey || ctrlKey || metaKey || shiftKey || defaultPrevented || !KEYS[key]) return
  if (target.closest?.(TAKES_KEYS) || (!byPointer && target.closest?.("button"))) return
  const isHeld = repeat && !["ArrowLeft", "ArrowRight"].includes(key)
  if (isHeld || KEYS[key]()) event.preventDefault() // the page must not scroll
})
