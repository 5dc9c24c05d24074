/**
 * Points by the hundred, drawn as the vertices of one line.
 *
 * Plotly makes an element for each point and styles it twice: 200 ms for 2,000 points. So it is let
 * to make one point of each trace only, and the browser repeats that one as the marker on every
 * vertex of an invisible line: 30 ms, and the page has 2,000 elements less to keep in order.
 */

const { decode } = await import(`./follow.js${new URL(import.meta.url).search}`)

const SVG = "http://www.w3.org/2000/svg"
const MANY = 100

/** The trace as plotly is given it: of many points that look alike it draws one. */
export function oneForAll(trace) {
  const { type, mode, marker, x } = trace
  const many = type === "scatter" && mode === "markers" && looksAlike(marker ?? {})
    && decode(x).length >= MANY
  return many ? { ...trace, marker: { ...marker, maxdisplayed: 1 } } : { ...trace }
}

function looksAlike(style) {
  if (style === null || typeof style !== "object") return true
  return !Array.isArray(style) && !style.bdata && Object.values(style).every(looksAlike)
}

/** Repeat the one point of each such trace at all its places. To be called whenever plotly drew. */
export function repeat(canvas) {
  for (const trace of canvas._fullData) {
    const group = groupOf(canvas, trace)
    const point = isRepeated(trace) && group?.querySelector(":scope > .point")
    if (point) placeAll(canvas, lineOf(group, trace.uid, point), trace)
    else if (group) stopRepeating(group)
  }
}

function isRepeated(trace) {
  return trace.visible === true && trace.marker?.maxdisplayed === 1
}

function groupOf(canvas, { uid }) {
  return canvas.querySelector(`.scatterlayer .trace${uid} .points`)
}

/** The line whose vertices are the points; its marker looks like the point that plotly drew. */
function lineOf(group, uid, point) {
  let [marker, line] = ["marker", "polyline"].map((name) => group.querySelector(name))
  if (!line) {
    [marker, line] = ["marker", "polyline"].map((name) => document.createElementNS(SVG, name))
    marker.id = `live-plot-${uid}`
    marker.setAttribute("markerUnits", "userSpaceOnUse")
    marker.setAttribute("overflow", "visible")
    line.setAttribute("style", `fill: none; stroke: none; marker: url(#${marker.id})`)
    group.classList.add("live-plot-repeated")
    group.append(marker, line)
  }
  const copy = point.cloneNode()
  for (const name of ["class", "transform"]) copy.removeAttribute(name)
  marker.replaceChildren(copy)
  return line
}

function stopRepeating(group) {
  group.classList.remove("live-plot-repeated")
  for (const made of group.querySelectorAll("marker, polyline")) made.remove()
}

function placeAll(canvas, line, { x, y }) {
  const { xaxis, yaxis } = canvas._fullLayout
  const places = []
  for (let i = 0; i < x.length; i += 1) {
    const [left, top] = [xaxis.d2p(x[i]), yaxis.d2p(y[i])]
    if (isFinite(left) && isFinite(top)) places.push(`${left.toFixed(2)},${top.toFixed(2)}`)
  }
  line.setAttribute("points", places.join(" "))
}

/**
 * Move the points that are drawn already, without plotly, if they are the only difference.
 * Returns whether they were. Plotly has to learn of it when the figure comes to rest.
 */
export function slide(canvas, before, after) {
  const [from, to] = [pointsOf(before), pointsOf(after)]
  if (!from || !to || frameOf(before, from) !== frameOf(after, to)) return false
  const moves = canvas._fullData.map((trace, i) => moveOf(canvas, trace, to[i]))
  if (moves.includes(null)) return false
  for (const move of moves) move()
  return true
}

/** The points of a plot of bare markers, { x, y } for each trace; null for any other plot. */
function pointsOf({ data }) {
  const bare = data.every(({ type, mode, marker }) =>
    type === "scatter" && mode === "markers" && !Array.isArray(marker?.color))
  return bare ? data.map(({ x, y }) => ({ x: decode(x), y: decode(y) })) : null
}

/** What two plots must share for their points to be the only difference. */
function frameOf({ data, layout }, points) {
  return JSON.stringify([layout, data.map(({ x, y, ...rest }, i) => [rest, points[i].x.length])])
}

/** How to move one trace to its new places; null if what is drawn does not fit them. */
function moveOf(canvas, trace, places) {
  if (!places.x.length) return () => {}
  const group = groupOf(canvas, trace)
  const line = group?.querySelector("polyline")
  if (line) return () => placeAll(canvas, line, places)
  const points = group?.querySelectorAll(".point") ?? []
  if (points.length !== places.x.length) return null
  const { xaxis, yaxis } = canvas._fullLayout
  return () => points.forEach((point, i) => point.setAttribute("transform",
    `translate(${xaxis.d2p(places.x[i])},${yaxis.d2p(places.y[i])})`))
}
