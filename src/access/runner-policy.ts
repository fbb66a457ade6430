import { sortedBy } from '../core/sorted';
import type { Capability, PolicyDocument, PolicyRule } from '../policy/document';
import { rootProtection } from '../policy/evaluator';
import { printPolicy } from '../policy/hcl-print';
import { mergeGrants } from '../policy/merge';
import { isKnown, type Known, listOf, part, type PrintedDocument, textOf } from './documents';
import { References } from './read-terraform';

/** The policy that the Terraform run of one stack needs. */
export interface RunnerPolicy {
  /** Name of the stack. */
  readonly stack: string;
  /** What the run needs, for what is known. */
  readonly policy: PolicyDocument;
  /** What the run may need beside it, and why that is not known; with any of these the policy is not complete. */
  readonly unknown: readonly string[];
}

/** Arguments of a resource as text; the first argument that is not known is what comes of it. */
type Arguments = (name: string, fallback?: string) => string;

/** What one resource needs: paths, and what is done there. */
type Needs = (of: Arguments) => readonly (readonly [path: string, capabilities: readonly Capability[]])[];

/** Where Vault asks whether the object exists, the first write is a create; elsewhere every write is an update. */
const CHECKED: readonly Capability[] = ['create', 'read', 'update', 'delete'];
const UNCHECKED: readonly Capability[] = ['read', 'update', 'delete'];

/**
 * The paths that each type of resource lives at. Source: terraform-provider-vault 5.6.0 and the existence checks of
 * Vault 1.21, tried with a token that has such a policy and no other.
 */
const NEEDS: ReadonlyMap<string, Needs> = new Map<string, Needs>([
  ['vault_policy', of => [[`sys/policies/acl/${of('name')}`, UNCHECKED]]],
  [
    'vault_mount',
    of => [
      [`sys/mounts/${of('path')}`, UNCHECKED],
      [`sys/mounts/${of('path')}/tune`, ['update']],
    ],
  ],
  [
    'vault_auth_backend',
    of => {
      const path = of('path', of('type'));
      return [
        [`sys/auth/${path}`, ['update', 'delete']],
        [`sys/mounts/auth/${path}`, ['read']],
        [`sys/mounts/auth/${path}/tune`, ['read', 'update']],
      ];
    },
  ],
  // Its removal asks nothing of Vault.
  ['vault_kubernetes_auth_backend_config', of => [[`auth/${of('backend', 'kubernetes')}/config`, ['read', 'update']]]],
  [
    'vault_kubernetes_auth_backend_role',
    of => [[`auth/${of('backend', 'kubernetes')}/role/${of('role_name')}`, CHECKED]],
  ],
  ['vault_kv_secret_backend_v2', of => [[`${of('mount')}/config`, ['read', 'update']]]],
  [
    'vault_kv_secret_v2',
    of => [
      [`${of('mount')}/data/${of('name')}`, CHECKED],
      [`${of('mount')}/metadata/${of('name')}`, CHECKED],
    ],
  ],
  ['vault_database_secret_backend_connection', of => [[`${of('backend')}/config/${of('name')}`, CHECKED]]],
  ['vault_database_secret_backend_role', of => [[`${of('backend')}/roles/${of('name')}`, CHECKED]]],
]);

/**
 * What the Terraform run of each printed stack needs in Vault: the paths of its resources and no other, `sudo` where Vault
 * asks for it, and the token of its own that the provider makes. A resource that Terraform must not destroy
 * (`prevent_destroy`) is not given the right to.
 */
export function runnerPolicies(documents: readonly PrintedDocument[]): readonly RunnerPolicy[] {
  return documents.filter(d => d.format === 'terraform').map(ofStack);
}

function ofStack({ value, group }: PrintedDocument): RunnerPolicy {
  const scope = new References(part(value, 'resource'));
  const unknown: string[] = [];
  const rules: PolicyRule[] = [...ownToken(value)];
  for (const [type, named] of sorted(part(value, 'resource')).filter(([type]) => type.startsWith('vault_')))
    for (const [name] of sorted(named)) {
      const found = needsOf(scope, type, name);
      if (isKnown(found)) rules.push(...found);
      else unknown.push(found.unknown);
    }
  for (const [type, named] of sorted(part(value, 'data')).filter(([type]) => type.startsWith('vault_')))
    unknown.push(...sorted(named).map(([name]) => `data.${type}.${name}: what data sources read is not known`));
  const moved = listOf(value, 'moved').map(m => textOf(m, 'to') ?? '');
  const mounts = moved.filter(to => /^vault_(mount|auth_backend)\./.test(to)).sort();
  if (mounts.length > 0) {
    rules.push(...REMOUNT);
    unknown.push(`${mounts.join(', ')}: the old paths of what is renamed; the earlier policy of this run has them`);
  }
  return { stack: group, policy: { name: `terraform-${group}`, rules: mergeGrants(rules.map(withSudo)) }, unknown };
}

const REMOUNT: readonly PolicyRule[] = [
  { path: 'sys/remount', capabilities: ['update'], comment: 'rename mounts' },
  // The last segment is an id that Vault makes up.
  { path: 'sys/remount/status/+', capabilities: ['read'], comment: 'rename mounts' },
];

/** The provider looks at the token that it is given, and works with a child of it unless told otherwise. */
function ownToken(value: PrintedDocument['value']): readonly PolicyRule[] {
  const providers = listOf(part(value, 'provider'), 'vault');
  const one = providers.length > 0 ? providers : [part(part(value, 'provider'), 'vault')];
  const child = one.some(p => (p as Record<string, unknown>)['skip_child_token'] !== true);
  return [
    { path: 'auth/token/lookup-self', capabilities: ['read'], comment: 'look at the own token' },
    ...(child ? [CHILD] : []),
  ];
}

const CHILD: PolicyRule = {
  path: 'auth/token/create',
  capabilities: ['update'],
  comment: 'make the token that the provider works with',
};

function needsOf(scope: References, type: string, name: string): Known<readonly PolicyRule[]> {
  const address = `${type}.${name}`;
  const needs = NEEDS.get(type);
  if (!needs) return { unknown: `${address}: which paths this type of resource lives at is not known` };
  const values = scope.resource(type, name);
  let missing: string | undefined;
  const of: Arguments = (argument, fallback) => {
    const text = values[argument] === undefined && fallback !== undefined ? fallback : scope.text(values[argument]);
    if (isKnown(text)) return text;
    missing ??= `${address}: its "${argument}" is not known: ${text.unknown}`;
    return '';
  };
  const found = needs(of);
  if (values['namespace'] !== undefined) missing ??= `${address}: it lies in a namespace of its own`;
  if (missing !== undefined) return { unknown: missing };
  const kept = part(values, 'lifecycle')['prevent_destroy'] === true;
  return found.map(([path, capabilities]) => ({
    path,
    capabilities: capabilities.filter(c => !(kept && c === 'delete')),
    comment: address,
  }));
}

function withSudo(rule: PolicyRule): PolicyRule {
  return rootProtection(rule.path, []) === 'yes' ? { ...rule, capabilities: [...rule.capabilities, 'sudo'] } : rule;
}

function sorted(named: unknown): readonly (readonly [string, unknown])[] {
  const entries = typeof named === 'object' && named !== null ? Object.entries(named) : [];
  return sortedBy(entries, ([name]) => name);
}

/** The policies as text, with what is not known above each. */
export function runnerPolicyText(policies: readonly RunnerPolicy[]): string {
  return policies
    .map(({ policy, unknown }) =>
      [
        `# Policy "${policy.name}": what the Terraform run of this stack needs.\n`,
        ...unknown.map(u => `# NOT COMPLETE: ${u}\n`),
        '\n',
        printPolicy(policy),
      ].join(''),
    )
    .join('\n');
}
