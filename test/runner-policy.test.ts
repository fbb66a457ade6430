import { join } from 'node:path';
import { readFiles } from '../src/access/files';
import type { PrintedDocument } from '../src/access/documents';
import { runnerPolicies, runnerPolicyText } from '../src';
import { root } from './support/project';
import { run } from './support/folder';

const QUICKSTART = `# Policy "terraform-vault": what the Terraform run of this stack needs.

# vault_kubernetes_auth_backend_config.kubernetes
path "auth/kubernetes/config" {
  capabilities = ["read", "update"]
}

# vault_kubernetes_auth_backend_role.kubernetes-shop-api
path "auth/kubernetes/role/shop-api" {
  capabilities = ["create", "read", "update", "delete"]
}

# vault_kubernetes_auth_backend_role.kubernetes-shop-migrate
path "auth/kubernetes/role/shop-migrate" {
  capabilities = ["create", "read", "update", "delete"]
}

# vault_kubernetes_auth_backend_role.kubernetes-shop-web
path "auth/kubernetes/role/shop-web" {
  capabilities = ["create", "read", "update", "delete"]
}

# make the token that the provider works with
path "auth/token/create" {
  capabilities = ["update"]
}

# look at the own token
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

# vault_kv_secret_backend_v2.secret
path "secret/config" {
  capabilities = ["read", "update"]
}

# vault_auth_backend.kubernetes
path "sys/auth/kubernetes" {
  capabilities = ["update", "sudo"]
}

# vault_auth_backend.kubernetes
path "sys/mounts/auth/kubernetes" {
  capabilities = ["read"]
}

# vault_auth_backend.kubernetes
path "sys/mounts/auth/kubernetes/tune" {
  capabilities = ["read", "update"]
}

# vault_mount.secret
path "sys/mounts/secret" {
  capabilities = ["read", "update"]
}

# vault_mount.secret
path "sys/mounts/secret/tune" {
  capabilities = ["update"]
}

# vault_policy.kubernetes-shop-api
path "sys/policies/acl/kubernetes-shop-api" {
  capabilities = ["read", "update", "delete"]
}

# vault_policy.kubernetes-shop-migrate
path "sys/policies/acl/kubernetes-shop-migrate" {
  capabilities = ["read", "update", "delete"]
}

# vault_policy.kubernetes-shop-web
path "sys/policies/acl/kubernetes-shop-web" {
  capabilities = ["read", "update", "delete"]
}
`;

const GOLDEN = join(root, 'test/golden/quickstart');

/** The rules for a stack with these parts, as `capabilities path`, and what is not known. */
function needs(value: Readonly<Record<string, unknown>>) {
  const document: PrintedDocument = { format: 'terraform', origin: { file: 'cdk.tf.json' }, group: 'vault', value };
  const [found] = runnerPolicies([document]);
  return {
    rules: found?.policy.rules.map(r => `${r.capabilities.join(',')} ${r.path}`),
    unknown: found?.unknown,
  };
}

const OWN = ['update auth/token/create', 'read auth/token/lookup-self'];

describe('the policy of the Terraform run', () => {
  test('holds the paths of the printed resources, and no other', () => {
    expect(runnerPolicyText(runnerPolicies(readFiles([GOLDEN])))).toBe(QUICKSTART);
    expect(run('runner-policy', GOLDEN)).toMatchObject({ code: 0, out: QUICKSTART });
  });

  test('is data for programs', () => {
    const { code, out } = run('runner-policy', GOLDEN, '--format', 'json');

    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      policies: [{ stack: 'vault', policy: { name: 'terraform-vault' }, unknown: [] }],
    });
  });

  test('lets what is not protected be destroyed, and asks for sudo where Vault does', () => {
    const resource = {
      vault_mount: { kv: { path: 'team/kv', type: 'kv' } },
      vault_auth_backend: { userpass: { type: 'userpass' } },
    };

    expect(needs({ resource }).rules).toEqual([
      ...OWN,
      'update,delete,sudo sys/auth/userpass',
      'read sys/mounts/auth/userpass',
      'read,update sys/mounts/auth/userpass/tune',
      'read,update,delete sys/mounts/team/kv',
      'update sys/mounts/team/kv/tune',
    ]);
  });

  test('knows what lies in a database engine and what is put into KV', () => {
    const resource = {
      vault_database_secret_backend_connection: { c: { backend: 'database', name: 'shop' } },
      vault_database_secret_backend_role: { r: { backend: 'database', name: 'readonly' } },
      vault_kv_secret_v2: { s: { mount: 'secret', name: 'shop/db' } },
    };

    expect(needs({ resource }).rules).toEqual([
      ...OWN,
      'create,read,update,delete database/config/shop',
      'create,read,update,delete database/roles/readonly',
      'create,read,update,delete secret/data/shop/db',
      'create,read,update,delete secret/metadata/shop/db',
    ]);
  });

  test('makes no token where the provider is told not to', () => {
    expect(needs({ provider: { vault: [{ skip_child_token: true }] } }).rules).toEqual(['read auth/token/lookup-self']);
    expect(needs({ provider: { vault: { skip_child_token: true } } }).rules).toEqual(['read auth/token/lookup-self']);
    expect(needs({ provider: { vault: [{ skip_child_token: true }, { alias: 'b' }] } }).rules).toEqual(OWN);
  });

  test('renames mounts, and says that the old paths are needed too', () => {
    const resource = { vault_mount: { new: { path: 'new', type: 'kv', lifecycle: { prevent_destroy: true } } } };
    const moved = [
      { from: 'vault_mount.old', to: 'vault_mount.new' },
      { from: 'vault_policy.a', to: 'vault_policy.b' },
    ];

    expect(needs({ resource, moved })).toEqual({
      rules: [
        ...OWN,
        'read,update sys/mounts/new',
        'update sys/mounts/new/tune',
        'update,sudo sys/remount',
        'read sys/remount/status/+',
      ],
      unknown: ['vault_mount.new: the old paths of what is renamed; the earlier policy of this run has them'],
    });
  });

  test('says of what it knows nothing, and is then not complete', () => {
    const resource = {
      aws_s3_bucket: { b: {} },
      vault_pki_secret_backend_role: { web: { backend: 'pki', name: 'web' } },
      vault_policy: { p: { name: '${var.name}', policy: 'x' }, q: { name: 'q', policy: 'x', namespace: 'team' } },
    };
    const value = { resource, data: { vault_policy_document: { d: {} } } };

    expect(needs(value)).toEqual({
      rules: OWN,
      unknown: [
        'vault_pki_secret_backend_role.web: which paths this type of resource lives at is not known',
        'vault_policy.p: its "name" is not known: ${var.name}',
        'vault_policy.q: it lies in a namespace of its own',
        'data.vault_policy_document.d: what data sources read is not known',
      ],
    });
    const document: PrintedDocument = { format: 'terraform', origin: { file: 'f' }, group: 'vault', value };
    expect(
      runnerPolicyText(runnerPolicies([document]))
        .split('\n')
        .slice(0, 5),
    ).toEqual([
      '# Policy "terraform-vault": what the Terraform run of this stack needs.',
      '# NOT COMPLETE: vault_pki_secret_backend_role.web: which paths this type of resource lives at is not known',
      '# NOT COMPLETE: vault_policy.p: its "name" is not known: ${var.name}',
      '# NOT COMPLETE: vault_policy.q: it lies in a namespace of its own',
      '# NOT COMPLETE: data.vault_policy_document.d: what data sources read is not known',
    ]);
  });
});
