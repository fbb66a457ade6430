import { readFileSync } from 'node:fs';

/** What V8 writes, as far as it is read here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Time by function and by package, in ms, most first; each without what it calls. */
export interface SelfTimes {
  readonly functions: readonly (readonly [string, number])[];
  readonly packages: readonly (readonly [string, number])[];
}

/** Sums up a profile by where the time was spent itself. */
export function selfTimes(file: string): SelfTimes {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  const frames = new Map(nodes.map(n => [n.id, n.callFrame]));
  const functions = new Map<string, number>();
  const packages = new Map<string, number>();
  samples.forEach((id, i) => {
    const frame = frames.get(id);
    if (!frame || frame.functionName === '(idle)') return;
    const ms = (timeDeltas[i] ?? 0) / 1000;
    const owner = packageOf(frame.url, frame.functionName);
    const name =
      frame.functionName === '' ? `(line ${frame.lineNumber + 1} of ${file_(frame.url)})` : frame.functionName;
    const label = owner === name ? name : `${name}  ${owner}`;
    functions.set(label, (functions.get(label) ?? 0) + ms);
    packages.set(owner, (packages.get(owner) ?? 0) + ms);
  });
  const sorted = (times: Map<string, number>): readonly (readonly [string, number])[] =>
    [...times].sort(([, a], [, b]) => b - a);
  return { functions: sorted(functions), packages: sorted(packages) };
}

function packageOf(url: string, name: string): string {
  if (name === '(garbage collector)') return name;
  const installed = /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(url)?.[1];
  if (installed !== undefined) return installed;
  if (url.includes('/lib/')) return 'vault-cdk';
  return url.startsWith('file:') || url.startsWith('/') ? 'the program' : 'node';
}

function file_(url: string): string {
  return url.split('/').slice(-2).join('/');
}
