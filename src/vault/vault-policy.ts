import { Policy } from '@cdktf/provider-vault/lib/policy';
import { Lazy } from 'cdktf';
import { Construct } from 'constructs';
import { at, rememberLine } from '../core/at';
import { literal } from '../core/border';
import { policyName, vaultName } from '../core/names';
import { type Acknowledgement, checkedAcknowledgement } from '../errors/acknowledge';
import { VaultCdkError } from '../errors/error';
import type { PolicyDocument, PolicyRule } from '../policy/document';
import { printPolicy } from '../policy/hcl-print';
import { mergeGrants } from '../policy/merge';
import type { IVaultGrantee } from './grants';
import { assertRule, rulesOfText } from './policy-rules';
import { VaultServer } from './server';

/** A policy in Vault, whether or not this app made it. */
export interface IVaultPolicy extends Construct {
  /** The Vault that it is in. */
  readonly server: VaultServer;
  /** Its name. */
  readonly name: string;
  /** Its name as a reference where this app prints it: Terraform reads the order of creation from it. */
  readonly reference: string;
  /**
   * What was declared of it.
   * @default - it exists already, and nothing is known of it
   */
  readonly policyDocument?: PolicyDocument;
}

/** What a policy of ours holds from the start; grants add to it. */
export interface VaultPolicyProps {
  /**
   * Its name in Vault.
   * @default - the construct id
   */
  readonly name?: string;
  /**
   * Rules for which there is no grant.
   * @default - none
   */
  readonly rules?: readonly PolicyRule[];
  /**
   * Rules as policy text (HCL), for what exists already. Comments are not kept.
   * @default - none
   */
  readonly text?: string;
  /**
   * Lets rules hold wildcards (`*`, `+`) and `sudo`.
   * @default - each rule is about one path, and none about what Vault protects
   */
  readonly broad?: Acknowledgement;
}

/**
 * A policy that is not derived from a workload: for people, for monitoring, for a pipeline, for several roles. It takes
 * grants like a workload.
 *
 * @example
 * ```ts
 * const monitoring = new VaultPolicy(vault, 'monitoring-read', {
 *   rules: [{ path: 'sys/metrics', capabilities: ['read'], comment: 'read metrics' }],
 * });
 * kv.grants.readMetadata(monitoring, secret);
 * ```
 */
export class VaultPolicy extends Construct implements IVaultPolicy, IVaultGrantee {
  /** A policy that exists. Creates nothing; nothing is known of what is in it, and nothing can be granted to it. */
  static fromName(server: VaultServer, name: string): IVaultPolicy {
    const checked = assertNotRoot(vaultName(name, { what: 'the name of the policy', at: at(server) }), at(server));
    const id = `policy:${checked}`;
    return (server.node.tryFindChild(id) as ImportedPolicy | undefined) ?? new ImportedPolicy(server, id, checked);
  }

  readonly server: VaultServer;
  readonly name: string;
  readonly reference: string;
  /** The Terraform resource, for whatever this class does not offer. */
  readonly policy: Policy;
  private readonly broad: boolean;
  private readonly granted: PolicyRule[] = [];

  constructor(scope: Construct, id: string, props: VaultPolicyProps = {}) {
    super(scope, id);
    rememberLine(this);
    this.server = VaultServer.of(this);
    this.name = policyName(props.name ?? id, { what: 'the name of the policy', at: at(this) });
    if (props.broad) checkedAcknowledgement(props.broad);
    this.broad = props.broad !== undefined;
    const claimed = this.server.claim('policy', this.name, this);
    const text = Lazy.stringValue({ produce: () => literal(printPolicy(this.policyDocument)) });
    this.policy = new Policy(this, 'Resource', {
      name: this.name,
      policy: text,
      lifecycle: { createBeforeDestroy: true },
    });
    this.policy.overrideLogicalId(claimed);
    this.reference = this.policy.name;
    const given = props.text === undefined ? [] : rulesOfText(this.name, props.text, at(this));
    for (const rule of [...given, ...(props.rules ?? [])]) this.addToVaultPolicy(rule);
    // Late, because it is about something that did not happen.
    this.node.addValidation({
      validate: () =>
        this.granted.length > 0
          ? []
          : [
              "the policy is empty, and Vault says 'policy' parameter not supplied or empty; grant something, or remove it",
            ],
    });
  }

  /** Lets whoever has the policy do what the rule says. Granting the same thing twice is granting it once. */
  addToVaultPolicy(rule: PolicyRule): void {
    const others = this.granted.filter(r => r.path === rule.path);
    assertRule(rule, others, { broad: this.broad, at: at(this) });
    this.granted.push({ ...rule });
  }

  /** What it holds, as it is printed. */
  get policyDocument(): PolicyDocument {
    return { name: this.name, rules: mergeGrants(this.granted) };
  }
}

class ImportedPolicy extends Construct implements IVaultPolicy {
  readonly server: VaultServer;
  readonly name: string;

  constructor(scope: VaultServer, id: string, name: string) {
    super(scope, id);
    rememberLine(this);
    this.server = scope;
    this.name = name;
    scope.statePolicy(name);
  }

  get reference(): string {
    return this.name;
  }

  /** For callers without types: the interface does not have it. */
  addToVaultPolicy(rule: PolicyRule): never {
    throw new VaultCdkError({
      code: 'policy/imported',
      problem: `the policy "${this.name}" exists already, and nothing can be granted to it`,
      at: at(this),
      given: rule.path,
      allowed: 'new VaultPolicy(vault, ...), a policy of this app',
      live: 'silently ignored: Terraform would put its own text in the place of what the policy holds',
      fix: 'make a second policy for what is granted, and give the role both',
    });
  }
}

/** A token of an auth method cannot carry it. */
function assertNotRoot(name: string, at: string): string {
  if (name !== 'root') return name;
  throw new VaultCdkError({
    code: 'policy/root',
    problem: 'the policy "root" may do everything, and no role can carry it',
    at,
    given: name,
    allowed: 'a policy that names what is needed',
    live: 'auth methods cannot create root tokens',
    fix: 'grant what is needed to a policy of its own',
  });
}
