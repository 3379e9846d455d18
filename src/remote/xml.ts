import { parseXml, XmlElement } from "@rgrove/parse-xml";

/** The root of a document that a service answered with; undefined where the text is none, or its root has another name. */
export function readXml(text: string, root: string): XmlElement | undefined {
  if (!/^\uFEFF?\s*</.test(text)) return undefined;
  try {
    const found = parseXml(text).root;
    return found?.name === root ? found : undefined;
  } catch {
    return undefined;
  }
}

export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child): child is XmlElement => child instanceof XmlElement && child.name === name);
}

/** The text of the first child of a name. */
export const textOf = (element: XmlElement | undefined, name: string): string | undefined =>
  element === undefined ? undefined : childrenOf(element, name)[0]?.text;
