import { ApiObject, type IResolver, type ResolutionContext } from 'cdk8s';
import { TerraformElement, Token } from 'cdktf';
import type { IConstruct } from 'constructs';
import { VaultCdkError } from '../errors/error';
import { at } from './at';
import { NeverText, refusalOf } from './never-text';

/**
 * The border between the two halves. A value that only Terraform knows must not enter a manifest: cdk8s would print it
 * silently, as text, as a list or even as the number -8.1e+298. An object that holds one is stopped here; its other
 * shapes are found in what was printed, by {@link refuseTokens}.
 */
export class TerraformTokenGuard implements IResolver {
  private refused: VaultCdkError | undefined;

  /** The refusal itself: cdk8s wraps what a resolver throws in a plain error, so the printer takes it from here. */
  takeRefusal(): VaultCdkError | undefined {
    const { refused } = this;
    this.refused = undefined;
    return refused;
  }

  /** cdk8s asks its resolvers about every value that it prints. */
  resolve({ obj, key, value }: ResolutionContext): void {
    if (typeof value === 'string' ? !value.includes('TfToken[') : typeof value !== 'object') return;
    if (NeverText.isNeverText(value)) throw (this.refused = refusalOf(value, field(obj, key)));
    if (Token.isUnresolved(value)) throw (this.refused = tokenInManifest(field(obj, key), obj.node.path));
  }
}

/** What cdk8s resolves on its own before the rest of a manifest, with keys that start below `metadata`. */
const METADATA = ['name', 'namespace', 'labels', 'annotations', 'finalizers', 'ownerReferences'];

function field(obj: ApiObject, key: readonly string[]): string {
  const below = METADATA.includes(key[0] ?? '') ? ['metadata', ...key] : key;
  return `${obj.kind} field "${below.join('.')}"`;
}

/** The shapes in which cdktf hides a text, a list or a map. */
const TEXT_TOKEN = /[$#&]\{TfToken\[/;
/** Numbers of the size in which cdktf hides a number; which of them is one, cdktf says. */
const NUMBER_TOKEN = /-\d(?:\.\d+)?e\+\d{3}/g;

/** Refuses a printed manifest that holds a value of Terraform: in a text, as a number, or as a key. */
export function refuseTokens(kind: string, manifest: unknown, path: string, way: readonly string[] = []): void {
  if (typeof manifest === 'string' || typeof manifest === 'number') {
    if (holdsToken(manifest)) throw tokenInManifest(`${kind} field "${way.join('.')}"`, path);
  } else if (typeof manifest === 'object' && manifest !== null) {
    for (const [key, value] of Object.entries(manifest)) {
      if (holdsToken(key)) throw tokenInManifest(`a key below "${way.join('.')}"`, path);
      refuseTokens(kind, value, path, [...way, key]);
    }
  }
}

function holdsToken(value: string | number): boolean {
  if (typeof value === 'number') return value < -1e200 && Token.isUnresolved(value);
  if (value.includes('TfToken[') && TEXT_TOKEN.test(value)) return true;
  return value.includes('e+') && (value.match(NUMBER_TOKEN) ?? []).some(n => Token.isUnresolved(Number(n)));
}

function tokenInManifest(what: string, path: string): VaultCdkError {
  return new VaultCdkError({
    code: 'kubernetes/terraform-token',
    problem: `${what} holds a value that only Terraform knows`,
    at: path,
    allowed: 'a value that is fixed in code',
    live: 'silently ignored: the manifest would say ${TfToken[TOKEN.0]}',
    fix: 'pass a name that is fixed in code, or read it in the cluster from a TerraformOutput',
  });
}

/** Refuses dependencies from one half on the other: no order comes of them, and cdk8s fails on them. */
export function refuseOrderAcrossBorder(constructs: readonly IConstruct[]): void {
  for (const source of constructs)
    for (const target of source.node.dependencies) {
      if (holds(source, ApiObject.isApiObject) && holds(target, TerraformElement.isTerraformElement))
        throw acrossBorder('a manifest depends on something that prints no manifest', source, target);
      if (holds(source, TerraformElement.isTerraformElement) && holds(target, ApiObject.isApiObject))
        throw acrossBorder('something in Terraform depends on a manifest', source, target);
    }
}

function holds(construct: IConstruct, is: (x: IConstruct) => boolean): boolean {
  return construct.node.findAll().some(is);
}

function acrossBorder(problem: string, source: IConstruct, target: IConstruct): VaultCdkError {
  return new VaultCdkError({
    code: 'kubernetes/depends-on-terraform',
    problem,
    at: at(source),
    given: target.node.path,
    allowed: 'dependencies between manifests',
    live: 'Error: cannot find a parent chart (directly or indirectly)',
    fix: 'drop the dependency: the order across the border is platform charts, then Terraform, then workloads',
  });
}

/**
 * Text that Terraform must print as it is. In Terraform JSON every text is a template, so `${` and `%{` are escaped.
 * For our own literals only, never for a value that may hold a token.
 */
export function literal(text: string): string {
  return text.replace(/[$%]\{/g, open => `${open.charAt(0)}${open}`);
}
