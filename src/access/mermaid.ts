import type { AccessGraph, GraphEdge, GraphKind, GraphNode } from './graph';

/** How a thing is drawn, and called. Source: [Mermaid: flowcharts](https://mermaid.js.org/syntax/flowchart.html). */
const SHAPES: Readonly<Record<GraphKind, readonly [open: string, name: string, close: string]>> = {
  pods: ['[', '', ']'],
  serviceAccount: ['([', 'service account ', '])'],
  role: ['[[', 'role ', ']]'],
  policy: ['[/', 'policy ', '/]'],
  path: ['[(', '', ')]'],
  secretProviderClass: ['{{', 'SecretProviderClass ', '}}'],
  file: ['>', 'file ', ']'],
  kubernetesSecret: ['[(', 'Secret ', ')]'],
};

const ARROWS: Readonly<Record<GraphEdge['outcome'], string>> = { allowed: '-->', unknown: '-.->', denied: '--x' };

/**
 * The graph as a Mermaid flowchart, which GitHub, GitLab and most wikis draw: one box for each namespace and each Vault. A dotted arrow is
 * not known, one that ends in a cross is refused.
 */
export function graphMermaid({ nodes, edges }: AccessGraph): string {
  const places = [...new Set(nodes.map(n => n.place))];
  return `${[
    'flowchart LR',
    ...places.flatMap((place, i) => [
      `  subgraph place${i + 1}["${escaped(place)}"]`,
      ...nodes.filter(n => n.place === place).map(n => `    ${drawn(n)}`),
      '  end',
    ]),
    ...edges.map(e => `  ${e.from} ${ARROWS[e.outcome]}|"${escaped(e.label)}"| ${e.to}`),
  ].join('\n')}\n`;
}

function drawn({ id, kind, label }: GraphNode): string {
  const [open, name, close] = SHAPES[kind];
  return `${id}${open}"${escaped(`${name}${label}`)}"${close}`;
}

/** Whatever could be read as Mermaid, Markdown or HTML stands as the number of its character. */
function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9 _./:,=()-]/gu, c => `#${c.codePointAt(0) ?? 0};`);
}
