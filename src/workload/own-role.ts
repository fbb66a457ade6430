import { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import { Policy } from '@cdktf/provider-vault/lib/policy';
import { Lazy } from 'cdktf';
import type { Construct } from 'constructs';
import { literal } from '../core/border';
import type { IKubernetesAuth } from '../kubernetes/kubernetes-auth';
import type { RoleSettings } from '../kubernetes/role';
import type { PolicyDocument } from '../policy/document';
import { printPolicy } from '../policy/hcl-print';

/** A role for one service account, and the policy that it carries. */
export interface OwnRole {
  readonly policy: Policy;
  readonly role: KubernetesAuthBackendRole;
}

/** What makes one. */
export interface OwnRoleProps {
  readonly auth: IKubernetesAuth;
  readonly roleName: string;
  readonly policyName: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly settings: RoleSettings;
  /** Terraform names of the two. */
  readonly ids: { readonly role: string; readonly policy: string };
  /** What the policy says, read when it is printed. */
  readonly document: () => PolicyDocument;
}

/** Prints a role that binds exactly one service account in one namespace, with the one policy that it carries. */
export function printOwnRole(scope: Construct, props: OwnRoleProps): OwnRole {
  const lifecycle = { createBeforeDestroy: true };
  const text = Lazy.stringValue({ produce: () => literal(printPolicy(props.document())) });
  const policy = new Policy(scope, 'Policy', { name: props.policyName, policy: text, lifecycle });
  policy.overrideLogicalId(props.ids.policy);
  const role = new KubernetesAuthBackendRole(scope, 'Role', {
    backend: props.auth.backend,
    roleName: props.roleName,
    boundServiceAccountNames: [props.serviceAccount],
    boundServiceAccountNamespaces: [props.namespace],
    audience: props.auth.audience,
    tokenPolicies: [policy.name],
    tokenNoDefaultPolicy: true,
    ...props.settings,
    lifecycle,
  });
  role.overrideLogicalId(props.ids.role);
  return { policy, role };
}
