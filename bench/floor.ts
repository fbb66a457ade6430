// The same objects as in ours.ts as plain data, straight to text: what no library can be faster than.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { measure } from './measure';
import { ADDRESS, AUDIENCE, AUTH, KV, nameOf, NAMESPACE, platform, policyName } from './objects';
import { policyText, roleName, SERVER, workload } from './objects';

measure((n, folder, phase) => {
  const numbers = Array.from({ length: n }, (_, i) => i);
  const manifests = phase('declare', () => [...platform, ...numbers.flatMap(workload)]);
  const config = phase('declare', () => terraform(numbers));
  const yaml = phase('manifests to text', () => manifests.map(m => stringify(m, { lineWidth: 0 })).join('---\n'));
  const json = phase('Terraform to text', () => JSON.stringify(config, null, 2));
  phase('write', () => {
    for (const [half, file, text] of [
      ['kubernetes', 'shop.k8s.yaml', yaml],
      ['terraform', 'cdk.tf.json', json],
    ] as const) {
      mkdirSync(join(folder, half), { recursive: true });
      writeFileSync(join(folder, half, file), text);
    }
  });
});

function terraform(numbers: readonly number[]): object {
  const resources = (make: (i: number) => readonly [string, object]): object => Object.fromEntries(numbers.map(make));
  const lifecycle = { create_before_destroy: true };
  const backend = `\${vault_auth_backend.${AUTH}.path}`;
  return {
    terraform: {
      backend: { local: { path: `../../../terraform.${SERVER}.tfstate` } },
      required_providers: { vault: { source: 'hashicorp/vault', version: '5.6.0' } },
    },
    provider: { vault: [{ address: ADDRESS }] },
    resource: {
      vault_auth_backend: { [AUTH]: { type: 'kubernetes', path: AUTH, lifecycle: { prevent_destroy: true } } },
      vault_kubernetes_auth_backend_config: {
        [AUTH]: {
          backend,
          kubernetes_host: 'https://kubernetes.default.svc:443',
          disable_iss_validation: true,
          disable_local_ca_jwt: false,
        },
      },
      vault_mount: {
        [KV]: { path: KV, type: 'kv', options: { version: '2' }, lifecycle: { prevent_destroy: true } },
      },
      vault_kv_secret_backend_v2: {
        [KV]: { mount: `\${vault_mount.${KV}.path}`, max_versions: 10, cas_required: false },
      },
      vault_policy: resources(i => [policyName(i), { name: policyName(i), policy: policyText(i), lifecycle }]),
      vault_kubernetes_auth_backend_role: resources(i => [
        `${AUTH}-${roleName(i)}`,
        {
          backend,
          role_name: roleName(i),
          bound_service_account_names: [nameOf(i)],
          bound_service_account_namespaces: [NAMESPACE],
          audience: AUDIENCE,
          alias_name_source: 'serviceaccount_uid',
          token_policies: [`\${vault_policy.${policyName(i)}.name}`],
          token_no_default_policy: true,
          token_type: 'service',
          token_ttl: 3600,
          token_max_ttl: 86400,
          lifecycle,
        },
      ]),
    },
  };
}
