// Takes a slide's SVG apart and keeps what draws. The page's policy already
// forbids scripts that are not the server's; here they are taken out, so that
// nothing rests on one defence alone.

const svgNamespace = "http://www.w3.org/2000/svg";
const forbidden = new Set(["script", "style", "foreignObject", "handler", "listener"]);
const animations = new Set(["animate", "set", "animateTransform", "animateMotion"]);

/** Whether an attribute can run a script or lead to one. */
export function isHarmful(name, value) {
  const plain = name.toLowerCase();
  if (plain.startsWith("on")) return true;
  // Browsers skip blanks and control characters before and within a scheme.
  return /(^|:)href$/.test(plain) && /^(javascript|vbscript|data:(?!image\/))/i.test(value.replace(/[\0- ]/g, ""));
}

function isForbidden(element) {
  if (element.namespaceURI !== svgNamespace || forbidden.has(element.localName)) return true;
  return animations.has(element.localName) && /^(on|(.*:)?href$)/i.test(element.getAttribute("attributeName") ?? "");
}

/**
 * Names styles otherwise: under the page's policy a browser complains of each one
 * that it parses, even in a document that is not shown.
 */
export function withoutStyles(text) {
  return text.replace(/(<\/?(?:[\w.-]+:)?)style\b/g, "$1sheet").replace(/(\s)style(\s*=\s*["'])/g, "$1data-style$2");
}

/**
 * Reads an SVG. It gives its element, ready to be put into a page whose policy
 * knows no inline styles, and the style sheets that it brought; null if the text
 * is no SVG. What a style attribute said is kept in data-style.
 */
export function readSVG(text) {
  const svg = document.importNode(new DOMParser().parseFromString(withoutStyles(text), "image/svg+xml").documentElement, true);
  if (svg.localName !== "svg" || svg.namespaceURI !== svgNamespace || svg.querySelector("parsererror")) return null;
  const sheets = [];
  for (const element of [...svg.querySelectorAll("*")]) {
    const isSheet = element.localName === "sheet";
    if (isSheet) sheets.push(sheetOf(element.textContent));
    if (isSheet || isForbidden(element)) element.remove();
  }
  for (const element of [svg, ...svg.querySelectorAll("*")]) clean(element);
  giveViewBox(svg);
  return { svg, sheets };
}

function clean(element) {
  for (const { name, value } of [...element.attributes]) {
    if (isHarmful(name, value)) element.removeAttribute(name);
  }
  if (element.dataset.style) element.style.cssText = element.dataset.style;
}

function sheetOf(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

/** Lets a picture that has only a size be scaled. */
function giveViewBox(svg) {
  const [width, height] = ["width", "height"].map((name) => parseFloat(svg.getAttribute(name)));
  if (!svg.hasAttribute("viewBox") && width > 0 && height > 0) svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.removeAttribute("width");
  svg.removeAttribute("height");
}
