/** A grid of cells to paint on; each stroke of the pen goes to Python when the pen is lifted. */
export default function ({ parentElement: place, data, setTriggerValue }) {
  let grid = place.querySelector(".grid")
  if (!grid) {
    grid = place.ownerDocument.createElement("div")
    grid.className = "grid"
    place.append(grid)
  }
  if (grid.stroke) return // nothing is redrawn under a moving pen
  const { colors, free, marked, brush, label, size } = data
  const width = colors[0].length
  const cells = colors.flat()
  grid.style.cssText = `--columns: ${width}; --size: ${size}px`
  grid.setAttribute("aria-label", label)
  if (grid.childElementCount !== cells.length) {
    grid.replaceChildren(...cells.map(() => Object.assign(document.createElement("button"), { type: "button" })))
  }
  cells.forEach((color, i) => {
    const [cell, row, column] = [grid.children[i], Math.floor(i / width), i % width]
    cell.style.background = color
    cell.disabled = row >= free
    cell.classList.toggle("marked", i === marked)
    cell.setAttribute("aria-label", `${row + 1}, ${column + 1}`)
  })
  const put = (cell) => {
    const i = [...grid.children].indexOf(cell)
    if (i < 0 || cell.disabled || grid.stroke.has(i)) return
    grid.stroke.add(i)
    cell.style.background = brush ?? "var(--mark-gradients)"
  }
  const send = () => {
    const stroke = [...(grid.stroke ?? [])]
    grid.stroke = null
    const id = Math.random().toString(36).slice(2)
    const at = stroke.map((i) => [Math.floor(i / width), i % width])
    if (stroke.length) setTriggerValue("stroke", { id, cells: at })
  }
  const under = (event) => grid.getRootNode().elementFromPoint(event.clientX, event.clientY)
  grid.onpointerdown = (event) => {
    event.preventDefault()
    grid.setPointerCapture(event.pointerId)
    grid.stroke = new Set()
    put(under(event))
  }
  grid.onpointermove = (event) => grid.stroke && put(under(event))
  grid.onpointerup = grid.onpointercancel = send
  grid.onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== " ") return
    event.preventDefault()
    grid.stroke = new Set()
    put(event.target)
    send()
  }
}
