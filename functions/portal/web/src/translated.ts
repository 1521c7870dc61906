// A browser that translates puts elements of its own in the place of texts. A text that then changes would change out of sight, and the
// old one would stay. Hence each text stands in an element of its own, which is replaced as a whole when it changes.

import { options, type VNode } from "preact";
import { Fragment, jsx, jsxs } from "preact/jsx-runtime";

/** Elements that hold nothing but text. */
const PLAIN = new Set(["option", "textarea", "title"]);

let within = false;

/** Keeps an address from breaking before its last letters: what begins at its @ stays in one line, or goes on at a dot. */
function broken(text: string | number): string | number | VNode {
  const parts = String(text).split(/(?<=\S)(@\S+)/);
  if (parts.length === 1) return text;
  const domain = (part: string) => jsxs("span", { class: "domain", children: part.split(/(?=\.\w)/).flatMap((label, n) => (n ? [jsx("wbr", {}), label] : [label])) });
  return jsxs(Fragment, { children: parts.map((part, n) => (n % 2 ? domain(part) : part)) });
}

function held(child: unknown, index: number): unknown {
  if (typeof child !== "number" && (typeof child !== "string" || !child.trim())) return child;
  within = true;
  const span = jsx("span", { children: broken(child) }, `${index} ${child}`);
  within = false;
  return span;
}

const before = options.vnode;
options.vnode = (vnode: VNode) => {
  const { type, props } = vnode;
  if (!within && typeof type === "string" && !PLAIN.has(type)) {
    const { children } = props;
    if (Array.isArray(children)) Object.assign(props, { children: children.map(held) });
    else if (children !== undefined) Object.assign(props, { children: held(children, 0) });
  }
  before?.(vnode);
};
