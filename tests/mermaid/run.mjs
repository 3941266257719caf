// Read diagrams as Mermaid itself does: a JSON list of texts on standard input, and on standard
// output, for each, either what it shows or Mermaid's own complaint.
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

globalThis.window = new JSDOM("").window; // Mermaid looks for a browser's document
globalThis.document = globalThis.window.document;
const { default: mermaid } = await import("mermaid");
mermaid.initialize({ startOnLoad: false });

async function read(text) {
  try {
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    const nodes = [...db.getVertices().values()];
    return {
      nodes: Object.fromEntries(nodes.map((each) => [each.id, each.text])),
      edges: db.getEdges().map((each) => [each.start, each.end, each.text]),
      groups: db.getSubGraphs().map((each) => [each.title, each.nodes]),
    };
  } catch (error) {
    return { error: error.message };
  }
}

const shown = [];
for (const text of JSON.parse(readFileSync(0))) shown.push(await read(text));
process.stdout.write(JSON.stringify(shown));
