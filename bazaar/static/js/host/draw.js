// The few strokes that the console draws with. Data enters the page as text only, never as markup.

const SVG = "http://www.w3.org/2000/svg";

// `el("p", { class: "quiet", hidden: true }, "text", child)`; null children are left out.
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// A sign from the page's sprite; say its meaning in words beside it.
export function sign(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text; // an equal text must not be read out again
}

export function setSign(useElement, name) {
  useElement.setAttribute("href", `#i-${name}`);
}

// Makes the children of `parent` follow `things` in order. An element stays while its key does, and with it focus and scroll;
// it is drawn again only where `print` of its thing changed.
export function follow(parent, things, { key, draw, print = JSON.stringify, arrived = null }) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const isFirst = before.size === 0;
  let place = parent.firstElementChild;
  for (const thing of things) {
    const name = String(key(thing));
    const fingerprint = print(thing);
    let child = before.get(name);
    before.delete(name);
    if (child && child.dataset.print !== fingerprint) {
      const hadFocus = child.contains(document.activeElement) ? document.activeElement.dataset.focus ?? "" : null;
      const fresh = draw(thing);
      if (child === place) place = child.nextElementSibling;
      child.replaceWith(fresh);
      if (hadFocus !== null) (fresh.querySelector(`[data-focus="${hadFocus}"]`) ?? fresh).focus();
      parent.insertBefore(fresh, place);
      child = fresh;
    } else if (!child) {
      child = draw(thing);
      if (arrived && !isFirst) child.classList.add(arrived);
      parent.insertBefore(child, place);
    } else if (child === place) {
      place = child.nextElementSibling;
    } else {
      parent.insertBefore(child, place);
    }
    child.dataset.key = name;
    child.dataset.print = fingerprint;
  }
  for (const gone of before.values()) gone.remove();
}
