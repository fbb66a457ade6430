import type { IConstruct } from 'constructs';

const DECLARED = Symbol.for('vault-cdk.declaredAt');

/**
 * Remembers the line of user code that declares something. Cheap: the stack is captured here and read only when a
 * message needs it.
 */
export function rememberLine(construct: IConstruct): void {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 16;
  Error.captureStackTrace(holder, rememberLine);
  Error.stackTraceLimit = limit;
  Object.defineProperty(construct, DECLARED, { value: holder });
}

/** Where a construct is, for a message: its path and, where it is known, the user's `file:line`. */
export function at(construct: IConstruct): string {
  const path = construct.node.path || '<root>';
  const line = declaredLine(construct);
  return line === undefined ? path : `${path} (${line})`;
}

/** The user's `file:line` that declared a construct, relative to where the command runs. */
export function declaredLine(construct: IConstruct): string | undefined {
  if (!(DECLARED in construct)) return undefined;
  const holder = construct[DECLARED] as { stack?: string; frame?: string | null };
  // Read once: a construct is named in many messages that may come to nothing.
  holder.frame ??= userFrame(holder.stack ?? '') ?? null;
  const here = `${process.cwd()}/`;
  return holder.frame?.startsWith(here) ? holder.frame.slice(here.length) : (holder.frame ?? undefined);
}

/** The first frame outside this library, its dependencies and Node itself. */
function userFrame(stack: string): string | undefined {
  const own = __dirname.replace(/[\\/](src|lib)[\\/]core$/, '');
  const frames = stack.split('\n').flatMap(line => {
    // `at f (file:1:2)`, or `at file:1:2`; a folder may have a space in its name.
    const [, path, number] = (line.endsWith(')') ? / \((.+):(\d+):\d+\)$/ : /^\s*at (.+):(\d+):\d+$/).exec(line) ?? [];
    return path === undefined ? [] : [`${path.replace(/^async |^file:\/\//g, '')}:${number}`];
  });
  return frames.find(
    f => !/^node:|[\\/]node_modules[\\/]/.test(f) && !f.startsWith(`${own}/src/`) && !f.startsWith(`${own}/lib/`),
  );
}
