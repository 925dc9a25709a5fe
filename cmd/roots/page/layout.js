// Where the nodes of the picture are. What comes in stands first, then each node
// one step behind the last that hands updates to it; sessions stand at the end.
//
// A wide picture has a column for each step. A narrow one has a row for each step
// up to Pig, and below these two columns: paths, and who hears them.

const GAP = 10; // between two nodes of a column
const HEIGHT = 30; // of a node
const NARROW = 820; // pixels
const MOST_PATHS = 12;
const MOST_SESSIONS = 16;

const isPath = ({ kind }) => kind === "path" || kind === "pattern";
const isReceiver = ({ kind }) => kind === "session" || kind === "receiver";

/** choose takes the nodes that are drawn: the most heard paths, and those who hear them first. */
export function choose({ nodes, edges }) {
  const paths = nodes.filter(isPath).sort((a, b) => (b.receivers ?? 0) - (a.receivers ?? 0));
  const drawn = new Set(paths.slice(0, MOST_PATHS).map((n) => n.id));
  const hearing = new Set(edges.filter((e) => drawn.has(e.from)).map((e) => e.to));
  const receivers = nodes.filter(isReceiver);
  const first = receivers.filter((n) => hearing.has(n.id)).concat(receivers.filter((n) => !hearing.has(n.id)));
  for (const n of first.slice(0, MOST_SESSIONS)) drawn.add(n.id);
  for (const n of nodes) if (!isPath(n) && !isReceiver(n)) drawn.add(n.id);
  const some = edges.filter((e) => drawn.has(e.from) && drawn.has(e.to));
  return {
    nodes: besideWhatTheyHear(nodes.filter((n) => drawn.has(n.id)), some),
    edges: some,
    paths: Math.min(paths.length, MOST_PATHS),
    receivers: Math.min(receivers.length, MOST_SESSIONS),
  };
}

// besideWhatTheyHear puts receivers into the order of their paths, so that few edges cross.
function besideWhatTheyHear(nodes, edges) {
  const turn = new Map(nodes.map((n, i) => [n.id, i]));
  const middle = (n) => {
    const turns = edges.filter((e) => e.to === n.id).map((e) => turn.get(e.from));
    return turns.length ? turns.reduce((a, b) => a + b) / turns.length : Infinity;
  };
  const rank = new Map(nodes.filter(isReceiver).map((n) => [n.id, middle(n)]));
  const receivers = nodes.filter(isReceiver).sort((a, b) => rank.get(a.id) - rank.get(b.id) || 0); // two that hear nothing stay as they are
  return [...nodes.filter((n) => !isReceiver(n)), ...receivers];
}

/** place returns the places of nodes by id, {x, y, width, height, down}, and the height of the picture. */
export function place({ nodes, edges }, width) {
  const steps = stepsOf(nodes, edges);
  const at = new Map();
  return width < NARROW ? placeNarrow(steps, nodes, width, at) : placeWide(steps, width, at);
}

// stepsOf puts the nodes into a list for each step.
function stepsOf(nodes, edges) {
  const step = new Map(nodes.map((n) => [n.id, 0]));
  for (let moved = true, round = 0; moved && round < nodes.length; round++) {
    moved = false;
    for (const { from, to } of edges) {
      if (step.get(to) > step.get(from)) continue;
      step.set(to, step.get(from) + 1);
      moved = true;
    }
  }
  for (const { from, to } of edges) if (nodes.find((n) => n.id === from).kind === "source") step.set(from, step.get(to) - 1);
  const last = Math.max(...step.values(), 1);
  for (const n of nodes) if (n.kind === "session") step.set(n.id, last);
  const steps = Array.from({ length: last + 1 }, () => []);
  for (const n of nodes) steps[step.get(n.id)].push(n);
  return steps.filter((column) => column.length > 0);
}

function placeWide(steps, width, at) {
  const height = Math.max(...steps.map(tall), 120);
  const shares = steps.map((column) => (column.some(isReceiver) ? 2.2 : column.some(isPath) ? 1.8 : 1));
  const between = Math.max(36, Math.min(90, width * 0.06));
  const unit = (width - between * (steps.length - 1)) / shares.reduce((a, b) => a + b, 0);
  let x = 0;
  steps.forEach((column, i) => {
    putColumn(column, x, (height - tall(column)) / 2, unit * shares[i], at);
    x += unit * shares[i] + between;
  });
  return { at, height };
}

function placeNarrow(steps, nodes, width, at) {
  let y = 0;
  for (const row of steps.map((step) => step.filter((n) => !isPath(n) && !isReceiver(n)))) {
    if (row.length === 0) continue;
    const each = (width - GAP * (row.length - 1)) / row.length;
    const size = Math.min(each, 130);
    row.forEach((n, i) => at.set(n.id, { x: i * (each + GAP) + (each - size) / 2, y, width: size, height: HEIGHT, down: true }));
    y += HEIGHT + 26;
  }
  const gutter = 18;
  const between = 40;
  const half = (width - gutter - between) / 2;
  const paths = nodes.filter(isPath);
  const receivers = nodes.filter(isReceiver);
  putColumn(paths, gutter, y, half, at);
  putColumn(receivers, gutter + half + between, y, half, at);
  return { at, height: y + Math.max(tall(paths), tall(receivers), 0) };
}

const tall = (column) => column.length * (HEIGHT + GAP) - GAP;

function putColumn(column, x, top, width, at) {
  column.forEach((n, i) => at.set(n.id, { x, y: top + i * (HEIGHT + GAP), width, height: HEIGHT, down: false }));
}

/** line is the way of an edge, as the "d" of a path. */
export function line(from, to) {
  if (from.down && to.down) {
    const [x1, y1, x2, y2] = [from.x + from.width / 2, from.y + from.height, to.x + to.width / 2, to.y];
    return `M${x1},${y1}C${x1},${(y1 + y2) / 2} ${x2},${(y1 + y2) / 2} ${x2},${y2}`;
  }
  if (from.down) {
    const [x1, y1, x2, y2] = [from.x + from.width / 2, from.y + from.height, to.x, to.y + to.height / 2];
    return `M${x1},${y1}C${x1},${y1 + 26} 2,${y1} 2,${Math.min(y1 + 30, y2)}L2,${y2 - 8}Q2,${y2} ${x2},${y2}`;
  }
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2];
  return `M${x1},${y1}C${(x1 + x2) / 2},${y1} ${(x1 + x2) / 2},${y2} ${x2},${y2}`;
}
