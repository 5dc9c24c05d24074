/**
 * Writing into the page only what is new in it.
 *
 * A node that comes or goes, and an attribute that changes, let the browser look for all rules that
 * they could meet: with `:has()` in them, up to the page itself, many times a second.
 */

/** Set the text of an element, in the node that holds it already. */
export function write(box, text) {
  const node = box.firstChild
  if (node?.nodeType !== Node.TEXT_NODE || node.nextSibling) box.textContent = text
  else if (node.data !== text) node.data = text
}

/** Set attributes by their names. */
export function attribute(box, values) {
  for (const [name, value] of Object.entries(values)) {
    if (box.getAttribute(name) !== String(value)) box.setAttribute(name, value)
  }
}

/** Set properties of a style, a dataset or an element. */
export function assign(to, values) {
  for (const [name, value] of Object.entries(values)) {
    if (to[name] !== value) to[name] = value
  }
}
