// Numbers, times and elements for people. Foreign text goes through textContent only, so it stays text.

const COUNT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** Such as 12.3K. */
export function count(number) {
  return number < 0.05 ? '0' : COUNT.format(number < 10 ? Math.round(number * 10) / 10 : number);
}

/** Such as 12.3 ms; a dash for what has not been. */
export function duration(ns) {
  if (ns === null || ns === undefined || ns <= 0) {
    return '–';
  }
  for (const [unit, size] of [['ns', 1], ['µs', 1e3], ['ms', 1e6], ['s', 1e9]]) {
    if (ns < size * 1000 || unit === 's') {
      return `${Number((ns / size).toPrecision(ns / size < 1000 ? 3 : 4))} ${unit}`;
    }
  }
}

/** Time of day. */
export function clock(ms) {
  return new Date(ms).toLocaleTimeString('en-GB');
}

/** An element with text, or with other elements, in it. */
export function element(tag, content, attributes = {}) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    made.setAttribute(name, value);
  }
  if (Array.isArray(content)) {
    made.append(...content);
  } else if (content !== null && content !== undefined) {
    made.textContent = content;
  }
  return made;
}

/** Sets the text of the element with this id. */
export function show(id, text) {
  const shown = document.getElementById(id);
  if (shown.textContent !== String(text)) {
    shown.textContent = text;
  }
}
