import {
  acknowledge,
  ApiServer,
  KubernetesAuth,
  type KubernetesAuthProps,
  KubernetesCluster,
  Reviewer,
  State,
  type StoredReviewerProps,
  VaultApp,
  VaultServer,
} from 'vault-cdk';
import { refusal, refused } from '../support/said';
import { OUTSIDE, VAULT_FOR_PODS, world } from '../support/world';

const ACCEPTED = acknowledge('the state is encrypted', { owner: 'platform', until: '2999-12-31' });
const AT = '  at:      vault/stage (test/refusals/outside.test.ts)';
const SILENT = '  live:    silently ignored: Vault takes the settings, and every login is 403 permission denied';

/** A Vault outside of the one cluster that it trusts. */
function outside(
  apiServer: ApiServer | undefined,
  props: Partial<KubernetesAuthProps> = {},
  provider: { readonly providerVersion?: string } = { providerVersion: '5.7.0' },
): KubernetesAuth {
  const app = new VaultApp();
  const address = 'https://vault.example.com:8200';
  const vault = new VaultServer(app, 'vault', { address, state: State.local(), ...provider });
  const cluster = new KubernetesCluster(app, 'stage', apiServer === undefined ? {} : { apiServer });
  return new KubernetesAuth(vault, 'stage', { cluster, vault: VAULT_FOR_PODS, reviewer: Reviewer.stored(), ...props });
}

const stored = (props: StoredReviewerProps): KubernetesAuth =>
  outside(OUTSIDE.apiServer, { reviewer: Reviewer.stored(props) });

describe('the API server of a cluster that Vault is outside of', () => {
  test.each([Reviewer.stored(), Reviewer.client()])('is stated', reviewer => {
    expect(refusal(() => outside(undefined, { reviewer }))).toEqual([
      'a Vault outside the cluster has to know the API server [auth/api-server-missing]',
      AT,
      '  allowed: apiServer: { url, ca }, or ApiServer.fromVariables(), on the KubernetesCluster',
      '  live:    400 open /var/run/secrets/kubernetes.io/serviceaccount/ca.crt: no such file or directory',
      '  fix:     state the API server of the cluster "stage", or use Reviewer.local() where Vault runs in it',
    ]);
  });

  test.each([
    'https://kubernetes.default.svc',
    'https://kubernetes.default.svc:443',
    'https://kubernetes.default.svc.cluster.local',
    'https://kubernetes.default',
    'https://kubernetes',
  ])('is not at %s', url => {
    expect(refusal(() => outside({ ...OUTSIDE.apiServer, url }))).toEqual([
      'the address of the API server is known only inside of the cluster, and Vault is outside [auth/api-server-address]',
      AT,
      `  given:   "${url}"`,
      '  allowed: the address in a kubeconfig, e.g. "https://prod.example.com:6443"',
      SILENT,
      '  fix:     state the address as Vault reaches it, or drop `apiServer` if Vault runs in this cluster',
    ]);
  });

  test('is not there either where only its CA is a variable', () => {
    const apiServer = ApiServer.fromVariables({ url: 'https://kubernetes.default.svc' });

    expect(refused(() => outside(apiServer)).code).toBe('auth/api-server-address');
  });

  test('is reached by https', () => {
    expect(refusal(() => outside({ ...OUTSIDE.apiServer, url: 'http://stage.example.com:6443' }))).toEqual([
      'the API server is not reached by https, and whoever listens would have the tokens [auth/api-server-address]',
      AT,
      '  given:   "http://stage.example.com:6443"',
      '  allowed: the address in a kubeconfig, e.g. "https://prod.example.com:6443"',
      SILENT,
      '  fix:     write https',
    ]);
  });

  test.each([
    ['', 'the API server has an address, and no CA'],
    ['prod-ca.crt', 'the CA of the API server is not a certificate in PEM text'],
  ])('has a certificate as its CA, not %j', (ca, problem) => {
    expect(refusal(() => outside({ ...OUTSIDE.apiServer, ca }))).toEqual([
      `${problem} [auth/api-server-ca]`,
      AT,
      '  allowed: text with "-----BEGIN CERTIFICATE-----" in it, or ApiServer.fromVariables()',
      SILENT,
      '  fix:     read the file: readFileSync("prod-ca.crt", "utf8")',
    ]);
  });
});

describe('a stored token of a reviewer', () => {
  test('does not lie in the Terraform state', () => {
    expect(refusal(() => outside(OUTSIDE.apiServer, {}, {}))).toEqual([
      'the Vault provider 5.6.0 keeps the token of the reviewer in the Terraform state [auth/token-in-state]',
      AT,
      '  given:   "5.6.0"',
      "  allowed: providerVersion: '5.7.0' or newer on the VaultServer, or tokenInState: acknowledge(...)",
      '  live:    silently ignored: whoever reads the state has a token that can review every other one',
      '  fix:     state a newer `providerVersion`, or use Reviewer.client(), which needs no token',
    ]);
  });

  test('lies there only as long as someone answers for it', () => {
    const reviewer = (until: string): Reviewer => Reviewer.stored({ tokenInState: { ...ACCEPTED, until } });

    expect(() => outside(OUTSIDE.apiServer, { reviewer: reviewer('2999-12-31') }, {})).not.toThrow();
    expect(refused(() => reviewer('2020-01-01')).code).toBe('acknowledge/expired');
  });

  test.each([0, -1, 1.5, Number.NaN])('has no generation %d', generation => {
    expect(refusal(() => stored({ generation }))).toEqual([
      'the generation of the stored token is not a count [auth/generation]',
      AT,
      `  given:   ${Number.isNaN(generation) ? 'null' : generation}`,
      '  allowed: a whole number from 1',
      '  fix:     drop `generation`, or count up by one for each new token',
    ]);
  });

  test.each(['vault-auth', 'a/b/c'])('is not of the account %j', serviceAccount => {
    expect(refusal(() => stored({ serviceAccount }))).toEqual([
      "the reviewer's service account is written as namespace and name [auth/reviewer-account]",
      AT,
      `  given:   "${serviceAccount}"`,
      '  allowed: "vault/vault-auth"',
      '  fix:     write `namespace/name`',
    ]);
  });

  test('has a binding whose name Kubernetes takes', () => {
    expect(refusal(() => stored({ bindingName: 'Vault Auth' }))).toEqual([
      'the name of the ClusterRoleBinding is not a valid name [kubernetes/name]',
      AT,
      '  given:   "Vault Auth"',
      '  allowed: lower-case letters, digits, "-" and ".", at most 253',
      "  live:    a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      '  fix:     change the name of the ClusterRoleBinding',
    ]);
  });
});

describe('the issuer that an auth mount asks for', () => {
  test.each(['', 'kubernetes default'])('is not %j', issuer => {
    expect(refusal(() => world({ issuer }))).toEqual([
      'the issuer is empty or holds a space [auth/issuer]',
      '  at:      vault/kubernetes (test/support/world.ts)',
      `  given:   "${issuer}"`,
      '  allowed: the `iss` of the tokens, e.g. "https://kubernetes.default.svc.cluster.local"',
      '  live:    403 invalid issuer (iss) claim',
      '  fix:     drop `issuer`: the API server has checked it already',
    ]);
  });
});

describe('the version of the Vault provider', () => {
  test.each(['5', '5.7', '~> 5.7', '5.5.0', '4.9.9', '6.0.0', ''])('is not %j', providerVersion => {
    const vault = () => {
      const address = 'https://vault.example.com:8200';
      new VaultServer(new VaultApp(), 'vault', { address, state: State.local(), providerVersion });
    };

    expect(refusal(vault)).toEqual([
      'the version of the Vault provider is not one that the printed arguments are made for [vault/provider-version]',
      '  at:      vault (test/refusals/outside.test.ts)',
      `  given:   "${providerVersion}"`,
      '  allowed: one version from "5.6.0" on, of the same major version',
      '  live:    Error: Failed to query available provider packages, or Unsupported argument',
      '  fix:     drop `providerVersion`, or name a version in full, e.g. "5.7.0"',
    ]);
  });

  test.each([
    ['5.6.0', '5.7.0', false],
    ['5.7.0', '5.7.0', true],
    ['5.10.0', '5.7.0', true],
    ['5.6.12', '5.7.0', false],
  ])('%s: at least %s? %s', (providerVersion, asked, is) => {
    const address = 'https://vault.example.com:8200';
    const vault = new VaultServer(new VaultApp(), 'vault', { address, state: State.local(), providerVersion });

    expect(vault.providerIsAtLeast(asked)).toBe(is);
  });
});

describe('the owner', () => {
  test.each(['', 'the platform team', 'team-', 'x'.repeat(64)])('is not called %j', owner => {
    expect(refusal(() => new KubernetesCluster(new VaultApp(), 'prod', { owner }))).toEqual([
      'the name of the owner cannot be the value of a label [cluster/owner]',
      '  at:      prod (test/refusals/outside.test.ts)',
      `  given:   "${owner}"`,
      '  allowed: letters, digits, "-", "_" and ".", the first and last a letter or digit, at most 63',
      "  live:    a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'",
      '  fix:     write the short name of the team, e.g. "platform"',
    ]);
  });

  test('of a namespace is one', () => {
    const prod = new KubernetesCluster(new VaultApp(), 'prod');
    prod.namespace('shop', { owner: 'shop' });
    prod.namespace('shop', { owner: 'shop' });
    prod.namespace('shop');

    expect(refusal(() => prod.namespace('shop', { owner: 'payments' }))).toEqual([
      'two teams answer for the namespace "shop" [cluster/namespace-owner]',
      '  at:      prod (test/refusals/outside.test.ts)',
      '  given:   ["shop","payments"]',
      '  allowed: one owner for each namespace',
      '  live:    silently ignored: the label would name one of them',
      '  fix:     state the owner once, or give each team a namespace',
    ]);
  });
});
