// The same objects as in ours.ts, written by hand with what the library is built on: one chart, one stack, no checks.
import { join } from 'node:path';
import { AuthBackend } from '@cdktf/provider-vault/lib/auth-backend';
import { KubernetesAuthBackendConfig } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-config';
import { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import { KvSecretBackendV2 } from '@cdktf/provider-vault/lib/kv-secret-backend-v2';
import { Mount } from '@cdktf/provider-vault/lib/mount';
import { Policy } from '@cdktf/provider-vault/lib/policy';
import { VaultProvider } from '@cdktf/provider-vault/lib/provider';
import { ApiObject, App as KubernetesApp, Chart, Yaml } from 'cdk8s';
import { App as TerraformApp, LocalBackend, TerraformStack } from 'cdktf';
import { measure, wrapMethod } from './measure';
import { ADDRESS, AUDIENCE, AUTH, KV, nameOf, NAMESPACE, platform, policyName } from './objects';
import { policyText, roleName, SERVER, workload } from './objects';

measure((n, folder, phase) => {
  wrapMethod(phase, 'cdktf to data', TerraformStack.prototype, 'prepareStack');
  wrapMethod(phase, 'cdktf to data', TerraformStack.prototype, 'toTerraform');
  wrapMethod(phase, 'cdk8s to data', ApiObject.prototype, 'toJson');
  wrapMethod(phase, 'manifests to text', Yaml, 'stringify');
  const terraform = phase('declare', () => declareTerraform(n, join(folder, 'terraform')));
  const kubernetes = phase('declare', () => declareKubernetes(n, join(folder, 'kubernetes')));
  phase('cdktf, the rest', () => terraform.synth());
  phase('cdk8s, the rest', () => kubernetes.synth());
});

function declareKubernetes(n: number, outdir: string): KubernetesApp {
  const app = new KubernetesApp({ outdir });
  const shop = new Chart(app, 'shop');
  platform.forEach(object => new ApiObject(shop, object.kind, object));
  for (let i = 0; i < n; i++)
    for (const object of workload(i)) new ApiObject(shop, `${nameOf(i)}-${object.kind}`, object);
  return app;
}

function declareTerraform(n: number, outdir: string): TerraformApp {
  const app = new TerraformApp({ outdir });
  const stack = new TerraformStack(app, SERVER);
  new LocalBackend(stack, { path: `../../../terraform.${SERVER}.tfstate` });
  new VaultProvider(stack, 'Provider', { address: ADDRESS });
  const mount = new AuthBackend(stack, 'auth', { type: 'kubernetes', path: AUTH, lifecycle: { preventDestroy: true } });
  mount.overrideLogicalId(AUTH);
  // Once: each reading of an attribute makes another token, and takes a stack trace for it.
  const backend = mount.path;
  const config = new KubernetesAuthBackendConfig(stack, 'auth-config', {
    backend,
    kubernetesHost: 'https://kubernetes.default.svc:443',
    disableIssValidation: true,
    disableLocalCaJwt: false,
  });
  config.overrideLogicalId(AUTH);
  const kv = new Mount(stack, 'kv', {
    path: KV,
    type: 'kv',
    options: { version: '2' },
    lifecycle: { preventDestroy: true },
  });
  kv.overrideLogicalId(KV);
  const settings = new KvSecretBackendV2(stack, 'kv-config', { mount: kv.path, maxVersions: 10, casRequired: false });
  settings.overrideLogicalId(KV);
  for (let i = 0; i < n; i++) declareRole(stack, backend, i);
  return app;
}

function declareRole(stack: TerraformStack, backend: string, i: number): void {
  const lifecycle = { createBeforeDestroy: true };
  const name = policyName(i);
  const policy = new Policy(stack, `policy-${i}`, { name, policy: policyText(i), lifecycle });
  policy.overrideLogicalId(name);
  const role = new KubernetesAuthBackendRole(stack, `role-${i}`, {
    backend,
    roleName: roleName(i),
    boundServiceAccountNames: [nameOf(i)],
    boundServiceAccountNamespaces: [NAMESPACE],
    audience: AUDIENCE,
    aliasNameSource: 'serviceaccount_uid',
    tokenPolicies: [policy.name],
    tokenNoDefaultPolicy: true,
    tokenType: 'service',
    tokenTtl: 3600,
    tokenMaxTtl: 86400,
    lifecycle,
  });
  role.overrideLogicalId(`${AUTH}-${roleName(i)}`);
}
