import { Policy } from '@cdktf/provider-vault/lib/policy';
import type { Capability } from 'vault-cdk';
import { said } from '../support/said';
import { worldWithApi } from '../support/world';

const READ = 'path "secret/data/shop/db" { capabilities = ["read"] }\n';

/** What is said of an API that was declared to do something, where its policy is overridden. */
function overridden(capability: Capability, path: string, policy: string): readonly string[] {
  const { app, api } = worldWithApi();
  api.addToVaultPolicy({ path, capabilities: [capability] });
  api.policy.policy = `${READ}${policy}`;
  return said('VC203', app).filter(line => /^error|live/.test(line));
}

describe('VC203: a capability that no request asks for by itself', () => {
  test.each(['sudo', 'subscribe'] as const)('"%s" is missed where the rule of the path lacks it', capability => {
    expect(overridden(capability, 'sys/raw/shop', 'path "sys/raw/shop" { capabilities = ["read"] }')).toEqual([
      `error VC203: shop/api was declared to ${capability} "sys/raw/shop", and the print-out says denied: the rule lacks "${capability}"`,
      '  live:    403 permission denied',
    ]);
  });

  test.each([
    ['no rule matches', ''],
    ['the rule denies', 'path "sys/raw/shop" { capabilities = ["sudo", "deny"] }'],
    ['the rule lacks "sudo"', 'path "sys/raw/*" { capabilities = ["read"] }'],
  ])('"sudo" is missed where %s', (because, policy) => {
    expect(overridden('sudo', 'sys/raw/shop', policy)[0]).toBe(
      `error VC203: shop/api was declared to sudo "sys/raw/shop", and the print-out says denied: ${because}`,
    );
  });

  test('is there where a rule with a wildcard has it', () => {
    expect(overridden('sudo', 'sys/raw/shop', 'path "sys/raw/+" { capabilities = ["sudo"] }')).toEqual([]);
  });

  test('"deny" is missed where a rule allows anything on the path', () => {
    expect(
      overridden('deny', 'secret/data/shop/closed', 'path "secret/data/shop/*" { capabilities = ["list", "delete"] }'),
    ).toEqual([
      'error VC203: shop/api was declared to deny "secret/data/shop/closed", and the print-out says allowed: the rule has "list", "delete"',
      '  live:    silently ignored: the request is answered',
    ]);
  });

  test.each([
    ['nothing allows anything there', ''],
    ['a rule with a wildcard denies', 'path "secret/data/shop/*" { capabilities = ["deny"] }'],
  ])('"deny" is not missed where %s', (_, policy) => {
    expect(overridden('deny', 'secret/data/shop/closed', policy)).toEqual([]);
  });

  test('is looked for in the rule of its own pattern, beside which another may be declared', () => {
    const { app, api } = worldWithApi();
    api.addToVaultPolicy({ path: 'team/data/*', capabilities: ['deny'] });
    api.addToVaultPolicy({ path: 'team/data/+', capabilities: ['list'] });

    expect(said('VC203', app)).toEqual([]);
  });

  test('is not known where a policy of the role is not', () => {
    const { app, api, vault } = worldWithApi();
    api.addToVaultPolicy({ path: 'secret/data/shop/closed', capabilities: ['deny'] });
    const other = new Policy(vault, 'Other', { name: 'other', policy: '${var.text}' });
    api.role.tokenPolicies = [api.policy.name, other.name];

    expect(said('VC203', app)).toContain(
      'error VC203: shop/api was declared to deny "secret/data/shop/closed", and the print-out says unknown: policy "other" is not known: its text is ${var.text}',
    );
  });
});
