import { join } from 'node:path';
import ts from 'typescript';
import { root } from './project';

/** Where snippets seem to lie; nothing is written. */
const FOLDER = join(root, 'test/refusals/snippets');

/** The options of the project, but for those that only tidy a file. */
function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), path => ts.sys.readFile(path)) as {
    readonly config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return { ...options, noUnusedLocals: false, noUnusedParameters: false };
}

/** One program over snippets that exist in memory only, and over whatever they import. */
export function programOf(snippets: Readonly<Record<string, string>>): ts.Program {
  const files = new Map(Object.entries(snippets).map(([name, text]) => [join(FOLDER, `${name}.ts`), text]));
  const options = compilerOptions();
  const host = ts.createCompilerHost(options);
  const withSnippets: ts.CompilerHost = {
    ...host,
    fileExists: path => files.has(path) || host.fileExists(path),
    readFile: path => files.get(path) ?? host.readFile(path),
    getSourceFile: (path, target, ...rest) => {
      const text = files.get(path);
      return text === undefined
        ? host.getSourceFile(path, target, ...rest)
        : ts.createSourceFile(path, text, target, true);
    },
  };
  return ts.createProgram([...files.keys()], options, withSnippets);
}

/** What the compiler says of one snippet: the code that it points at, and the message without lists of members. */
export function diagnostics(program: ts.Program, name: string): readonly string[] {
  const file = program.getSourceFile(join(FOLDER, `${name}.ts`));
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].flatMap(d => {
    const code = d.file?.text.slice(d.start).slice(0, d.length) ?? '';
    const message = ts.flattenDiagnosticMessageText(d.messageText, '\n');
    return `${code}: ${message.replace(/(the following properties from type '[^']*'):.*/g, '$1')}`.split('\n');
  });
}

/** A text that callers may pass. */
export interface TakenText {
  /** From the function that takes it, e.g. `new VaultServer(props).address`. */
  readonly path: string;
  /** Name of the property, or of the parameter. */
  readonly name: string;
}

/**
 * Every text that callers can pass to what a module exports: to its functions, and to the constructors and methods of
 * its classes, however deep in an object it lies. What only a class can make is not entered.
 */
export function textsTaken(program: ts.Program, module: string): readonly TakenText[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(join(root, module));
  const symbol = source && checker.getSymbolAtLocation(source);
  if (!symbol) throw new Error(`${module} is no module of the program`);
  const found: TakenText[] = [];

  const enter = (type: ts.Type, { path, name }: TakenText, trail: readonly ts.Type[]): void => {
    if (trail.includes(type)) return;
    const next = [...trail, type];
    const TEXT = ts.TypeFlags.String | ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.TypeParameter;
    if (type.flags & TEXT) found.push({ path, name });
    else if (type.isUnionOrIntersection()) type.types.forEach(t => enter(t, { path, name }, next));
    else if (type.flags & ts.TypeFlags.Object && !isInstance(type)) {
      const item = checker.getIndexTypeOfType(type, ts.IndexKind.Number);
      const value = checker.getIndexTypeOfType(type, ts.IndexKind.String);
      if (item) {
        enter(item, { path, name }, next);
        return;
      }
      if (value) enter(value, { path: `${path}[...]`, name }, next);
      callOf(type, path, next);
      for (const p of checker.getPropertiesOfType(type))
        enter(checker.getTypeOfSymbol(p), { path: `${path}.${p.name}`, name: p.name }, next);
    }
  };
  const isInstance = (type: ts.Type): boolean =>
    !!(type.symbol as ts.Symbol | undefined)?.declarations?.some(ts.isClassDeclaration);
  const parametersOf = (signatures: readonly ts.Signature[], path: string, trail: readonly ts.Type[] = []): void => {
    for (const signature of signatures)
      for (const p of signature.parameters)
        enter(checker.getTypeOfSymbol(p), { path: `${path}(${p.name})`, name: p.name }, trail);
  };
  const callOf = (type: ts.Type, path: string, trail: readonly ts.Type[]): void =>
    parametersOf(type.getCallSignatures(), path, trail);
  const methodsOf = (type: ts.Type, owner: string): void => {
    const ours = (p: ts.Symbol): boolean =>
      !!p.declarations?.some(
        d =>
          d.getSourceFile().fileName.startsWith(join(root, 'src')) &&
          !(ts.getCombinedModifierFlags(d) & ts.ModifierFlags.Private),
      );
    for (const p of checker.getPropertiesOfType(type).filter(ours))
      callOf(checker.getTypeOfSymbol(p), `${owner}.${p.name}`, []);
  };

  for (const exported of checker.getExportsOfModule(symbol)) {
    const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    if (!(target.flags & ts.SymbolFlags.Value)) continue;
    const type = checker.getTypeOfSymbol(target);
    const made = type.getConstructSignatures();
    parametersOf(made, `new ${exported.name}`);
    made.forEach(signature => methodsOf(signature.getReturnType(), exported.name));
    methodsOf(type, exported.name);
    callOf(type, exported.name, []);
  }
  return found;
}
