import { KubernetesAuthBackendRole } from '@cdktf/provider-vault/lib/kubernetes-auth-backend-role';
import { Policy } from '@cdktf/provider-vault/lib/policy';
import { checked } from '../support/folder';
import { said, textOf } from '../support/said';
import { world, worldWithApi } from '../support/world';
import { ROLE, SPC, terraform } from '../support/yaml';

/** The world with a role that nobody declared, and that says nothing of the policy "default" unless told to. */
function worldWithRawRole(role: { readonly tokenPolicies?: string[]; readonly tokenNoDefaultPolicy?: boolean } = {}) {
  const made = world();
  new KubernetesAuthBackendRole(made.vault, 'Raw', {
    backend: made.auth.backend,
    roleName: 'raw',
    boundServiceAccountNames: ['job'],
    boundServiceAccountNamespaces: ['batch'],
    ...role,
  });
  return made;
}

describe('VC206: a role carries the policy "default", whose text is not known', () => {
  const SAID = [
    'note VC206: role "raw" carries the policy "default", whose text is not known: Vault always has it, its text can be edited there, and it is not printed',
    '  at:      stacks/vault/cdk.tf.json (vault/Raw)',
    '  fix:     set token_no_default_policy = true, which drops it unless token_policies names it; or print its text too',
  ];

  test('is silent where the role drops it, as ours do', () => {
    expect(said('VC206', worldWithApi().app)).toEqual([]);
    expect(said('VC206', worldWithRawRole({ tokenNoDefaultPolicy: true }).app)).toEqual([]);
  });

  test('is silent where its text is printed', () => {
    const { app, vault } = worldWithRawRole();
    new Policy(vault, 'BuiltIn', { name: 'default', policy: 'path "sys/renew" { capabilities = ["update"] }' });

    expect(said('VC206', app)).toEqual([]);
  });

  test.each([
    ['says nothing', {}],
    ['names it', { tokenPolicies: ['Default'], tokenNoDefaultPolicy: true }],
    ['names it and says nothing', { tokenPolicies: ['default'] }],
  ])('is said once where the role %s', (_, role) => {
    const { app } = worldWithRawRole(role);

    expect(said('VC206', app).map(line => line.replace('"Default"', '"default"'))).toEqual(SAID);
    expect(said('VC205', app)).toEqual([]);
  });

  test('names the line, where files are read, and leaves open what the role may do', () => {
    const { token_no_default_policy: _, ...role } = ROLE;
    const findings = checked({ 'prod/spc.yaml': SPC, 'stacks/vault/cdk.tf.json': terraform(role) });

    expect(textOf('VC206', findings)[1]).toBe('  at:      stacks/vault/cdk.tf.json:16');
    expect(textOf('VC202', findings)[0]).toContain('policy "default" is not known: Vault always has it');
  });
});
