/**
 * What follows the hand at once. A trace that can be dragged names its rule in `meta.follow`.
 *
 * A rule is a pure function of the figures as they stood when the drag began (`scene`: for each
 * panel `data` and `layout`, all arrays plain), of what was grabbed (`panel`, the point's `index`,
 * and `follow`, what the trace says to its rule) and of the hand (`x` and `y`, the `path` so far,
 * and whether it has `dropped` it). It returns
 *   changes: for each panel and each number of a trace, what is new in it;
 *   says: numbers for the sentence beside the hand;
 *   at: where the thing comes to rest, if not under the hand. That is what Python is told.
 * Once it is dropped, a rule shows what Python will draw: the tests hold both together.
 */

const { inRows } = await import(`./numbers.js${new URL(import.meta.url).search}`)

const REACH = 2

/** A picture with all its typed arrays decoded. */
export function decoded(value) {
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value
  if (value.bdata !== undefined) return inRows(value)
  if (Array.isArray(value)) return value.map(decoded)
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, decoded(part)]))
}

/** The picture with what a rule has changed in it. */
export function changed(picture, changes) {
  const data = picture.data.map((trace, i) => {
    const { marker, ...rest } = changes[i] ?? {}
    return { ...trace, ...rest, ...(marker && { marker: { ...trace.marker, ...marker } }) }
  })
  return { ...picture, data }
}

const all = (figure, part) => (
  figure.data.flatMap((trace, i) => (trace.meta?.part === part ? [i] : [])))
const places = ({ x, y }) => Array.from(x, (value, i) => [value, y[i]])
const placed = (path) => ({ x: path.map(([x]) => x), y: path.map(([, y]) => y) })
const within = (value, low, high) => Math.min(Math.max(value, low), high)
const sum = (values) => values.reduce((total, value) => total + value, 0)
const mean = (points) => [0, 1].map((axis) => sum(points.map((p) => p[axis])) / points.length)
const squared = (p, q) => (p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2

function nearest(point, sites) {
  let best = 0
  for (let k = 1; k < sites.length; k += 1) {
    if (squared(point, sites[k]) < squared(point, sites[best])) best = k
  }
  return best
}

/** The part of a convex polygon with a x + b y <= c. */
function clip(polygon, [a, b], c) {
  return polygon.flatMap((end, i) => {
    const start = polygon.at(i - 1)
    const [over0, over1] = [start, end].map(([x, y]) => a * x + b * y - c)
    const part = over0 / (over0 - over1)
    const crossing = [0, 1].map((axis) => start[axis] + part * (end[axis] - start[axis]))
    return [...(over0 > 0) !== (over1 > 0) ? [crossing] : [], ...over1 <= 0 ? [end] : []]
  })
}

/** The box, cut half-way to each of the other sites. */
function cell(sites, own, { xaxis, yaxis }) {
  const [[left, right], [bottom, top]] = [xaxis.range, yaxis.range]
  const box = [[left, bottom], [right, bottom], [right, top], [left, top]]
  return sites.reduce((polygon, other, i) => {
    const here = sites[own]
    const toOther = [other[0] - here[0], other[1] - here[1]]
    if (i === own || !polygon.length) return polygon
    if (!toOther[0] && !toOther[1]) return own < i ? polygon : []
    const middle = [0, 1].map((axis) => (here[axis] + other[axis]) / 2)
    return clip(polygon, toOther, toOther[0] * middle[0] + toOther[1] * middle[1])
  }, box)
}

/** All centres, the grabbed one where the hand is, and the traces that show them. */
function centresUnder(figure, index, hand) {
  const [centre] = all(figure, "centres")
  const sites = places(figure.data[centre]).map((site, i) => (i === index ? [hand.x, hand.y] : site))
  const trails = sites.flatMap((site) => [site, site, [NaN, NaN]])
  const changes = { [centre]: placed(sites), [all(figure, "trails")[0]]: placed(trails) }
  return { sites, changes }
}

/** k-means: every place, and every point, belongs to the nearest centroid. */
function voronoi(scene, { panel, index }, hand) {
  const figure = scene[panel]
  const { sites, changes } = centresUnder(figure, index, hand)
  const loose = all(figure, "loose")
  const groups = all(figure, "group")
  const points = [...loose, ...groups].flatMap((i) => places(figure.data[i]))
  const owners = points.map((point) => nearest(point, sites))
  loose.forEach((i) => { changes[i] = placed([]) })
  groups.forEach((i, k) => { changes[i] = placed(points.filter((_, n) => owners[n] === k)) })
  all(figure, "cell").forEach((i, k) => { changes[i] = placed(cell(sites, k, figure.layout)) })
  const inertia = sum(points.map((point, n) => squared(point, sites[owners[n]])))
  return { changes: { [panel]: changes }, says: { inertia: inertia.toFixed(2) } }
}

/** A mixture at its start: Gaussians of one covariance and one weight share out the points. */
function mixture(scene, { panel, index, follow }, hand) {
  const figure = scene[panel]
  const { sites, changes } = centresUnder(figure, index, hand)
  const [[a, b], [, c]] = follow.covariance
  const volume = a * c - b * b
  const distance = ([x, y], [u, v]) => (
    (c * (x - u) ** 2 - 2 * b * (x - u) * (y - v) + a * (y - v) ** 2) / volume)
  const [dots] = all(figure, "points")
  const color = places(figure.data[dots]).map((point) => {
    const away = sites.map((site) => distance(point, site))
    const least = Math.min(...away)
    const weights = away.map((value) => Math.exp((least - value) / 2))
    const shares = weights.map((value) => Math.round(255 * value / sum(weights)) / 255)
    return blend(shares, follow.colors)
  })
  changes[dots] = { marker: { color } }
  const root = [Math.sqrt(a), b / Math.sqrt(a), Math.sqrt(volume / a)]
  all(figure, "ellipse").forEach((i, n) => {
    const [x, y] = sites[n % sites.length]
    const sigma = n < sites.length ? 2 : 1
    changes[i] = placed(Array.from({ length: 65 }, (_, k) => {
      const [cosine, sine] = [Math.cos(Math.PI * k / 32), Math.sin(Math.PI * k / 32)]
      return [x + sigma * root[0] * cosine, y + sigma * (root[1] * cosine + root[2] * sine)]
    }))
  })
  return { changes: { [panel]: changes }, says: {} }
}

function blend(shares, colors) {
  const mixed = [1, 3, 5].map((at) => Math.round(within(sum(shares.map((share, k) => (
    share * parseInt(colors[k % colors.length].slice(at, at + 2), 16)))), 0, 255)))
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("").toUpperCase()}`
}

/** DBSCAN: the clusters of a radius, which the hand sets in the curve of distances. */
function radius(scene, { panel, follow }, hand) {
  const { step, low, high, least, colors, symbols, noise, sizes } = follow
  const eps = Number(within(step * Math.round(hand.y / step), low, high).toFixed(4))
  const [[dots], [reach]] = ["points", "reach"].map((part) => all(scene.plane, part))
  const { labels, core, clusters } = grow(places(scene.plane.data[dots]), eps, least)
  const marker = {
    color: labels.map((k) => (k < 0 ? noise.color : colors[k % colors.length])),
    symbol: labels.map((k) => (k < 0 ? noise.symbol : symbols[k % symbols.length])),
    size: labels.map((k, i) => sizes[k < 0 ? 0 : core[i] ? 2 : 1]),
  }
  return {
    changes: {
      plane: { [dots]: { marker }, [reach]: placed([]) }, [panel]: level(scene[panel], eps),
    },
    says: { eps: eps.toFixed(2), clusters, noise: labels.filter((k) => k < 0).length },
    at: { x: hand.x, y: eps },
  }
}

/** A level line and its handle. */
function level(figure, y) {
  const [[line], [handle]] = ["level", "handle"].map((part) => all(figure, part))
  return { [line]: { y: [y, y] }, [handle]: { y: [y] } }
}

/** Clusters from core points, one after the other; -1 for what none has reached. */
function grow(points, eps, least) {
  const near = (i) => {
    const found = []
    for (let j = 0; j < points.length; j += 1) {
      if (squared(points[j], points[i]) <= eps * eps) found.push(j)
    }
    return found
  }
  const core = points.map((_, i) => near(i).length >= least)
  const labels = points.map(() => -1)
  let clusters = 0
  points.forEach((_, seed) => {
    if (!core[seed] || labels[seed] >= 0) return
    const waiting = [seed]
    labels[seed] = clusters
    while (waiting.length) {
      for (const i of near(waiting.pop())) {
        if (labels[i] >= 0) continue
        labels[i] = clusters
        if (core[i]) waiting.push(i)
      }
    }
    clusters += 1
  })
  return { labels, core, clusters }
}

/** A tree of merges: what has merged below the hand is one cluster. */
function cut(scene, { panel, follow }, hand) {
  const { heights, leaves, pairs, most, colors, symbols } = follow
  const falling = Array.from(heights).sort((a, b) => b - a)
  const clusters = Math.min(most, 1 + falling.filter((height) => height > hand.y).length)
  const below = falling[clusters - 1] ?? 0
  const above = falling[clusters - 2] ?? 1.1 * falling[0]
  const y = hand.dropped ? (below + above) / 2 : hand.y
  const labels = named(join(leaves, pairs, clusters))
  const [[dots], [reach]] = ["points", "reach"].map((part) => all(scene.plane, part))
  const marker = {
    color: labels.map((k) => colors[k % colors.length]),
    symbol: labels.map((k) => symbols[k % symbols.length]),
    size: labels.map(() => follow.sizes[2]),
  }
  return {
    changes: {
      plane: { [dots]: { marker }, [reach]: placed([]) }, [panel]: level(scene[panel], y),
    },
    says: { clusters, cut: y.toFixed(2) },
    at: { x: hand.x, y },
  }
}

/** The branch of each point when so many are left; `pairs` are the merges, the lowest first. */
function join(leaves, pairs, left) {
  const branch = Array.from({ length: pairs.length / 2 + 1 }, (_, leaf) => leaf)
  const n = branch.length
  for (let merge = 0; merge < n - left; merge += 1) {
    const [one, other] = [pairs[2 * merge], pairs[2 * merge + 1]]
    branch.forEach((node, leaf) => {
      if (node === one || node === other) branch[leaf] = n + merge
    })
  }
  return Array.from(leaves, (leaf) => branch[leaf])
}

/** Number groups from the largest to the smallest; of equal ones, the first comes first. */
function named(groups) {
  const sizes = new Map()
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1)
  const order = [...sizes.keys()].sort((a, b) => sizes.get(b) - sizes.get(a))
  const numbers = new Map(order.map((group, number) => [group, number]))
  return groups.map((group) => numbers.get(group))
}

const spread = (points, middle, [u, v]) => (
  sum(points.map(([x, y]) => ((x - middle[0]) * u + (y - middle[1]) * v) ** 2)) / points.length)
const direction = (degrees) => (
  [Math.cos(Math.PI * degrees / 180), Math.sin(Math.PI * degrees / 180)])
const upright = ([u, v]) => ((Math.abs(u) < Math.abs(v) ? v : u) < 0 ? [-u, -v] : [u, v])
const along = (middle, [u, v], length) => [middle[0] + length * u, middle[1] + length * v]

/** The traces of an axis through the middle of points. */
function axisThrough(figure, points, degrees, { threads: most, grip }) {
  const [middle, unit] = [mean(points), direction(degrees)]
  const n = Math.min(points.length, most)
  const some = Array.from({ length: n }, (_, i) => (
    points[n > 1 ? Math.floor(i * (points.length - 1) / (n - 1)) : 0]))
  const feet = some.map(([x, y]) => (
    along(middle, unit, (x - middle[0]) * unit[0] + (y - middle[1]) * unit[1])))
  const [{ range: [left, right] }, { range: [bottom, top] }] = [
    figure.layout.xaxis, figure.layout.yaxis]
  const reach = REACH * Math.max(right - left, top - bottom)
  const shown = {
    threads: some.flatMap((point, i) => [point, feet[i], [NaN, NaN]]),
    axis: [-reach, reach].map((length) => along(middle, unit, length)),
    feet,
    handle: [1, -1].map((side) => along(middle, unit, side * grip * (right - left))),
  }
  return Object.fromEntries(Object.entries(shown).map(([part, path]) => (
    [all(figure, part)[0], placed(path)])))
}

/** The curve of variances: where the axis has been, and where it is. */
function tracedAt(figure, points, visited, degrees) {
  const middle = mean(points)
  const on = (angles) => placed(angles.map((angle) => (
    [angle, spread(points, middle, direction(angle))])))
  const [[byHand], [curve], [now]] = ["visited", "curve", "now"].map((part) => all(figure, part))
  return { [byHand]: on(visited), [curve]: on([degrees]), [now]: on([degrees]) }
}

/** PCA by hand: the axis turns with its handle, and leaves its variances behind. */
function axis(scene, { panel, follow }, hand) {
  const figure = scene[panel]
  const points = places(figure.data[all(figure, "points")[0]])
  const middle = mean(points)
  const angleOf = ([x, y]) => {
    const degrees = 180 * Math.atan2(y - middle[1], x - middle[0]) / Math.PI
    return ((follow.step * Math.round(degrees / follow.step)) % 180 + 180) % 180
  }
  const degrees = angleOf([hand.x, hand.y])
  const { traced } = scene
  const before = ["visited", "curve"].flatMap((part) => (
    Array.from(traced.data[all(traced, part)[0]].x).slice(0, part === "curve" ? 1 : undefined)))
  const passed = [...before, ...hand.path.map(angleOf)]
  const visited = latest(passed, degrees, follow.most)
  const variance = spread(points, middle, direction(degrees))
  return {
    changes: {
      [panel]: axisThrough(figure, points, degrees, follow),
      traced: tracedAt(traced, points, visited, degrees),
    },
    says: { angle: degrees.toFixed(0), variance: variance.toFixed(3) },
  }
}

/** Each place once, the latest last, without the one that is now. */
function latest(passed, now, most) {
  const known = new Set()
  for (const place of [...passed, now]) {
    known.delete(place)
    known.add(place)
  }
  return [...known].slice(-most).slice(0, -1)
}

/** A point that is moved takes the middle, the threads and the principal components along. */
function principal(scene, { panel, trace, index, follow }, hand) {
  const { [panel]: figure, traced } = scene
  const points = places(figure.data[trace]).map((p, i) => (i === index ? [hand.x, hand.y] : p))
  const middle = mean(points)
  const [curve] = all(traced, "curve")
  const [byHand] = all(traced, "visited")
  const degrees = traced.data[curve].x[0]
  const [xx, yy, xy] = [[0, 0], [1, 1], [0, 1]].map(([i, j]) => (
    sum(points.map((p) => (p[i] - middle[i]) * (p[j] - middle[j]))) / points.length))
  const root = Math.hypot((xx - yy) / 2, xy)
  const turned = 90 * Math.atan2(2 * xy, xx - yy) / Math.PI
  const plane = { ...axisThrough(figure, points, degrees, follow), [trace]: placed(points) }
  all(figure, "component").forEach((i, n) => {
    if (!Number.isFinite(figure.data[i].x[0])) return // not revealed
    const variance = Math.max((xx + yy) / 2 + (n ? -root : root), 0)
    const unit = upright(direction(turned + 90 * n))
    plane[i] = placed([middle, along(middle, unit, 2 * Math.sqrt(variance))])
  })
  const curves = tracedAt(traced, points, Array.from(traced.data[byHand].x), degrees)
  const best = (xx + yy) / 2 + root
  for (const i of all(traced, "whole")) {
    const angles = Array.from(traced.data[i].x)
    curves[i] = { y: angles.map((angle) => spread(points, middle, direction(angle))) }
  }
  for (const i of all(traced, "largest")) curves[i] = { y: [best, best] }
  for (const i of all(traced, "best")) curves[i] = { x: [(turned + 180) % 180], y: [best] }
  return {
    changes: { [panel]: plane, traced: curves }, says: { variance: best.toFixed(3) },
  }
}

/** A Gaussian on a line goes where one of its handles goes, or its place on the hill. */
function gaussian(scene, { panel, trace, follow }, hand) {
  const { density, hill } = scene
  const one = (figure, part) => all(figure, part)[0]
  const [mean_, sigma_] = ["mean", "sigma"].map((part) => density.data[one(density, part)].x[0])
  const part = scene[panel].data[trace].meta.part
  const [lowest, highest, narrowest, widest] = follow.box
  const rest = (value, low, high) => (
    Number((follow.step * Math.round(within(value, low, high) / follow.step)).toFixed(2)))
  const before = [rest(mean_, lowest, highest), rest(sigma_ - mean_, narrowest, widest)]
  const at = ([x, y]) => [
    part === "sigma" ? before[0] : rest(x, lowest, highest),
    part === "mean" ? before[1]
      : rest(part === "here" ? y : Math.abs(x - before[0]), narrowest, widest)]
  const now = at([hand.x, hand.y])
  const [mu, sigma] = now
  const log = (x) => -(((x - mu) / sigma) ** 2) / 2 - Math.log(sigma * Math.sqrt(2 * Math.PI))
  const sticks = (values) => values.flatMap((value) => [0, value, null])
  const logs = Array.from(density.data[one(density, "tops")].x, log)
  const heights = logs.map(Math.exp)
  const [peak, shoulder] = [mu, mu + sigma].map((x) => Math.exp(log(x)))
  const trail = places(hill.data[one(hill, "visited")])
  const [start] = places(hill.data[one(hill, "path")])
  const passed = [...trail, start, ...hand.path.map(at)].map((place) => (
    place.map((value) => Number(value.toFixed(2))).join(" ")))
  const visited = latest(passed, now.join(" "), follow.most).map((key) => key.split(" ").map(Number))
  const [m, s, n] = follow.points
  const height = n * (-Math.log(sigma * Math.sqrt(2 * Math.PI))
    - (s ** 2 + (m - mu) ** 2) / (2 * sigma ** 2))
  return {
    changes: {
      density: {
        [one(density, "curve")]: {
          y: Array.from(density.data[one(density, "curve")].x, (x) => Math.exp(log(x))) },
        [one(density, "sticks")]: { y: sticks(heights) },
        [one(density, "tops")]: { y: heights },
        [one(density, "width")]: { x: [mu, mu + sigma], y: [shoulder, shoulder] },
        [one(density, "mean")]: { x: [mu], y: [peak] },
        [one(density, "sigma")]: { x: [mu + sigma], y: [shoulder] },
        [one(density, "log sticks")]: { y: sticks(logs) },
        [one(density, "log tops")]: { y: logs },
      },
      hill: {
        [one(hill, "visited")]: placed(visited), [one(hill, "path")]: placed([now]),
        [one(hill, "here")]: placed([now]), [one(hill, "best")]: { x: [null], y: [null] },
      },
    },
    says: { mu: mu.toFixed(2), sigma: sigma.toFixed(2), height: height.toFixed(2) },
  }
}

export const rules = { voronoi, mixture, radius, cut, axis, principal, gaussian }
