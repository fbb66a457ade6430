import type { IResolver, ResolutionContext } from 'cdk8s';
import { Token } from 'cdktf';
import { VaultCdkError } from '../errors/error';

/**
 * The border between the two halves. A value that only Terraform knows must not enter a manifest: cdk8s would print it
 * silently, as text, as a list or even as the number -8.1e+298.
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
    if (!mayBeToken(value) || !Token.isUnresolved(value)) return;
    this.refused = tokenInManifest(`${obj.kind} field "${key.join('.')}"`, obj.node.path);
    throw this.refused;
  }
}

/** Cheap look before the exact one: this runs for every value of every manifest. */
function mayBeToken(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('TfToken[');
  if (typeof value === 'number') return value < -1e200;
  return Array.isArray(value) ? value.length === 1 : typeof value === 'object';
}

/** Keys are not shown to resolvers, so they are caught in what was printed. */
export function refuseTokenKeys(manifest: unknown, path: string, field: readonly string[] = []): void {
  if (typeof manifest !== 'object' || manifest === null) return;
  for (const [key, value] of Object.entries(manifest)) {
    if (key.includes('TfToken[')) throw tokenInManifest(`a key below "${field.join('.')}"`, path);
    if (typeof value === 'object') refuseTokenKeys(value, path, [...field, key]);
  }
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

/**
 * Text that Terraform must print as it is. In Terraform JSON every text is a template, so `${` and `%{` are escaped.
 * For our own literals only, never for a value that may hold a token.
 */
export function literal(text: string): string {
  return text.replace(/[$%]\{/g, open => `${open.charAt(0)}${open}`);
}
