/** A figure as a file: as a picture (PNG), or as a page that needs no network (HTML). */

const ICON = '<svg viewBox="0 0 16 16"><path d="M8 2v8m-3-3 3 3 3-3M2.5 11v2.5h11V11"/></svg>'
const SCALE = 2
const MARGIN = 14
const LINES = {
  title: { size: 16, weight: 600, alpha: 1 },
  from: { size: 13, weight: 400, alpha: 0.7 },
}
const LEADING = 1.5
const STYLE = `
body {
  display: flex;
  flex-direction: column;
  box-sizing: border-box;
  height: 100vh;
  max-width: 1400px;
  margin: 0 auto;
  padding: 24px 16px 12px;
}
h1 { margin: 0 0 4px; font-size: 20px; }
p { margin: 0 0 12px; font-size: 14px; line-height: 1.4; opacity: 0.75; }
#figure { flex: 1; min-height: 320px; }
`

/** A small button in the head of a panel, and the two files that it offers. */
export class SaveMenu {
  constructor(panel, head, element) {
    const { labels } = panel.plot.data
    this.panel = panel
    this.button = element("button", "save", head, { type: "button", innerHTML: ICON })
    const ariaLabel = labels.save_it.replace("{title}", () => panel.spec.title)
    Object.assign(this.button, { title: labels.save, ariaLabel })
    this.menu = element("div", "menu", head, { popover: "auto" })
    this.button.popoverTargetElement = this.menu
    for (const [kind, save] of Object.entries({ png: savePicture, html: savePage })) {
      const onclick = () => this.save(save)
      element("button", kind, this.menu, { type: "button", textContent: labels[kind], onclick })
    }
    this.menu.addEventListener("toggle", ({ newState }) => newState === "open" && this.place())
  }

  /** What is on top of everything stands still when the page scrolls, so it goes. */
  place() {
    const { top, bottom, right } = this.button.getBoundingClientRect()
    const under = bottom + 4 + this.menu.offsetHeight <= innerHeight
    this.menu.style.top = `${under ? bottom + 4 : top - 4 - this.menu.offsetHeight}px`
    this.menu.style.left = `${Math.max(right - this.menu.offsetWidth, 4)}px`
    const close = () => this.menu.hidePopover()
    window.addEventListener("scroll", close, { capture: true, once: true })
  }

  save(save) {
    this.menu.hidePopover()
    const figure = figureOf(this.panel)
    if (figure) return save(figure, aboutOf(this.panel))
  }
}

/** All that is on the screen now, for plotly to draw once more: each point, the zoom, the step. */
function figureOf(panel) {
  const { canvas, theme, plot, marker } = panel
  const [picture, drawn] = [panel.picture(), canvas._fullLayout]
  if (!picture || !drawn) return null
  const { uirevision, dragmode, hovermode, ...layout } = panel.layout(picture.layout)
  const data = structuredClone(picture.data)
  data.forEach((trace, i) => { trace.visible = canvas.data[i]?.visible ?? trace.visible })
  for (const name of Object.keys(drawn).filter((key) => /^[xy]axis\d*$/.test(key))) {
    layout[name] = { ...layout[name], range: [...drawn[name].range], autorange: false }
  }
  if (!marker.hidden) (layout.shapes ??= []).push(hereLine(plot.shown.step, theme))
  const own = picture.layout?.hovermode
  Object.assign(layout, {
    paper_bgcolor: background(panel), ...(own && { hovermode: own }),
  })
  return { data, layout, width: canvas.offsetWidth, height: canvas.offsetHeight }
}

function background({ box }) {
  return getComputedStyle(box).getPropertyValue("--st-background-color").trim()
}

/** The dashed line at the step that is shown. */
function hereLine(step, theme) {
  const line = { color: theme.layout.font.color, width: 1.5, dash: "dash" }
  return { type: "line", x0: step, x1: step, yref: "paper", y0: 0, y1: 1, opacity: 0.55, line }
}

function aboutOf(panel) {
  const { spec, plot, theme } = panel
  const { file, page, settings } = plot.data.source
  const step = plot.shown ? `_step-${plot.shown.step}` : ""
  const from = [page, plot.step.textContent].filter(Boolean).join(" · ")
  return {
    from, settings, title: spec.title, alt: spec.alt, name: `${file}_${spec.name}${step}`,
    background: background(panel), words: plot.data.words, ...theme.layout.font,
  }
}

async function savePicture({ width, height, ...figure }, about) {
  const wanted = { format: "svg", width, height, imageDataOnly: true }
  const drawing = await (globalThis.livePlotly ?? window.Plotly).toImage(figure, wanted)
  const style = `<style>${await fontFace(about.family)}</style>`
  const picture = await load(drawing.replace("</svg>", `${style}</svg>`))
  const canvas = document.createElement("canvas")
  const pen = canvas.getContext("2d")
  const lines = ["title", "from"].flatMap((kind) => {
    pen.font = font(kind, about)
    return broken(about[kind], width, pen).map((text) => ({ text, kind }))
  })
  const head = lines.reduce((sum, { kind }) => sum + LEADING * LINES[kind].size, MARGIN)
  canvas.width = SCALE * (width + 2 * MARGIN)
  canvas.height = SCALE * (head + height + MARGIN)
  pen.scale(SCALE, SCALE)
  pen.fillStyle = about.background
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.fillStyle = about.color
  let top = MARGIN
  for (const { text, kind } of lines) {
    Object.assign(pen, { font: font(kind, about), globalAlpha: LINES[kind].alpha })
    pen.fillText(text, MARGIN, top + LINES[kind].size, width)
    top += LEADING * LINES[kind].size
  }
  pen.globalAlpha = 1
  pen.drawImage(picture, MARGIN, head, width, height)
  canvas.toBlob((blob) => download(blob, `${about.name}.png`))
}

function font(kind, { family }) {
  return `${LINES[kind].weight} ${LINES[kind].size}px ${family}`
}

async function load(drawing) {
  const src = `data:image/svg+xml,${encodeURIComponent(drawing)}`
  const image = Object.assign(new Image(), { src })
  await image.decode()
  return image
}

/** The page's font as a rule for a file, which sees nothing of this page; "" if there is none. */
async function fontFace(family) {
  const first = family.split(",")[0]
  const ours = ({ href }) => !href || href.startsWith(location.origin)
  const sheets = [...document.styleSheets].filter(ours)
  const rules = sheets.flatMap(({ cssRules }) => [...cssRules])
  const rule = rules.find(({ style, type }) => type === CSSRule.FONT_FACE_RULE
    && style.fontFamily === first && style.fontStyle !== "italic")
  const path = rule?.style.getPropertyValue("src").match(/url\("?([^")]+)/)?.[1]
  if (!path) return ""
  const answer = await fetch(new URL(path, rule.parentStyleSheet.href ?? location.href))
  if (!answer.ok) return ""
  const source = `url(${await asUri(await answer.blob())})`
  return `@font-face { font-family: ${first}; font-weight: 100 900; src: ${source} }`
}

function asUri(blob) {
  return new Promise((resolve, reject) => {
    const reader = Object.assign(new FileReader(), { onerror: reject })
    reader.onload = () => resolve(reader.result)
    reader.readAsDataURL(blob)
  })
}

/** Break a text into lines that fit; a single long word is squeezed where it is drawn. */
function broken(text, width, pen) {
  const lines = []
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word
    if (lines.length && pen.measureText(longer).width <= width) lines.splice(-1, 1, longer)
    else lines.push(word)
  }
  return lines
}

async function savePage(figure, about) {
  const plotly = await (await fetch([...document.querySelectorAll("script[data-plotly]")].at(-1).src)).text()
  const parts = page(figure, about, plotly, await fontFace(about.family))
  download(new Blob(parts, { type: "text/html" }), `${about.name}.html`)
}

/** The parts of a page that holds a figure, its origin in words, and plotly itself. */
function page({ data, layout }, about, plotly, face) {
  const config = { responsive: true, displaylogo: false, ...about.words }
  const figure = [data, layout, config].map(literal).join(", ")
  const look = `color: ${about.color}; background: ${about.background}; font-family: ${about.family}`
  const said = [about.from, about.settings].filter(Boolean)
  const lines = said.map((text) => `<p>${escaped(text)}</p>`).join("\n")
  return [
    `<!doctype html>\n<html lang="${escaped(about.words?.locale ?? "en")}">\n<head>\n<meta charset="utf-8">\n`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">\n`,
    `<title>${escaped(about.title)}</title>\n<style>${face}${STYLE}</style>\n</head>\n`,
    `<body style="${escaped(look)}">\n<h1>${escaped(about.title)}</h1>\n${lines}\n`,
    `<div id="figure" role="img" aria-label="${escaped(about.alt)}"></div>\n`,
    `<script>`, plotly.replaceAll("</script", "<\\/script"), `</script>\n`,
    `<script>\nconst draw = () => Plotly.newPlot("figure", ${figure})\n`,
    `document.fonts.load(${literal(`13px ${about.family}`)}).then(draw, draw)\n`,
    `</script>\n</body>\n</html>\n`,
  ]
}

/** A value as JavaScript inside a page; arrays that plotly has read already become plain ones. */
function literal(value) {
  const plain = (_, part) => ArrayBuffer.isView(part) ? Array.from(part) : part
  return JSON.stringify(value, plain).replaceAll("<", "\\u003c")
}

function escaped(text) {
  const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }
  return text.replace(/[&<>"]/g, (sign) => entities[sign])
}

function download(blob, name) {
  const href = URL.createObjectURL(blob)
  const link = Object.assign(document.createElement("a"), { href, download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(href), 10_000)
}
