// What the browser is asked about.

/** Whether the page was opened with ?name. */
export const flag = (name) => new URLSearchParams(location.search).has(name);

/** Whether the person asked their system for less motion. */
export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
