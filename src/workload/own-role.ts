import { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import { Policy } from '@cdktf/provider-vault/lib/policy';
import { Lazy } from 'cdktf';
import type { Construct } from 'constructs';
import { literal } from '../core/border';
import { Duration } from '../core/duration';
import { policyName, vaultName } from '../core/names';
import { flatPath, type IKubernetesAuth } from '../kubernetes/auth-mount';
import { type RoleSettings, roleSettings } from '../kubernetes/role';
import type { PolicyDocument } from '../policy/document';
import { printPolicy } from '../policy/hcl-print';
import { movedFrom } from '../vault/renamed';
import type { WorkloadOptions } from './options';

/** The Vault half of a workload that shares no role. */
export interface OwnRole {
  readonly roleName: string;
  readonly settings: RoleSettings;
  readonly policy: Policy;
  readonly role: KubernetesAuthBackendRole;
}

/** Who logs in, and what the policy says. */
export interface OwnRoleProps {
  readonly auth: IKubernetesAuth;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly options: WorkloadOptions;
  /** Called when the name of the role is claimed, before that of the policy is. */
  readonly claimed: () => void;
  /** What the policy says, read when it is printed. */
  readonly document: () => PolicyDocument;
  readonly at: string;
}

/** Prints a role that binds exactly one service account in one namespace, with the one policy that it carries. */
export function printOwnRole(scope: Construct, props: OwnRoleProps): OwnRole {
  const { auth, namespace, serviceAccount, options, at } = props;
  const pair = `${namespace}-${serviceAccount}`;
  const mount = flatPath(auth.path);
  const derived = `${mount}-${pair}`;
  const roleName = vaultName(options.name ?? pair, { what: 'the name of the role', at });
  const name = policyName(options.policyName ?? options.name ?? derived, { what: 'the name of the policy', at });
  const settings = roleSettings(options, { at, maxTtl: Duration.hours(24).toSeconds() });

  const lifecycle = { createBeforeDestroy: true };
  const roleId = auth.server.claim('role', `${mount}-${roleName}`, scope);
  props.claimed();
  const policyId = auth.server.claim('policy', name, scope);
  const text = Lazy.stringValue({ produce: () => literal(printPolicy(props.document())) });
  const policy = new Policy(scope, 'Policy', { name, policy: text, lifecycle });
  policy.overrideLogicalId(policyId);
  const role = new KubernetesAuthBackendRole(scope, 'Role', {
    backend: auth.backend,
    roleName,
    boundServiceAccountNames: [serviceAccount],
    boundServiceAccountNamespaces: [namespace],
    audience: auth.audience,
    tokenPolicies: [policy.name],
    tokenNoDefaultPolicy: true,
    ...settings,
    lifecycle,
  });
  role.overrideLogicalId(roleId);
  if (auth.renamedFrom !== undefined) {
    const before = flatPath(auth.renamedFrom);
    movedFrom(role, `${before}-${roleName}`);
    if (name === derived) movedFrom(policy, `${before}-${pair}`);
  }
  return { roleName, settings, policy, role };
}
