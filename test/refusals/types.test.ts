import { KvSecretV2 } from '@cdktf/provider-vault/lib/kv-secret-v2';
import { ApiObject } from 'cdk8s';
import { diagnostics, programOf, textsTaken } from '../support/compile';
import { refused, said } from '../support/said';
import { worldWithApi } from '../support/world';

/** What every snippet finds: a Vault, a cluster, an auth mount, a secret and pods. */
const PRELUDE = `
import { Chart } from 'cdk8s';
import { Deployment } from 'cdk8s-plus-28';
import {
  Ca, CsiDelivery, DatabaseEngine, Duration, KubernetesAuth, KubernetesCluster, KvEngine, KvV1Engine, PostgresConnection,
  printPolicy, Reviewer, State, toEnv, toFile, VaultApp, VaultPolicy, VaultServer, Workload, type PolicyRule, type SecretField, type WorkloadOfOptions,
} from 'vault-cdk';
declare const app: VaultApp;
declare const vault: VaultServer;
declare const prod: KubernetesCluster;
declare const auth: KubernetesAuth;
declare const kv: KvEngine;
declare const database: DatabaseEngine;
declare const pods: Deployment;
declare const api: Workload;
const pass = { address: 'https://vault.vault.svc:8200', ca: Ca.system() };
const address = 'https://vault.example.com:8200';
const state = State.local();
const secret = kv.secret('shop/db', { keys: ['username', 'password'] });
const { password } = secret.fields;
const file = toFile('/mnt/secrets/password');
`;

const REFUSED: readonly (readonly [title: string, code: string, says: readonly string[]])[] = [
  [
    'a misspelt field',
    'secret.fields.pasword;',
    [
      `pasword: Property 'pasword' does not exist on type 'Readonly<Record<"username" | "password", SecretField<"username" | "password">>>'. Did you mean 'password'?`,
    ],
  ],
  [
    'a misspelt field, taken apart',
    'const { pasword } = secret.fields;',
    [
      `pasword: Property 'pasword' does not exist on type 'Readonly<Record<"username" | "password", SecretField<"username" | "password">>>'.`,
    ],
  ],
  [
    'a misspelt field, asked for by name',
    "secret.field('pasword');",
    [`'pasword': Argument of type '"pasword"' is not assignable to parameter of type '"username" | "password"'.`],
  ],
  [
    'a Vault without a state',
    "new VaultServer(app, 'v', { address });",
    [
      "{ address }: Argument of type '{ address: string; }' is not assignable to parameter of type 'VaultServerProps'.",
      "  Property 'state' is missing in type '{ address: string; }' but required in type 'VaultServerProps'.",
    ],
  ],
  [
    'a Vault without an address',
    "new VaultServer(app, 'v', { state });",
    [
      "{ state }: Argument of type '{ state: State; }' is not assignable to parameter of type 'VaultServerProps'.",
      "  Property 'address' is missing in type '{ state: State; }' but required in type 'VaultServerProps'.",
    ],
  ],
  [
    'a Vault with a token',
    "new VaultServer(app, 'v', { address, state, token: 'x' });",
    ["token: Object literal may only specify known properties, and 'token' does not exist in type 'VaultServerProps'."],
  ],
  [
    'a state with an access key',
    "State.s3({ bucket: 'b', key: 'k', accessKey: 'x' });",
    ["accessKey: Object literal may only specify known properties, and 'accessKey' does not exist in type 'S3State'."],
  ],
  [
    'a state with credentials',
    "State.gcs({ bucket: 'b', credentials: 'x' });",
    [
      "credentials: Object literal may only specify known properties, and 'credentials' does not exist in type 'GcsState'.",
    ],
  ],
  [
    'a state with a client secret',
    "State.azurerm({ storageAccountName: 's', containerName: 'c', key: 'k', clientSecret: 'x' });",
    [
      "clientSecret: Object literal may only specify known properties, and 'clientSecret' does not exist in type 'AzurermState'.",
    ],
  ],
  [
    'a state that is made by hand',
    'new State(() => undefined);',
    [
      "new State(() => undefined): Constructor of class 'State' is private and only accessible within the class declaration.",
    ],
  ],
  [
    'a secret with a value',
    "kv.secret('shop/db', { keys: ['password'], password: 'x' });",
    [
      `password: Object literal may only specify known properties, and 'password' does not exist in type 'KvSecretProps<"password">'.`,
    ],
  ],
  ['a secret without its fields', "kv.secret('shop/db');", ['secret: Expected 2 arguments, but got 1.']],
  [
    'a workload without an auth mount',
    'Workload.of(pods, {});',
    [
      "{}: Argument of type '{}' is not assignable to parameter of type 'WorkloadOfOptions'.",
      "  Property 'auth' is missing in type '{}' but required in type 'WorkloadOfOptions'.",
    ],
  ],
  [
    'a workload with a path',
    "Workload.of(pods, { auth, path: 'secret/data/shop/db' });",
    ["path: Object literal may only specify known properties, and 'path' does not exist in type 'WorkloadOfOptions'."],
  ],
  [
    'a workload without a namespace',
    "new Workload(auth, 'api', {});",
    [
      "{}: Argument of type '{}' is not assignable to parameter of type 'WorkloadProps'.",
      "  Property 'namespace' is missing in type '{}' but required in type 'WorkloadProps'.",
    ],
  ],
  [
    'a workload under a Vault',
    "new Workload(vault, 'api', { namespace: 'shop' });",
    [
      "vault: Argument of type 'VaultServer' is not assignable to parameter of type 'IKubernetesAuth'.",
      "  Type 'VaultServer' is missing the following properties from type 'IKubernetesAuth'",
    ],
  ],
  [
    'a path instead of a secret',
    "api.consume('secret/data/shop/db', file);",
    ["'secret/data/shop/db': Argument of type 'string' is not assignable to parameter of type 'SecretField<string>'."],
  ],
  [
    'a secret instead of its field',
    'api.consume(secret, file);',
    [
      `secret: Argument of type 'KvSecret<"username" | "password">' is not assignable to parameter of type 'SecretField<string>'.`,
      `  Type 'KvSecret<"username" | "password">' is missing the following properties from type 'SecretField<string>'`,
    ],
  ],
  [
    'a path instead of a target',
    "api.consume(password, '/mnt/secrets/password');",
    ["'/mnt/secrets/password': Argument of type 'string' is not assignable to parameter of type 'Target'."],
  ],
  ['a consumption without a target', 'api.consume(password);', ['consume: Expected 2-3 arguments, but got 1.']],
  [
    'a plain object as delivery',
    "Workload.of(pods, { auth, delivery: { name: 'csi' } });",
    ["delivery: Type '{ name: string; }' is missing the following properties from type 'ISecretDelivery'"],
  ],
  [
    'a plain object as the delivery of an auth mount',
    "new KubernetesAuth(vault, 'k', { cluster: prod, vault: pass, delivery: { name: 'csi' } });",
    ["delivery: Property '[DELIVERY]' is missing in type '{ name: string; }' but required in type 'DefaultDelivery'."],
  ],
  [
    'a delivery by its name',
    "Workload.of(pods, { auth, delivery: 'csi' });",
    ["delivery: Type 'string' is not assignable to type 'ISecretDelivery'."],
  ],
  [
    'an auth mount without a cluster',
    "new KubernetesAuth(vault, 'k', { vault: pass });",
    [
      "{ vault: pass }: Argument of type '{ vault: { address: string; ca: Ca; }; }' is not assignable to parameter of type 'KubernetesAuthProps'.",
      "  Property 'cluster' is missing in type '{ vault: { address: string; ca: Ca; }; }' but required in type 'KubernetesAuthProps'.",
    ],
  ],
  [
    'an auth mount that does not say how pods reach Vault',
    "new KubernetesAuth(vault, 'k', { cluster: prod });",
    [
      "{ cluster: prod }: Argument of type '{ cluster: KubernetesCluster; }' is not assignable to parameter of type 'KubernetesAuthProps'.",
      "  Property 'vault' is missing in type '{ cluster: KubernetesCluster; }' but required in type 'KubernetesAuthProps'.",
    ],
  ],
  [
    'an auth mount with a cluster by its name',
    "new KubernetesAuth(vault, 'k', { cluster: 'prod', vault: pass });",
    ["cluster: Type 'string' is not assignable to type 'KubernetesCluster'."],
  ],
  [
    'an auth mount with a reviewer by its name',
    "new KubernetesAuth(vault, 'k', { cluster: prod, vault: pass, reviewer: 'local' });",
    ["reviewer: Type 'string' is not assignable to type 'Reviewer'."],
  ],
  [
    'an auth mount with several audiences',
    "new KubernetesAuth(vault, 'k', { cluster: prod, vault: pass, audience: ['a', 'b'] });",
    ["audience: Type 'string[]' is not assignable to type 'string'."],
  ],
  [
    'an auth mount with the token of a reviewer',
    "new KubernetesAuth(vault, 'k', { cluster: prod, vault: pass, tokenReviewerJwt: 'x' });",
    [
      "tokenReviewerJwt: Object literal may only specify known properties, and 'tokenReviewerJwt' does not exist in type 'KubernetesAuthProps'.",
    ],
  ],
  [
    'a CA as a bare text',
    "new KubernetesAuth(vault, 'k', { cluster: prod, vault: { address, ca: 'PEM' } });",
    ["ca: Type 'string' is not assignable to type 'Ca'."],
  ],
  [
    'a lifetime without its unit',
    'Workload.of(pods, { auth, tokenTtl: 3600 });',
    ["tokenTtl: Type 'number' is not assignable to type 'Duration'."],
  ],
  [
    'a capability that Vault does not know',
    "api.addToVaultPolicy({ path: 'secret/data/x', capabilities: ['reed'] });",
    [
      `'reed': Type '"reed"' is not assignable to type '"create" | "read" | "update" | "patch" | "delete" | "list" | "sudo" | "deny" | "subscribe" | "recover"'.`,
    ],
  ],
  [
    'a grant to what is no grantee',
    'kv.grants.read(pods, secret);',
    [
      "pods: Argument of type 'Deployment' is not assignable to parameter of type 'IVaultGrantee'.",
      "  Type 'Deployment' is missing the following properties from type 'IVaultGrantee'",
    ],
  ],
  [
    'a chart that is of a cluster by its name',
    "prod.includes('shop');",
    ["'shop': Argument of type 'string' is not assignable to parameter of type 'Chart'."],
  ],
  [
    'a value in a Kubernetes Secret instead of an acknowledgement',
    'new CsiDelivery({ plaintextInEtcd: true });',
    ["plaintextInEtcd: Type 'boolean' is not assignable to type 'PlaintextInEtcd'."],
  ],
  [
    'a grant to a policy that exists already',
    "kv.grants.read(VaultPolicy.fromName(vault, 'shared'), secret);",
    [
      "VaultPolicy.fromName(vault, 'shared'): Argument of type 'IVaultPolicy' is not assignable to parameter of type 'IVaultGrantee'.",
      "  Property 'addToVaultPolicy' is missing in type 'IVaultPolicy' but required in type 'IVaultGrantee'.",
    ],
  ],
  [
    'a list of a secret instead of a folder',
    'kv.grants.list(api, secret);',
    [`secret: Argument of type 'KvSecret<"username" | "password">' is not assignable to parameter of type 'string'.`],
  ],
  [
    'a version of a secret that has none',
    "KvV1Engine.fromPath(vault, 'old').secret('shop/db', { keys: ['a'], version: 2 });",
    [
      `version: Object literal may only specify known properties, and 'version' does not exist in type 'KvSecretFields<"a">'.`,
    ],
  ],
  [
    'a capability that Vault does not know',
    "new VaultPolicy(vault, 'p', { rules: [{ path: 'a', capabilities: ['reed'] }] });",
    [
      `'reed': Type '"reed"' is not assignable to type '"create" | "read" | "update" | "patch" | "delete" | "list" | "sudo" | "deny" | "subscribe" | "recover"'.`,
    ],
  ],
  [
    'a field that a database user does not have',
    "DatabaseEngine.fromPath(vault, 'db').roleFromName('readonly').fields.passwd;",
    [
      "passwd: Property 'passwd' does not exist on type 'Readonly<Record<DatabaseKey, SecretField<DatabaseKey>>>'. Did you mean 'password'?",
    ],
  ],
  [
    'a database password',
    "new PostgresConnection(database, 'shop', { url: 'u', username: 'n', password: 'x' });",
    [
      "password: Object literal may only specify known properties, and 'password' does not exist in type 'PostgresConnectionProps'.",
    ],
  ],
  [
    'a property that is written',
    "auth.path = 'other';",
    ["path: Cannot assign to 'path' because it is a read-only property."],
  ],
  [
    'an undefined that is passed on purpose',
    "new KvEngine(vault, 'team', { description: undefined });",
    [
      "{ description: undefined }: Argument of type '{ description: undefined; }' is not assignable to parameter of type 'KvEngineProps' with 'exactOptionalPropertyTypes: true'. Consider adding 'undefined' to the types of the target's properties.",
      "  Types of property 'description' are incompatible.",
      "    Type 'undefined' is not assignable to type 'string'.",
    ],
  ],
];

const COMPILES: readonly (readonly [title: string, code: string])[] = [
  [
    'the way from an app to a consumption',
    `
    const program = new VaultApp();
    const server = new VaultServer(program, 'vault', { address, state });
    const cluster = new KubernetesCluster(program, 'prod');
    const mount = new KubernetesAuth(server, 'kubernetes', { cluster, delivery: new CsiDelivery(), vault: pass });
    const shop = new Chart(program, 'shop', { namespace: cluster.namespace('shop') });
    cluster.includes(shop);
    const deployment = new Deployment(shop, 'api', { containers: [{ image: 'ghcr.io/example/shop-api:1.0' }] });
    const { token } = KvEngine.fromPath(server, 'secret').secret('shop/payments', { keys: ['token'] }).fields;
    Workload.of(deployment, { auth: mount }).consume(token, toFile('/mnt/secrets/token'));
    program.synth();
  `,
  ],
  ['pods that live elsewhere', "new Workload(auth, 'api', { namespace: 'shop', createServiceAccount: false });"],
  [
    'fields whose names are known only at run time',
    "const names: string[] = ['a']; const f: SecretField = kv.secret('a', { keys: names }).field('any');",
  ],
  ['a field that is handed on as any field', 'const fields: SecretField[] = Object.values(secret.fields);'],
  ['a delivery of the team', 'const options: WorkloadOfOptions = { auth, delivery: new CsiDelivery() };'],
  [
    'a secret in a template string, which is refused when it runs',
    'const url = `postgresql://shop:${password}@pg:5432/shop`;',
  ],
  [
    'a raw resource beside ours',
    "auth.config.issuer = 'https://kubernetes.default.svc'; api.role.addOverride('audience', 'x');",
  ],
  [
    'a policy of the team',
    "const rule: PolicyRule = { path: 'sys/health', capabilities: ['read'] }; printPolicy({ name: 'x', rules: [rule] });",
  ],
  [
    'every kind of state',
    "State.s3({ bucket: 'b', key: 'k', region: 'r' }); State.gcs({ bucket: 'b' }); State.azurerm({ storageAccountName: 's', containerName: 'c', key: 'k' });",
  ],
];

const snippets = [...REFUSED, ...COMPILES].map(([title, code]) => [title, `${PRELUDE}{\n${code}\n}\n`] as const);
const nameOf = (title: string): string => title.replaceAll(' ', '-');

describe('the compiler', () => {
  let program: ReturnType<typeof programOf>;
  beforeAll(() => {
    program = programOf(Object.fromEntries(snippets.map(([title, code]) => [nameOf(title), code])));
  }, 60_000);

  test.each(REFUSED)('refuses %s', (title, _, says) => {
    expect(diagnostics(program, nameOf(title))).toEqual(says);
  });

  test.each(COMPILES)('takes %s', title => {
    expect(diagnostics(program, nameOf(title))).toEqual([]);
  });

  test('finds no text that is a token, a secret id or a password in what callers pass; a literal one in a raw resource or a Secret is refused; nothing static is printed by default [AUTH-23]', () => {
    // Every text that the public surface takes, however deep; names of files are no secrets.
    const taken = textsTaken(program, 'src/index.ts');
    expect(taken.map(t => t.path)).toEqual(
      expect.arrayContaining(['new VaultServer(props).address', 'State.s3(config).assumeRole.roleArn']),
    );
    const SECRET =
      /token|secret|passw|passphrase|credential|jwt|bearer|(api|access|private|sas|encryption)_?key$|^sas/i;
    // A path on the runner, or the addresses that a token may come from.
    const FILE = /Files?$|FilePath$|Cidrs$/;
    const KMS = 'State.gcs(config).kmsEncryptionKey';
    expect(taken.filter(t => SECRET.test(t.name) && !FILE.test(t.name) && t.path !== KMS).map(t => t.path)).toEqual([]);

    // What callers could still write down literally.
    const { app, shop, vault } = worldWithApi();
    expect(app.judge().findings).toEqual([]);
    new KvSecretV2(vault, 'Db', { mount: 'secret', name: 'shop/db', dataJson: '{"password":"hunter2"}' });
    new ApiObject(shop, 'db', { apiVersion: 'v1', kind: 'Secret', stringData: { password: 'hunter2' } });
    vault.provider.token = 'hunter2';
    vault.provider.authLogin = [{ path: 'auth/approle/login', parameters: { role_id: 'ci', secret_id: 'hunter2' } }];
    expect(said('VC401', app).filter(line => line.startsWith('error'))).toEqual([
      'error VC401: the Secret holds a literal value for "password"',
      'error VC401: "provider.vault.0.auth_login.0.parameters.secret_id" holds a literal value',
      'error VC401: "provider.vault.0.token" holds a literal value',
      'error VC401: "resource.vault_kv_secret_v2.Db.data_json" holds a literal value',
    ]);
    expect(refused(() => app.synth()).code).toBe('app/refused');

    // By default a login takes nothing that is kept anywhere: pods present the token that they have.
    const { documents } = worldWithApi().app.judge().printOut;
    expect(JSON.stringify(documents.map(d => d.value))).not.toMatch(/reviewer_jwt|secret_id|password_wo|"token"/);
    expect(documents.filter(d => d.value['kind'] === 'Secret')).toEqual([]);
  });
});
