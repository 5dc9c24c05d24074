/** Arrays as Python sends them, decoded once. */

const KINDS = {
  f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array, i4: Int32Array,
  u1: Uint8Array, u2: Uint16Array, u4: Uint32Array,
}
const known = new WeakMap()

/** The numbers of a plain array, or of one of plotly's typed arrays. */
export function decode(values) {
  if (values?.bdata === undefined) return values ?? []
  if (!known.has(values)) {
    const bytes = Uint8Array.from(atob(values.bdata), (c) => c.charCodeAt(0))
    known.set(values, new KINDS[values.dtype](bytes.buffer))
  }
  return known.get(values)
}

/** Numbers in rows, where plotly's `shape` says so: "rows,columns". */
export function inRows(values) {
  const numbers = decode(values)
  const [rows, columns] = (values?.shape ?? "").split(",").map(Number)
  if (!columns) return numbers
  return Array.from({ length: rows }, (_, i) => numbers.subarray(i * columns, (i + 1) * columns))
}
